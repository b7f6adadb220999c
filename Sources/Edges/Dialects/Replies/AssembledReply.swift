import GatewayTypes

/// A whole reply put together from its events: what renderers of unstreamed replies write from.
struct AssembledReply {
    struct Choice {
        /// In the order they came; neighbouring pieces of text are one part.
        var parts: [ChatPart] = []
        var finish: FinishReason?
        var stopSequence: String?
        var logprobs: [TokenLogprob] = []
        var citations: [Citation] = []
        /// Where each call stands in `parts`, by its index.
        fileprivate var calls: [Int: Int] = [:]

        /// All visible text.
        var text: String { parts.reduce(into: "") { if case .text(let text) = $1 { $0 += text } } }
        var refusal: String { parts.reduce(into: "") { if case .refusal(let text) = $1 { $0 += text } } }
        var reasoning: [Reasoning] {
            parts.compactMap { if case .reasoning(let thought) = $0 { thought } else { nil } }
        }
        var toolCalls: [ToolCall] { parts.compactMap { if case .toolCall(let call) = $0 { call } else { nil } } }
    }

    private(set) var id: String?
    private(set) var model: String?
    /// At least one once the reply has content or an end.
    private(set) var choices: [Choice] = []
    private(set) var usage: Usage?
    private(set) var serviceTier: String?
    private(set) var systemFingerprint: String?
    private(set) var embeddings: [Int: [Double]] = [:]
    /// In the order they came: the best first.
    private(set) var relevances: [(index: Int, score: Double)] = []

    mutating func take(_ event: ModelEvent) {
        switch event {
        case .began(let id, let model):
            self.id = self.id ?? id
            self.model = self.model ?? model
        case .text(let text, let choice): with(choice) { $0.add(text: text) }
        case .refusal(let text, let choice): with(choice) { $0.add(refusal: text) }
        case .reasoning(let text, let choice): with(choice) { $0.add(reasoning: text) }
        case .signature(let signature, let choice): with(choice) { $0.seal(signature) }
        case .sealedReasoning(let sealed, let choice):
            with(choice) { $0.parts.append(.reasoning(Reasoning(text: "", sealed: sealed))) }
        case .toolCall(let call, let index, let choice): with(choice) { $0.begin(call, index) }
        case .toolArguments(let text, let index, let choice): with(choice) { $0.add(arguments: text, index) }
        case .media(let media, let choice): with(choice) { $0.parts.append(.media(media)) }
        case .logprobs(let tokens, let choice): with(choice) { $0.logprobs += tokens }
        case .citation(let citation, let choice): with(choice) { $0.citations.append(citation) }
        case .finished(let reason, _, let stopSequence, let choice):
            with(choice) {
                $0.finish = reason
                $0.stopSequence = stopSequence
            }
        case .usage(let usage): self.usage = usage
        case .serviceTier(let tier): serviceTier = tier
        case .systemFingerprint(let text): systemFingerprint = text
        case .embedding(let vector, let index): embeddings[index] = vector
        case .relevance(let score, let index): relevances.append((index, score))
        case .failed, .ended: break
        }
    }

    private mutating func with(_ choice: Int, _ change: (inout Choice) -> Void) {
        let index = min(max(choice, 0), ReplyFacts.choicesMax - 1)
        while choices.count <= index { choices.append(Choice()) }
        change(&choices[index])
    }
}

extension AssembledReply.Choice {
    fileprivate mutating func add(text: String) {
        if case .text(let before)? = parts.last {
            parts[parts.count - 1] = .text(before + text)
        } else if !text.isEmpty {
            parts.append(.text(text))
        }
    }

    fileprivate mutating func add(refusal text: String) {
        if case .refusal(let before)? = parts.last {
            parts[parts.count - 1] = .refusal(before + text)
        } else {
            parts.append(.refusal(text))
        }
    }

    /// A thought that has its proof is whole: what follows is another.
    fileprivate mutating func add(reasoning text: String) {
        if case .reasoning(let before)? = parts.last, before.signature == nil, before.sealed == nil {
            parts[parts.count - 1] = .reasoning(Reasoning(text: before.text + text))
        } else {
            parts.append(.reasoning(Reasoning(text: text)))
        }
    }

    fileprivate mutating func seal(_ signature: Signature) {
        if case .reasoning(let before)? = parts.last, before.signature == nil, before.sealed == nil {
            parts[parts.count - 1] = .reasoning(Reasoning(text: before.text, signature: signature))
        } else {
            parts.append(.reasoning(Reasoning(text: "", signature: signature)))
        }
    }

    fileprivate mutating func begin(_ call: ToolCall, _ index: Int) {
        calls[index] = parts.count
        parts.append(.toolCall(call))
    }

    fileprivate mutating func add(arguments text: String, _ index: Int) {
        guard let place = calls[index], case .toolCall(var call) = parts[place] else { return }
        call.arguments += text
        parts[place] = .toolCall(call)
    }
}
