import GatewayTypes
import JSON
import NIOCore

/// Renders a streamed reply: a `GenerateContentResponse` for each piece, the last with the ends and the usage.
struct GeminiStreamRenderer: ReplyRenderer {
    private struct Choice {
        /// Calls whose arguments still come, by their index; they are shown whole.
        var calls: [Int: ToolCall] = [:]
        var finish: FinishReason?
        var citations: [Citation] = []
    }

    private var names: GeminiReplyNames
    private let framing: StreamFraming
    private var isOpen = false
    private var choices: [Int: Choice] = [:]
    private var usage: Usage?
    private var tier: String?

    init(_ names: GeminiReplyNames, framing: StreamFraming) {
        self.names = names
        self.framing = framing
    }

    var contentType: String {
        switch framing {
        case .events: "text/event-stream"
        case .array: GeminiError.contentType
        }
    }

    mutating func render(_ event: ModelEvent, into bytes: inout ByteBuffer) {
        switch event {
        case .began(let id, let model): names.take(id: id, model: model)
        case .text(let text, let choice), .refusal(let text, let choice):
            if !text.isEmpty { show(.text(text), choice, &bytes) }
        case .reasoning(let text, let choice):
            if !text.isEmpty { show(.reasoning(Reasoning(text: text)), choice, &bytes) }
        case .signature(let signature, let choice):
            show(.reasoning(Reasoning(text: "", signature: signature)), choice, &bytes)
        case .sealedReasoning(let sealed, let choice):
            show(.reasoning(Reasoning(text: "", sealed: sealed)), choice, &bytes)
        case .toolCall(let call, let index, let choice): choices[choice, default: Choice()].calls[index] = call
        case .toolArguments(let text, let index, let choice): choices[choice]?.calls[index]?.arguments += text
        case .media(let media, let choice): show(.media(media), choice, &bytes)
        case .logprobs(let tokens, let choice): write([], choice, tokens, &bytes)
        case .citation(let citation, let choice): choices[choice, default: Choice()].citations.append(citation)
        case .finished(let reason, _, _, let choice): choices[choice, default: Choice()].finish = reason
        case .usage(let usage): self.usage = usage
        case .serviceTier(let tier): self.tier = tier
        case .systemFingerprint, .embedding, .relevance, .failed, .ended: break
        }
    }

    mutating func end(into bytes: inout ByteBuffer) {
        for index in choices.keys.sorted() { showCalls(index, &bytes) }
        var json = begin()
        for (index, choice) in choices.sorted(by: { $0.key < $1.key }) {
            json.openObject()
            GeminiReplyWriter.content([.text("")], to: &json)
            json.member("finishReason", choice.finish.map(GeminiFinish.word(for:)))
            json.member("index", Int64(index))
            GeminiReplyWriter.citations(choice.citations, to: &json)
            json.closeObject()
        }
        json.closeArray()
        if let usage { GeminiReplyWriter.usage(usage, tier: tier, to: &json) }
        finish(json, &bytes)
        if framing == .array { bytes.writeStaticString("]") }
    }

    // MARK: Chunks

    private mutating func show(_ part: ChatPart, _ choice: Int, _ bytes: inout ByteBuffer) {
        showCalls(choice, &bytes)
        write([part], choice, [], &bytes)
    }

    private mutating func showCalls(_ choice: Int, _ bytes: inout ByteBuffer) {
        guard let calls = choices[choice]?.calls, !calls.isEmpty else { return }
        choices[choice]?.calls = [:]
        write(calls.sorted { $0.key < $1.key }.map { .toolCall($0.value) }, choice, [], &bytes)
    }

    private mutating func write(
        _ parts: [ChatPart], _ choice: Int, _ tokens: [TokenLogprob], _ bytes: inout ByteBuffer
    ) {
        if choices[choice] == nil { choices[choice] = Choice() }
        var json = begin()
        json.openObject()
        GeminiReplyWriter.content(parts, to: &json)
        json.member("index", Int64(choice))
        GeminiLogprobs.write(tokens, to: &json)
        json.closeObject()
        json.closeArray()
        finish(json, &bytes)
    }

    private func begin() -> JSONBuilder {
        var json = JSONBuilder()
        json.openObject()
        json.openArray("candidates")
        return json
    }

    private mutating func finish(_ json: JSONBuilder, _ bytes: inout ByteBuffer) {
        var json = json
        GeminiReplyWriter.names(names, to: &json)
        switch framing {
        case .events:
            // Google's SDK takes no line for data that lacks the space.
            bytes.writeStaticString("data: ")
            bytes.writeImmutableBuffer(json.bytes)
            bytes.writeStaticString("\r\n\r\n")
        case .array:
            bytes.writeStaticString(isOpen ? ",\r\n" : "[")
            bytes.writeImmutableBuffer(json.bytes)
        }
        isOpen = true
    }
}
