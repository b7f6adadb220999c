extension ReplyFacts {
    /// Choices beyond are not kept apart.
    public static let choicesMax = 128

    /// Learns what an event tells: the same facts whatever the dialect.
    public mutating func note(_ event: ModelEvent) {
        switch event {
        case .began(let id, let model):
            responseID = responseID ?? id
            responseModel = responseModel ?? model
        case .text(let text, _), .refusal(let text, _): see(text, isVisible: true)
        case .reasoning(let text, _): see(text, isVisible: false)
        case .signature: break
        case .sealedReasoning: tokenSeen = true
        case .toolCall(let call, _, _):
            tokenSeen = true
            outputTextBytes += call.name.utf8.count
        case .toolArguments(let text, _, _): see(text, isVisible: false)
        case .media:
            tokenSeen = true
            visibleTokenSeen = true
        case .logprobs, .citation, .embedding, .relevance: break
        case .finished(_, let word, _, let choice): finish(word, choice)
        case .usage(let usage): self.usage = usage
        case .serviceTier(let tier): serviceTier = tier
        case .systemFingerprint(let text): systemFingerprint = systemFingerprint ?? text
        case .failed(let failure): self.failure = self.failure ?? failure
        case .ended: terminated = true
        }
    }

    private mutating func see(_ text: String, isVisible: Bool) {
        guard !text.isEmpty else { return }
        tokenSeen = true
        if isVisible { visibleTokenSeen = true }
        outputTextBytes += text.utf8.count
    }

    private mutating func finish(_ word: String, _ choice: Int) {
        let index = min(max(choice, 0), Self.choicesMax - 1)
        while finishReasons.count <= index { finishReasons.append("") }
        finishReasons[index] = word
    }
}
