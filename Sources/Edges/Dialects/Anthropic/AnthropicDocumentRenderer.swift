import GatewayTypes
import JSON
import NIOCore

/// What a reply is called where the provider does not say.
struct AnthropicReplyNames {
    let id: String
    let model: String
}

/// Renders a translated reply as one message.
struct AnthropicDocumentRenderer: ReplyRenderer {
    private let fallback: AnthropicReplyNames
    private var reply = AssembledReply()
    private var hasEnded = false

    init(_ fallback: AnthropicReplyNames) { self.fallback = fallback }

    var contentType: String { "application/json" }

    mutating func render(_ event: ModelEvent, into bytes: inout ByteBuffer) { reply.take(event) }

    mutating func end(into bytes: inout ByteBuffer) {
        guard !hasEnded else { return }
        hasEnded = true
        let choice = reply.choices.first
        var json = JSONBuilder()
        json.openObject()
        json.member("id", reply.id ?? fallback.id)
        json.member("type", "message")
        json.member("role", "assistant")
        json.member("model", reply.model ?? fallback.model)
        json.openArray("content")
        for part in choice?.parts ?? [] { Self.write(part, into: &json) }
        json.closeArray()
        json.key("stop_reason")
        if let finish = choice?.finish {
            json.string(AnthropicWords.stopReason(finish, calledTool: choice?.toolCalls.isEmpty == false))
        } else {
            json.null()
        }
        json.key("stop_sequence")
        if let stop = choice?.stopSequence { json.string(stop) } else { json.null() }
        json.key("usage")
        AnthropicUsage.write(reply.usage, to: &json)
        json.closeObject()
        bytes.writeImmutableBuffer(json.bytes)
    }

    private static func write(_ part: ChatPart, into json: inout JSONBuilder) {
        switch part {
        case .text(let text), .refusal(let text):
            json.openObject()
            json.member("type", "text")
            json.member("text", text)
            json.closeObject()
        case .toolCall(let call):
            if let signature = call.signature {
                json.openObject()
                AnthropicSeal.call(signature).write(into: &json)
                json.closeObject()
            }
            json.openObject()
            json.member("type", "tool_use")
            json.member("id", call.id)
            json.member("name", call.name)
            json.member("input", raw: input(call.arguments))
            json.closeObject()
        case .reasoning(let thought):
            json.openObject()
            if let sealed = thought.sealed {
                AnthropicSeal.thought(sealed).write(into: &json)
            } else {
                json.member("type", "thinking")
                json.member("thinking", thought.text)
                json.member("signature", thought.signature?.written(in: .anthropic) ?? "")
            }
            json.closeObject()
        case .media, .toolResult, .cacheMark:
            // A message of Anthropic's models has no image or sound; the others no reply has.
            break
        }
    }

    /// An object; what was cut off before it was one is left out.
    private static func input(_ arguments: String) -> String {
        do throws(JSONProblem) {
            return try JSONDocument(ByteBuffer(string: arguments)).root.isObject ? arguments : "{}"
        } catch {
            return "{}"
        }
    }
}
