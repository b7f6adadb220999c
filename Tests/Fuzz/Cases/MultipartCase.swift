import Dialects
import GatewayTypes
import NIOCore

/// `[surface u8][content-type]\n[body]`.
enum MultipartCase {
    private static let surfaces: [Surface] = [.openAITranscriptions, .openAITranslations, .openAIImageEdits]

    static func run(_ bytes: [UInt8]) throws {
        guard let end = bytes.firstIndex(of: 0x0A), end > 0 else { return }
        let surface = surfaces[Int(bytes[0]) % surfaces.count]
        let call = Parties.call(surface, String(decoding: bytes[1..<end], as: UTF8.self))
        let body = ByteBuffer(bytes: bytes[(end + 1)...])
        let request: ModelRequest
        let kept: ByteBuffer
        let sent: ByteBuffer
        do throws(Failure) {
            request = try OpenAIClient().parse(call, body: body)
            let same = Parties.target(request.askedModel, kind: "openai")
            kept = try OpenAIProvider().encode(request, for: same, outputTokensMax: nil)
            let other = Parties.target("other-model", kind: "openai")
            sent = try OpenAIProvider().encode(request, for: other, outputTokensMax: nil)
        } catch {
            _ = OpenAIClient().render(error)
            return
        }
        guard kept == body || request.facts.modelRange.isEmpty else {
            throw BrokenPromise("\(surface): changes a body in which nothing must change")
        }
        let again: ModelRequest
        do throws(Failure) { again = try OpenAIClient().parse(call, body: sent) } catch {
            throw BrokenPromise("\(surface): a form with another model is no form: \(error.message)")
        }
        guard again.askedModel == "other-model" || again.facts.modelRange.isEmpty else {
            throw BrokenPromise("\(surface): the model of the form sent on is \(again.askedModel)")
        }
    }
}
