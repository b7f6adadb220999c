import GatewayTypes
import JSON
import NIOCore

/// Renders a translated chat reply as chunks of an event stream.
struct OpenAIChunkRenderer: ReplyRenderer {
    private struct Choice {
        var hasRefused = false
        var callCount = 0
        /// The thought that has no proof yet: the proof is sent with it, so that a client can give both back.
        var thought = ""
        var detailCount = 0
        var isFinished = false
    }

    let contentType = "text/event-stream"

    private var id: String
    private var model: String
    private let created: Int64
    private let includesUsage: Bool
    private let isLegacy: Bool
    private var choices: [Int: Choice] = [:]
    private var usage: Usage?
    private var tier: String?
    private var fingerprint: String?
    private var hasProviderID = false
    private var hasEnded = false
    /// The last chunk of text but for its text; nil once anything else in it has changed.
    private var frame: Frame?

    /// What stands around the text of a choice.
    private struct Frame {
        let choice: Int
        let head: ByteBuffer
        let tail: ByteBuffer
    }

    init(_ request: ModelRequest, exchange: ExchangeID, at time: WallTime, isLegacy: Bool) {
        id = "chatcmpl-" + exchange.description
        model = request.askedModel
        created = time.nanoseconds / 1_000_000_000
        includesUsage = request.facts.includeUsage
        self.isLegacy = isLegacy
    }

    mutating func render(_ event: ModelEvent, into bytes: inout ByteBuffer) {
        switch event {
        case .began(let id, let model):
            // The id that a client has seen stays.
            if choices.isEmpty, !hasProviderID, let id {
                self.id = id
                hasProviderID = true
            }
            if choices.isEmpty, let model { self.model = model }
            frame = nil
        case .text(let text, let choice): say(text, choice, &bytes)
        case .refusal(let text, let choice):
            delta(choice, &bytes) { $0.member("refusal", text) }
            choices[choice]?.hasRefused = true
        case .reasoning(let text, let choice):
            delta(choice, &bytes) { $0.member("reasoning_content", text) }
            choices[choice]?.thought += text
            frame = nil
        case .signature(let signature, let choice):
            detail(Reasoning(text: choices[choice]?.thought ?? "", signature: signature), choice, &bytes)
        case .sealedReasoning(let sealed, let choice): detail(Reasoning(text: "", sealed: sealed), choice, &bytes)
        case .toolCall(let call, let index, let choice):
            let isLegacy = isLegacy
            delta(choice, &bytes) { Self.begin(call, index, isLegacy, &$0) }
            choices[choice]?.callCount += 1
        case .toolArguments(let text, let index, let choice):
            let isLegacy = isLegacy
            delta(choice, &bytes) { Self.go(on: text, index, isLegacy, &$0) }
        case .media(let media, let choice): render(media, choice, &bytes)
        case .logprobs(let tokens, let choice): chunk(choice, logprobs: tokens, finish: nil, &bytes) { _ in }
        case .citation(let citation, let choice):
            delta(choice, &bytes) { builder in
                builder.openArray("annotations")
                OpenAIReplyWords.annotation(citation, into: &builder)
                builder.closeArray()
            }
        case .finished(let reason, _, _, let choice): finish(reason, choice, &bytes)
        case .usage(let usage): self.usage = usage
        case .serviceTier(let tier):
            self.tier = tier
            frame = nil
        case .systemFingerprint(let text):
            fingerprint = text
            frame = nil
        case .embedding, .relevance, .failed, .ended: break
        }
    }

    mutating func end(into bytes: inout ByteBuffer) {
        guard !hasEnded else { return }
        hasEnded = true
        if includesUsage, let usage {
            write(&bytes) { builder in
                builder.openArray("choices")
                builder.closeArray()
                builder.key("usage")
                OpenAIReplyWords.usage(usage, into: &builder)
            }
        }
        bytes.writeStaticString("data: [DONE]\n\n")
    }

    // MARK: Deltas

    /// Most chunks differ from the last one in their text alone.
    private mutating func say(_ text: String, _ choice: Int, _ bytes: inout ByteBuffer) {
        if let frame, frame.choice == choice {
            bytes.writeImmutableBuffer(frame.head)
            bytes.writeJSONString(text)
            return _ = bytes.writeImmutableBuffer(frame.tail)
        }
        choices[choice]?.thought = ""
        delta(choice, &bytes) { $0.member("content", text) }
        var empty = ByteBuffer()
        var textEnd = 0
        delta(choice, &empty) {
            $0.member("content", "")
            textEnd = $0.bytes.writerIndex
        }
        if let head = empty.getSlice(at: 0, length: textEnd - 2),
            let tail = empty.getSlice(at: textEnd, length: empty.writerIndex - textEnd)
        {
            frame = Frame(choice: choice, head: head, tail: tail)
        }
    }

    private static func begin(_ call: ToolCall, _ index: Int, _ isLegacy: Bool, _ builder: inout JSONBuilder) {
        guard !isLegacy else {
            builder.openObject("function_call")
            builder.member("name", call.name)
            builder.member("arguments", "")
            return builder.closeObject()
        }
        builder.openArray("tool_calls")
        OpenAIReplyWords.call(call, index: index, into: &builder)
        builder.closeArray()
    }

    private static func go(
        on arguments: String, _ index: Int, _ isLegacy: Bool, _ builder: inout JSONBuilder
    ) {
        guard !isLegacy else {
            builder.openObject("function_call")
            builder.member("arguments", arguments)
            return builder.closeObject()
        }
        builder.openArray("tool_calls")
        builder.openObject()
        builder.member("index", Int64(index))
        builder.openObject("function")
        builder.member("arguments", arguments)
        builder.closeObject()
        builder.closeObject()
        builder.closeArray()
    }

    private mutating func detail(_ thought: Reasoning, _ choice: Int, _ bytes: inout ByteBuffer) {
        let index = choices[choice]?.detailCount ?? 0
        delta(choice, &bytes) { builder in
            builder.openArray("reasoning_details")
            OpenAIReplyWords.detail(thought, index: index, into: &builder)
            builder.closeArray()
        }
        choices[choice]?.thought = ""
        choices[choice]?.detailCount += 1
    }

    private mutating func render(_ media: Media, _ choice: Int, _ bytes: inout ByteBuffer) {
        delta(choice, &bytes) { builder in
            if media.kind == .audio, let data = OpenAIReplyWords.data(of: media) {
                builder.openObject("audio")
                builder.member("data", data)
                builder.closeObject()
            } else {
                builder.openArray("images")
                OpenAIReplyWords.image(media, into: &builder)
                builder.closeArray()
            }
        }
    }

    private mutating func finish(_ reason: FinishReason, _ choice: Int, _ bytes: inout ByteBuffer) {
        guard choices[choice]?.isFinished != true else { return }
        let state = choices[choice]
        let word = OpenAIReplyWords.finish(
            reason, hasCalls: (state?.callCount ?? 0) > 0, hasRefused: state?.hasRefused ?? false, isLegacy: isLegacy)
        chunk(choice, logprobs: [], finish: word, &bytes) { _ in }
        choices[choice]?.isFinished = true
    }

    // MARK: Chunks

    private mutating func delta(_ choice: Int, _ bytes: inout ByteBuffer, _ members: (inout JSONBuilder) -> Void) {
        chunk(choice, logprobs: [], finish: nil, &bytes, members)
    }

    /// The first of a choice is preceded by one that tells the role.
    private mutating func chunk(
        _ choice: Int, logprobs: [TokenLogprob], finish: String?, _ bytes: inout ByteBuffer,
        _ members: (inout JSONBuilder) -> Void
    ) {
        if choices[choice] == nil {
            choices[choice] = Choice()
            chunk(choice, logprobs: [], finish: nil, &bytes) {
                $0.member("role", "assistant")
                $0.member("content", "")
            }
        }
        write(&bytes) { builder in
            builder.openArray("choices")
            builder.openObject()
            builder.member("index", Int64(choice))
            builder.openObject("delta")
            members(&builder)
            builder.closeObject()
            if logprobs.isEmpty {
                builder.nullMember("logprobs")
            } else {
                builder.key("logprobs")
                OpenAIReplyWords.logprobs(logprobs, into: &builder)
            }
            if let finish { builder.member("finish_reason", finish) } else { builder.nullMember("finish_reason") }
            builder.closeObject()
            builder.closeArray()
            if includesUsage { builder.nullMember("usage") }
        }
    }

    private func write(_ bytes: inout ByteBuffer, _ members: (inout JSONBuilder) -> Void) {
        bytes.writeStaticString("data: ")
        bytes.writeJSONObject { builder in
            builder.member("id", id)
            builder.member("object", word: "chat.completion.chunk")
            builder.member("created", created)
            builder.member("model", model)
            builder.member("service_tier", tier)
            builder.member("system_fingerprint", fingerprint)
            members(&builder)
        }
        bytes.writeStaticString("\n\n")
    }
}
