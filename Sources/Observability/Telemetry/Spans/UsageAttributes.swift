import GatewayTypes

/// What was consumed and what it cost, on the attempt that consumed it.
enum UsageAttributes {
    static func add(_ attempt: AttemptOutcome, _ vocabulary: Vocabulary, to attributes: inout SpanAttributes) {
        add(attempt.usage, vocabulary, to: &attributes)
        attributes.set(WeirKey.usageSource, attempt.usage.source.rawValue)
        attributes.set(WeirKey.costStatus, attempt.cost.status.rawValue)
        guard let cost = attempt.cost.text else { return }
        attributes.set(WeirKey.costUSD, cost)
        attributes.set(Conventions.Key.usageCost, attempt.cost.total.approximateUSD)
    }

    private static func add(_ usage: Usage, _ vocabulary: Vocabulary, to attributes: inout SpanAttributes) {
        attributes.set(Conventions.Key.inputTokens, usage.inputTokens)
        attributes.set(Conventions.Key.outputTokens, usage.outputTokens)
        attributes.set(Conventions.Key.cacheReadTokens, usage[.cacheRead])
        if vocabulary.writesPinned { attributes.set(Conventions.Key.cacheWriteTokens, usage[.cacheWrite]) }
        if vocabulary.writesLatest { attributes.set(Conventions.Latest.cacheWriteTokens, usage[.cacheWrite]) }
        attributes.set(Conventions.Key.reasoningTokens, usage[.reasoning])
        if vocabulary.writesLatest { addModalities(usage, &attributes) }
    }

    /// Only where there is something beside text.
    private static func addModalities(_ usage: Usage, _ attributes: inout SpanAttributes) {
        let (image, audio) = (usage[.image], usage[.audioInput])
        if image != nil || audio != nil {
            let text = (usage[.input] ?? 0) + (usage[.cacheRead] ?? 0) + (usage[.cacheWrite] ?? 0)
            attributes.set(Conventions.Latest.textInputTokens, text)
            attributes.set(Conventions.Latest.imageInputTokens, image)
            attributes.set(Conventions.Latest.audioInputTokens, audio)
        }
        guard let spoken = usage[.audioOutput] else { return }
        attributes.set(Conventions.Latest.textOutputTokens, (usage[.output] ?? 0) + (usage[.reasoning] ?? 0))
        attributes.set(Conventions.Latest.audioOutputTokens, spoken)
    }
}

extension Outcome {
    /// The attempt that the reply came from, or when none did, the last: what was said is written there.
    var tellingAttempt: Int { servedAttempt ?? attempts.count - 1 }

    /// The model that a target was asked for. One that no configuration names goes out as the client wrote it.
    func model(at target: Target) -> String? {
        guard target.servedModel == .other else { return target.servedModel.text }
        return askedModel.flatMap { $0.isEmpty ? nil : $0 }
    }
}

extension Cost {
    /// The exact total; nil where nothing of it is known.
    var text: String? { status == .unpriced && total == .zero ? nil : total.description }

    /// Of the lines that input and output are billed by; what is billed otherwise is in neither.
    var parts: (input: Money, output: Money) {
        var (input, output) = (Money.zero, Money.zero)
        for line in lines {
            switch line.component {
            case .input, .cacheRead, .cacheWrite, .cacheWriteHour, .audioInput, .image: input = input + line.amount
            case .output, .reasoning, .audioOutput, .imageOutput, .imageEach: output = output + line.amount
            case .request, .second, .audioSecond, .character, .page: break
            }
        }
        return (input, output)
    }
}
