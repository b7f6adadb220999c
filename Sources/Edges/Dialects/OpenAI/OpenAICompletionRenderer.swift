import GatewayTypes
import JSON
import NIOCore

/// Renders a translated chat reply as one `chat.completion`.
struct OpenAICompletionRenderer: ReplyRenderer {
    let contentType = "application/json"

    private let id: String
    private let model: String
    private let created: Int64
    private let isLegacy: Bool
    private var reply = AssembledReply()
    private var hasEnded = false

    init(_ request: ModelRequest, exchange: ExchangeID, at time: WallTime, isLegacy: Bool) {
        id = "chatcmpl-" + exchange.description
        model = request.askedModel
        created = time.nanoseconds / 1_000_000_000
        self.isLegacy = isLegacy
    }

    mutating func render(_ event: ModelEvent, into bytes: inout ByteBuffer) { reply.take(event) }

    mutating func end(into bytes: inout ByteBuffer) {
        guard !hasEnded else { return }
        hasEnded = true
        var builder = JSONBuilder(bytes)
        builder.openObject()
        builder.member("id", reply.id ?? id)
        builder.member("object", "chat.completion")
        builder.member("created", created)
        builder.member("model", reply.model ?? model)
        builder.openArray("choices")
        for (index, choice) in reply.choices.enumerated() { write(choice, index, &builder) }
        builder.closeArray()
        if let usage = reply.usage {
            builder.key("usage")
            OpenAIReplyWords.usage(usage, into: &builder)
        }
        builder.member("service_tier", reply.serviceTier)
        builder.member("system_fingerprint", reply.systemFingerprint)
        builder.closeObject()
        bytes = builder.bytes
    }

    private func write(_ choice: AssembledReply.Choice, _ index: Int, _ builder: inout JSONBuilder) {
        builder.openObject()
        builder.member("index", Int64(index))
        builder.openObject("message")
        write(messageOf: choice, &builder)
        builder.closeObject()
        if choice.logprobs.isEmpty {
            builder.nullMember("logprobs")
        } else {
            builder.key("logprobs")
            OpenAIReplyWords.logprobs(choice.logprobs, into: &builder)
        }
        let word = OpenAIReplyWords.finish(
            choice.finish ?? .stop, hasCalls: !choice.toolCalls.isEmpty, hasRefused: !choice.refusal.isEmpty,
            isLegacy: isLegacy)
        builder.member("finish_reason", word)
        builder.closeObject()
    }

    private func write(messageOf choice: AssembledReply.Choice, _ builder: inout JSONBuilder) {
        builder.member("role", "assistant")
        let text = choice.text
        let calls = choice.toolCalls
        let refusal = choice.refusal
        if text.isEmpty, !calls.isEmpty || !refusal.isEmpty {
            builder.nullMember("content")
        } else {
            builder.member("content", text)
        }
        if refusal.isEmpty { builder.nullMember("refusal") } else { builder.member("refusal", refusal) }
        write(choice.reasoning, &builder)
        if isLegacy, let call = calls.first {
            builder.openObject("function_call")
            builder.member("name", call.name)
            builder.member("arguments", call.arguments)
            builder.closeObject()
        } else if !calls.isEmpty {
            builder.openArray("tool_calls")
            for call in calls { OpenAIReplyWords.call(call, into: &builder) }
            builder.closeArray()
        }
        if !choice.citations.isEmpty {
            builder.openArray("annotations")
            for citation in choice.citations { OpenAIReplyWords.annotation(citation, into: &builder) }
            builder.closeArray()
        }
        write(mediaOf: choice, &builder)
    }

    private func write(_ thoughts: [Reasoning], _ builder: inout JSONBuilder) {
        let text = thoughts.map(\.text).joined()
        if !text.isEmpty { builder.member("reasoning_content", text) }
        guard thoughts.contains(where: { $0.signature != nil || $0.sealed != nil }) else { return }
        builder.openArray("reasoning_details")
        for (index, thought) in thoughts.enumerated() {
            OpenAIReplyWords.detail(thought, index: index, into: &builder)
        }
        builder.closeArray()
    }

    private func write(mediaOf choice: AssembledReply.Choice, _ builder: inout JSONBuilder) {
        let media = choice.parts.compactMap { part in if case .media(let media) = part { media } else { nil } }
        let images = media.filter { $0.kind != .audio }
        if !images.isEmpty {
            builder.openArray("images")
            for image in images { OpenAIReplyWords.image(image, into: &builder) }
            builder.closeArray()
        }
        let sound = media.filter { $0.kind == .audio }.compactMap(OpenAIReplyWords.data).joined()
        guard !sound.isEmpty else { return }
        builder.openObject("audio")
        builder.member("id", "audio-" + (reply.id ?? id))
        builder.member("data", sound)
        builder.member("expires_at", Int64(0))
        builder.member("transcript", "")
        builder.closeObject()
    }
}
