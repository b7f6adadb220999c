import GatewayTypes
import JSON
import NIOCore

/// Renders a whole reply as one `GenerateContentResponse`.
struct GeminiWholeRenderer: ReplyRenderer {
    private var names: GeminiReplyNames
    private var reply = AssembledReply()

    init(_ names: GeminiReplyNames) { self.names = names }

    var contentType: String { GeminiError.contentType }

    mutating func render(_ event: ModelEvent, into bytes: inout ByteBuffer) { reply.take(event) }

    mutating func end(into bytes: inout ByteBuffer) {
        names.take(id: reply.id, model: reply.model)
        var json = JSONBuilder(bytes)
        json.openObject()
        json.openArray("candidates")
        for (index, choice) in reply.choices.enumerated() {
            json.openObject()
            GeminiReplyWriter.content(choice.parts, to: &json)
            json.member("finishReason", choice.finish.map(GeminiFinish.word(for:)))
            json.member("index", Int64(index))
            GeminiLogprobs.write(choice.logprobs, to: &json)
            GeminiReplyWriter.citations(choice.citations, to: &json)
            json.closeObject()
        }
        json.closeArray()
        if let usage = reply.usage { GeminiReplyWriter.usage(usage, tier: reply.serviceTier, to: &json) }
        GeminiReplyWriter.names(names, to: &json)
        bytes = json.bytes
    }
}
