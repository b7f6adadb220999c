import JSON
import NIOCore

/// What a provider says of an error, whichever of the known shapes it has.
enum OpenAIErrorMessage {
    /// The message of an error reply; nil where it says none.
    static func text(in body: ByteBuffer) -> String? {
        guard body.readableBytes > 0, body.readableBytes <= ProviderErrorReply.bodyBytesMax else { return nil }
        do throws(JSONProblem) {
            let root = try JSONDocument(body).root
            return text(in: root.isArray ? root.elements.first ?? root : root)
        } catch {
            return nil
        }
    }

    /// `{"error":{"message"}}`, `{"error":"…"}`, `{"message"}`, `{"detail":"…"}`, `{"detail":[{"loc","msg"}]}`.
    static func text(in object: JSONValue) -> String? {
        for value in [object["error"], object["message"], object["detail"], object["Message"], object["msg"]] {
            guard let value else { continue }
            if let text = value.string { return bounded(text) }
            if value.isArray {
                let texts = value.elements.compactMap(problem)
                if !texts.isEmpty { return bounded(texts.joined(separator: "; ")) }
            } else if let text = text(in: value) {
                return text
            }
        }
        return nil
    }

    /// An entry of a list of problems: where it is, and what.
    private static func problem(_ value: JSONValue) -> String? {
        guard let text = value.string ?? value["msg"]?.string ?? value["message"]?.string else { return nil }
        let place = (value["loc"]?.elements ?? []).map { $0.string ?? $0.raw }.joined(separator: ".")
        return place.isEmpty ? text : place + ": " + text
    }

    static func bounded(_ text: String) -> String? {
        text.isEmpty ? nil : String(text.prefix(ProviderErrorReply.messageCharactersMax))
    }
}
