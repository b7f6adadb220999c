import GatewayTypes

/// The conventions' event `gen_ai.client.operation.exception`: one log record for each attempt that failed, in the context of
/// that attempt's span, so that a failure which a fallback has mended is told too.
enum ExceptionRecords {
    static func append(of outcome: Outcome, to records: inout [LogRecord]) {
        for (position, attempt) in outcome.attempts.enumerated() {
            guard let failure = attempt.exception else { continue }
            records.append(record(failure, attempt, position, outcome))
        }
    }

    private static func record(
        _ failure: Failure, _ attempt: AttemptOutcome, _ position: Int, _ outcome: Outcome
    ) -> LogRecord {
        let (reason, target) = (failure.reason.rawValue, attempt.target)
        let operation = outcome.operation?.rawValue ?? ConfiguredName.other.text
        var attributes = SpanAttributes(expected: 16)
        attributes.set(Conventions.Key.exceptionType, reason)
        // What a provider said may repeat a prompt: only Weir's own sentence.
        attributes.set(Conventions.Key.exceptionMessage, ContentRedactor.redact(failure.message))
        attributes.set(Conventions.Key.errorType, reason)
        attributes.set(Conventions.Key.operation, operation)
        attributes.set(Conventions.Key.provider, target.providerKind)
        attributes.set(Conventions.Key.requestModel, outcome.model(at: target))
        if let endpoint = target.way(for: outcome.surface)?.endpoint(streams: outcome.stream) ?? target.anyEndpoint {
            attributes.set(Conventions.Key.serverAddress, endpoint.serverAddress)
            attributes.set(Conventions.Key.serverPort, endpoint.serverPort)
        }
        if attempt.status > 0 { attributes.set(Conventions.Key.httpStatus, attempt.status) }
        attributes.set(WeirKey.errorSide, failure.reason.side.rawValue)
        attributes.set(WeirKey.exchangeID, outcome.id.description)
        attributes.set(WeirKey.provider, target.provider.text)
        attributes.set(WeirKey.attemptNumber, position + 1)
        return LogRecord(
            at: outcome.wall(attempt.ended), severity: .warning, eventName: Conventions.Event.operationException,
            body: "\(operation) \(target.servedModel.text): \(reason)", attributes: attributes,
            span: LogRecord.Span(
                traceHigh: outcome.trace.traceHigh, traceLow: outcome.trace.traceLow, spanID: attempt.spanID,
                flags: outcome.trace.flags),
            facts: ExchangeFacts(outcome))
    }
}

extension AttemptOutcome {
    /// Why it failed. A client that leaves on purpose is no error of the attempt, nor is a race that another one won.
    var exception: Failure? {
        let hasLost = hedge.map { !$0.won } ?? false
        guard let failure, failure.reason != .clientGone, !(hasLost && failure.reason == .interrupted) else {
            return nil
        }
        return failure
    }
}

extension LogRecord {
    /// All records of an exchange, in the order of time.
    static func all(of outcome: Outcome) -> [LogRecord] {
        var records: [LogRecord] = []
        ExceptionRecords.append(of: outcome, to: &records)
        records.append(LogRecord(of: outcome))
        return records
    }
}
