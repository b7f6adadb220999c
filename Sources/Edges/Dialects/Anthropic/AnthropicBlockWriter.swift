import GatewayTypes
import JSON
import NIOCore

/// Writes the blocks of a conversation.
struct AnthropicBlockWriter {
    /// Ids of calls as they are sent, by the client's: the same call has the same one throughout.
    private var ids: [String: String] = [:]

    mutating func write(_ block: AnthropicTurns.Block, into json: inout JSONBuilder) throws(Failure) {
        json.openObject()
        switch block.part {
        case .text(let text), .refusal(let text):
            json.member("type", "text")
            json.member("text", text)
        case .media(let media): try write(media, block.path, into: &json)
        case .toolCall(let call):
            json.member("type", "tool_use")
            json.member("id", id(call.id))
            json.member("name", call.name)
            json.member("input", raw: try Self.input(call, block.path))
        case .toolResult(let result): try write(result, block.path, into: &json)
        case .reasoning(let thought): Self.write(thought, into: &json)
        case .cacheMark: break
        }
        if block.isMarked { Self.writeMark(block.markSeconds, into: &json) }
        json.closeObject()
    }

    static func writeMark(_ seconds: Int64?, into json: inout JSONBuilder) {
        json.openObject("cache_control")
        json.member("type", "ephemeral")
        // Five minutes is what Anthropic does unasked; it knows one hour beside.
        if let seconds { json.member("ttl", seconds > 300 ? "1h" : "5m") }
        json.closeObject()
    }

    private static func write(_ thought: Reasoning, into json: inout JSONBuilder) {
        if let sealed = thought.sealed?.text(for: .anthropic) {
            json.member("type", "redacted_thinking")
            json.member("data", sealed)
        } else {
            json.member("type", "thinking")
            json.member("thinking", thought.text)
            json.member("signature", thought.signature?.text(for: .anthropic))
        }
    }

    // MARK: Tools

    private mutating func write(
        _ result: ToolResult, _ path: String, into json: inout JSONBuilder
    ) throws(Failure) {
        json.member("type", "tool_result")
        json.member("tool_use_id", id(result.callID))
        if !result.parts.isEmpty {
            json.openArray("content")
            for (index, part) in result.parts.enumerated() {
                switch part {
                case .text(let text), .refusal(let text):
                    if text.isEmpty { continue }
                case .media: break
                case .toolCall, .toolResult, .reasoning, .cacheMark: continue
                }
                try write(AnthropicTurns.Block(part: part, path: "\(path).content[\(index)]"), into: &json)
            }
            json.closeArray()
        }
        if result.isError { json.member("is_error", true) }
    }

    /// Anthropic's ids are of letters, digits, `_` and `-`.
    private mutating func id(_ text: String) -> String {
        if let known = ids[text] { return known }
        var written = String(
            text.unicodeScalars.map { scalar in
                let isPlain = scalar.isASCII && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar))
                return isPlain || scalar == "_" || scalar == "-" ? Character(scalar) : "_"
            })
        if written.isEmpty || ids.values.contains(written) { written += "_\(ids.count)" }
        ids[text] = written
        return written
    }

    private static func input(_ call: ToolCall, _ path: String) throws(Failure) -> String {
        guard call.arguments.utf8.contains(where: { $0 > 0x20 }) else { return "{}" }
        do throws(JSONProblem) {
            if try JSONDocument(ByteBuffer(string: call.arguments)).root.isObject { return call.arguments }
        } catch {
            // Answered below, as any other value that is no object.
        }
        throw Failure(
            .badRequest, "The arguments of the call of `\(call.name)` must be a JSON object for this provider.",
            param: path)
    }

    // MARK: Images and documents

    private func write(_ media: Media, _ path: String, into json: inout JSONBuilder) throws(Failure) {
        let mimeType = media.mimeType ?? Self.mimeType(media)
        switch media.kind {
        case .image: json.member("type", "image")
        case .file:
            if case .base64 = media.source, mimeType != "application/pdf" {
                throw Failure(
                    .badRequest, "Of documents in the request, this provider takes PDF; send others as text.",
                    param: path)
            }
            json.member("type", "document")
        case .audio:
            throw Failure(.badRequest, "This provider takes no sound; send text or images.", param: path)
        }
        json.openObject("source")
        switch media.source {
        case .base64(let data):
            json.member("type", "base64")
            json.member("media_type", mimeType)
            json.member("data", data)
        case .url(let url):
            json.member("type", "url")
            json.member("url", url)
        case .fileID(let id):
            json.member("type", "file")
            json.member("file_id", id)
        }
        json.closeObject()
        if media.kind == .file { json.member("title", media.name) }
    }

    /// By how the bytes begin, as base64 shows them.
    private static func mimeType(_ media: Media) -> String? {
        guard case .base64(let data) = media.source else { return nil }
        if data.hasPrefix("/9j/") { return "image/jpeg" }
        if data.hasPrefix("R0lGOD") { return "image/gif" }
        if data.hasPrefix("UklGR") { return "image/webp" }
        if data.hasPrefix("JVBERi") { return "application/pdf" }
        return media.kind == .image ? "image/png" : nil
    }
}
