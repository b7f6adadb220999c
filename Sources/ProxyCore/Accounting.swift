import GatewayTypes

extension ExchangeRun {
    /// Works out what an attempt consumed and what that cost; see `docs/life-of-a-request.md`, "settle".
    mutating func account(_ attempt: inout AttemptOutcome, gone: Bool) {
        guard let operation = outcome.operation, hasConsumed(attempt, gone: gone) else { return }
        attempt.usage = usage(at: attempt.target, gone: gone)
        let use = MeteredUse(
            attempt.usage, operation: operation, tier: outcome.reply.serviceTier ?? outcome.requestFacts?.serviceTier,
            at: outcome.arrivedAt, nanoseconds: attempt.ended.nanoseconds(since: attempt.began),
            model: outcome.reply.responseModel ?? outcome.askedModel)
        attempt.cost = plan.pricer.cost(of: use, target: attempt.target)
        // Something was asked for and nobody says what it took: its price is unknown, which is not nothing.
        if attempt.cost.status == .nothing, outcome.reply.usage.source != .provider, operation != .moderation {
            attempt.cost = .unknown
        }
        attempt.demand = demand(of: attempt, operation)
        outcome.usage = attempt.usage
        outcome.cost = attempt.cost
        outcome.demand = attempt.demand
        if outcome.purpose != .shadow {
            outcome.purpose = outcome.asked?.purpose ?? (gone ? .aborted : purpose(of: attempt))
        }
    }

    /// The same usage at the price of the target that the asked route names first, where a budget moved the exchange.
    private func demand(of attempt: AttemptOutcome, _ operation: Operation) -> Money {
        guard case .reroute? = outcome.override?.action, let asked = outcome.route.targets.first else {
            return attempt.cost.total
        }
        let use = MeteredUse(
            attempt.usage, operation: operation, tier: outcome.requestFacts?.serviceTier, at: outcome.arrivedAt,
            nanoseconds: attempt.ended.nanoseconds(since: attempt.began))
        return plan.pricer.cost(of: use, target: asked).total
    }

    /// An attempt that completed has, and one that broke off once the model had begun; of one whose client left before
    /// that, nobody knows, and a provider bills it.
    private func hasConsumed(_ attempt: AttemptOutcome, gone: Bool) -> Bool {
        switch outcome.operation {
        // Counting and listing are free. What is merely fetched was paid when it was made.
        case nil, .countTokens, .listModels: return false
        case .providerAPI where attempt.method != .post && outcome.requestFacts?.opensWebSocket != true: return false
        case .chat, .embeddings, .textCompletion, .imageGeneration, .transcription, .translation, .speech, .moderation,
            .rerank, .realtime, .providerAPI:
            break
        }
        if attempt.failure == nil { return true }
        guard attempt.status < 400 else { return false }
        return gone || outcome.reply.tokenSeen || outcome.reply.usage.source == .provider
    }

    private mutating func usage(at target: Target, gone: Bool) -> Usage {
        let inputBytes = outcome.requestFacts?.textBytes ?? 0
        if outcome.reply.usage.source == .provider {
            if gone { outcome.abortBilling = .drained }
            teach(inputBytes, target)
            return outcome.reply.usage
        }
        var usage = Usage(source: .estimated)
        switch outcome.operation {
        case .chat, .embeddings, .textCompletion:
            if gone { outcome.abortBilling = .estimated }
        case .speech:
            if gone { outcome.abortBilling = .estimated }
            usage.units[.character] = outcome.requestFacts?.billedUnits
            return usage
        case nil, .listModels, .imageGeneration, .transcription, .translation, .moderation, .rerank, .countTokens,
            .realtime, .providerAPI:
            return Usage()
        }
        usage[.input] = plan.pricer.estimateTokens(textBytes: inputBytes, target: target, output: false)
        if outcome.operation != .embeddings {
            usage[.output] = plan.pricer.estimateTokens(
                textBytes: outcome.reply.outputTextBytes, target: target, output: true)
        }
        return usage
    }

    private func teach(_ inputBytes: Int, _ target: Target) {
        let usage = outcome.reply.usage
        if let tokens = usage.inputTokens, inputBytes > 0, (outcome.requestFacts?.imageCount ?? 0) == 0 {
            plan.pricer.observe(textBytes: inputBytes, tokens: tokens, target: target, output: false)
        }
        if let tokens = usage[.output], outcome.reply.outputTextBytes > 0, !outcome.reply.usageHasHiddenOutput {
            plan.pricer.observe(textBytes: outcome.reply.outputTextBytes, tokens: tokens, target: target, output: true)
        }
    }

    private func purpose(of attempt: borrowing AttemptOutcome) -> CostPurpose {
        // One that raced and lost is written down before the one that serves, whichever was first.
        guard attempt.resendCount > 0, let first = outcome.attempts.first else { return .served }
        let isSame =
            first.target.provider == attempt.target.provider
            && first.target.servedModel == attempt.target.servedModel
        return isSame ? .retry : .fallback
    }
}

extension ReplyFacts {
    /// Whether tokens were generated that the reply does not show, so that its text teaches nothing about their size.
    fileprivate var usageHasHiddenOutput: Bool { (usage[.reasoning] ?? 0) > 0 || (usage[.audioOutput] ?? 0) > 0 }
}
