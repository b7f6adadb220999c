import GatewayTypes

/// The span of one attempt: kind CLIENT, in the words of the GenAI conventions.
enum AttemptSpan {
    /// `content`: what the attempt that `outcome.tellingAttempt` names shows of what was said.
    static func make(
        _ attempt: AttemptOutcome, position: Int, _ outcome: Outcome, _ vocabulary: Vocabulary,
        _ content: RenderedContent?
    ) -> SpanData {
        let target = attempt.target
        var attributes = SpanAttributes(expected: 48)
        let operation = outcome.operation?.rawValue ?? ConfiguredName.other.text
        let model = outcome.model(at: target)
        attributes.set(Conventions.Key.operation, operation)
        attributes.set(Conventions.Key.provider, target.providerKind)
        attributes.set(Conventions.Key.requestModel, model)
        let way = target.way(for: outcome.surface)
        if let endpoint = way?.endpoint(streams: outcome.stream) ?? target.anyEndpoint {
            attributes.set(Conventions.Key.serverAddress, endpoint.serverAddress)
            attributes.set(Conventions.Key.serverPort, endpoint.serverPort)
        }
        RequestAttributes.add(outcome, isTranslated: way?.isTranslated ?? false, vocabulary, to: &attributes)
        addAttempt(attempt, position, &attributes)
        if position == outcome.tellingAttempt {
            addReply(outcome, &attributes)
            attributes.set(content)
        }
        // A reply that went to nobody may have consumed something all the same.
        if position == outcome.tellingAttempt || !attempt.usage.isEmpty {
            UsageAttributes.add(attempt, vocabulary, to: &attributes)
        }
        // A model that no configuration names would make as many names of spans.
        let name = target.servedModel == .other ? operation : operation + " " + target.servedModel.text
        var span = outcome.span(
            name: name, kind: .client, id: attempt.spanID,
            parent: outcome.trace.spanID, remote: false, from: outcome.wall(attempt.began),
            to: outcome.wall(attempt.ended), attributes)
        if let failure = attempt.exception {
            span.attributes.set(Conventions.Key.errorType, failure.reason.rawValue)
            span.status = .error("")
        }
        span.events = events(attempt, outcome)
        return span
    }

    private static func addAttempt(_ attempt: AttemptOutcome, _ position: Int, _ attributes: inout SpanAttributes) {
        attributes.set(WeirKey.attemptNumber, position + 1)
        attributes.set(WeirKey.provider, attempt.target.provider.text)
        attributes.set(WeirKey.keyAlias, attempt.keyAlias)
        attributes.set(WeirKey.providerKey, attempt.key?.name)
        if attempt.status > 0 { attributes.set(Conventions.Key.httpStatus, attempt.status) }
        if attempt.resendCount > 0 { attributes.set(Conventions.Key.resendCount, attempt.resendCount) }
        attributes.set(WeirKey.providerRequestID, attempt.providerRequestID)
        if let hedge = attempt.hedge {
            attributes.set(WeirKey.hedgeRole, hedge.isSecond ? "second" : "first")
            attributes.set(WeirKey.hedgeWon, hedge.won)
            attributes.set(WeirKey.hedgeAfter, hedge.afterSeconds)
        }
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
