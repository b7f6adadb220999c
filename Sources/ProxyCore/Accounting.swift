import GatewayTypes

extension ExchangeRun {
    /// Works out what was consumed and what it cost; see `docs/life-of-a-request.md`, "settle".
    mutating func account() {
        guard let attempt = spendingAttempt, let operation = outcome.operation else { return }
        let target = attempt.target
        outcome.usage = usage(of: attempt)
        guard outcome.usage.source != .none else { return }
        outcome.cost = plan.pricer.cost(
            of: outcome.usage, target: target, operation: operation,
            tier: outcome.reply.serviceTier ?? outcome.requestFacts?.serviceTier, at: outcome.arrivedAt)
        outcome.purpose = purpose
    }

    /// The attempt that consumed tokens: the one that served, else the last, when the model had begun or the client left.
    private var spendingAttempt: AttemptOutcome? {
        if let served = outcome.servedAttempt { return outcome.attempts[served] }
        guard let last = outcome.attempts.last, last.status == 0 || last.status < 400 else { return nil }
        let began = outcome.reply.tokenSeen || outcome.reply.usage.source == .provider
        return began || outcome.failure?.reason == .clientGone ? last : nil
    }

    private mutating func usage(of attempt: AttemptOutcome) -> Usage {
        let inputBytes = outcome.requestFacts?.textBytes ?? 0
        let gone = outcome.failure?.reason == .clientGone
        if outcome.reply.usage.source == .provider {
            if gone { outcome.abortBilling = .drained }
            teach(inputBytes, attempt.target)
            return outcome.reply.usage
        }
        if gone { outcome.abortBilling = .estimated }
        var usage = Usage(source: .estimated)
        usage[.input] = plan.pricer.estimateTokens(textBytes: inputBytes, target: attempt.target, output: false)
        if outcome.operation == .chat {
            usage[.output] = plan.pricer.estimateTokens(
                textBytes: outcome.reply.outputTextBytes, target: attempt.target, output: true)
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

    private var purpose: CostPurpose {
        if outcome.failure?.reason == .clientGone { return .aborted }
        guard let served = outcome.servedAttempt, served > 0 else { return .served }
        return outcome.attempts[served].target.index == outcome.attempts[0].target.index ? .retry : .fallback
    }
}

extension ReplyFacts {
    /// Whether tokens were generated that the reply does not show, so that its text teaches nothing about their size.
    fileprivate var usageHasHiddenOutput: Bool { (usage[.reasoning] ?? 0) > 0 || (usage[.audioOutput] ?? 0) > 0 }
}
