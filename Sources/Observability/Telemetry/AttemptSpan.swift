import GatewayTypes

/// The span of one attempt: kind CLIENT, in the words of the GenAI conventions.
enum AttemptSpan {
    static func make(_ attempt: AttemptOutcome, position: Int, _ outcome: Outcome) -> SpanData {
        let target = attempt.target
        // The attempt that the reply came from, or when none did, the last: what was consumed is written there.
        let isServed = position == outcome.servedAttempt ?? (outcome.attempts.count - 1)
        var attributes = SpanAttributes(expected: 40)
        let operation = outcome.operation?.rawValue ?? ConfiguredName.other.text
        attributes.set(Conventions.Key.operation, operation)
        attributes.set(Conventions.Key.provider, target.providerKind)
        attributes.set(Conventions.Key.requestModel, target.servedModel.text)
        if let endpoint = target.anyEndpoint {
            attributes.set(Conventions.Key.serverAddress, endpoint.serverAddress)
            attributes.set(Conventions.Key.serverPort, endpoint.serverPort)
        }
        addRequest(outcome, &attributes)
        addAttempt(attempt, position, &attributes)
        if isServed { addReply(outcome, &attributes) }
        var span = outcome.span(
            name: operation + " " + target.servedModel.text, kind: .client, id: attempt.spanID,
            parent: outcome.trace.spanID, remote: false, from: outcome.wall(attempt.began),
            to: outcome.wall(attempt.ended), attributes)
        // A client that leaves on purpose is no error of the attempt.
        if let failure = attempt.failure, failure.reason != .clientGone {
            span.attributes.set(Conventions.Key.errorType, failure.reason.rawValue)
            span.status = .error("")
        }
        span.events = events(attempt, outcome)
        return span
    }

    private static func addRequest(_ outcome: Outcome, _ attributes: inout SpanAttributes) {
        if outcome.stream { attributes.set(Conventions.Key.requestStream, true) }
        guard let facts = outcome.requestFacts else { return }
        attributes.set(Conventions.Key.requestMaxTokens, facts.outputTokensMax)
        attributes.set(Conventions.Key.requestTemperature, facts.temperature)
        attributes.set(Conventions.Key.requestTopP, facts.topP)
        attributes.set(Conventions.Key.requestSeed, facts.seed)
        if facts.choiceCount != 1 { attributes.set(Conventions.Key.requestChoices, facts.choiceCount) }
        if facts.wantsJSONSchema { attributes.set(Conventions.Key.outputType, Conventions.Value.json) }
        if let tier = facts.serviceTier, tier != "auto" { attributes.set(Conventions.Key.requestServiceTier, tier) }
    }

    private static func addAttempt(_ attempt: AttemptOutcome, _ position: Int, _ attributes: inout SpanAttributes) {
        attributes.set(WeirKey.attemptNumber, position + 1)
        attributes.set(WeirKey.provider, attempt.target.provider.text)
        attributes.set(WeirKey.keyAlias, attempt.target.keyAlias)
        if attempt.status > 0 { attributes.set(Conventions.Key.httpStatus, attempt.status) }
        if attempt.resendCount > 0 { attributes.set(Conventions.Key.resendCount, attempt.resendCount) }
        attributes.set(WeirKey.providerRequestID, attempt.providerRequestID)
        attributes.set(WeirKey.connectionReused, attempt.phases.reused)
        for phase in Cases.phases {
            let nanoseconds = attempt.phases.nanoseconds(phase)
            if nanoseconds > 0 { attributes.set(WeirKey.phaseSeconds(phase), Double(nanoseconds) / 1e9) }
        }
    }

    private static func addReply(_ outcome: Outcome, _ attributes: inout SpanAttributes) {
        attributes.set(Conventions.Key.responseID, outcome.reply.responseID)
        attributes.set(Conventions.Key.responseModel, outcome.reply.responseModel)
        attributes.set(Conventions.Key.finishReasons, outcome.reply.finishReasons)
        attributes.set(Conventions.Key.responseServiceTier, outcome.reply.serviceTier)
        attributes.set(Conventions.Key.systemFingerprint, outcome.reply.systemFingerprint)
        if outcome.stream, let served = outcome.servedAttempt, let first = outcome.attempts[served].firstToken {
            attributes.set(Conventions.Key.timeToFirstChunk, first.seconds(since: outcome.attempts[served].began))
        }
        let usage = outcome.usage
        attributes.set(Conventions.Key.inputTokens, usage.inputTokens)
        attributes.set(Conventions.Key.outputTokens, usage.outputTokens)
        attributes.set(Conventions.Key.cacheReadTokens, usage[.cacheRead])
        attributes.set(Conventions.Key.cacheWriteTokens, usage[.cacheWrite])
        attributes.set(Conventions.Key.reasoningTokens, usage[.reasoning])
        attributes.set(WeirKey.usageSource, usage.source.rawValue)
        attributes.set(WeirKey.costStatus, outcome.cost.status.rawValue)
        guard let cost = outcome.costText else { return }
        attributes.set(WeirKey.costUSD, cost)
        attributes.set(Conventions.Key.usageCost, Double(outcome.cost.total.picodollars) / 1e12)
    }

    /// The phases as points in time. Their lengths count from the attempt's start, one after the other.
    private static func events(_ attempt: AttemptOutcome, _ outcome: Outcome) -> [SpanData.Event] {
        var events: [SpanData.Event] = []
        var at = outcome.wall(attempt.began)
        for phase in [AttemptPhase.dns, .connect, .tls, .wait] {
            let nanoseconds = attempt.phases.nanoseconds(phase)
            guard nanoseconds > 0 else { continue }
            at = at.advanced(byNanoseconds: nanoseconds)
            events.append(SpanData.Event(name: phase.rawValue + " done", at: at))
        }
        if let first = attempt.firstToken {
            events.append(SpanData.Event(name: "first token", at: outcome.wall(first)))
        }
        if let visible = attempt.firstVisibleToken {
            events.append(SpanData.Event(name: "first visible token", at: outcome.wall(visible)))
        }
        if attempt.firstToken != nil {
            events.append(SpanData.Event(name: "last token", at: outcome.wall(attempt.ended)))
        }
        return events
    }
}
