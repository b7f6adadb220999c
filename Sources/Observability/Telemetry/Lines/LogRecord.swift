public import GatewayTypes

/// Something that happened, in no particular protocol's words. Never holds prompts, replies or keys.
public struct LogRecord: Sendable {
    /// The numbers are OTLP's.
    public enum Severity: Int, Sendable {
        case info = 9
        case warning = 13
        case error = 17

        /// As OpenTelemetry abbreviates it.
        public var text: String {
            switch self {
            case .info: "INFO"
            case .warning: "WARN"
            case .error: "ERROR"
            }
        }
    }

    /// The span that it belongs to.
    public struct Span: Sendable {
        public let traceHigh: UInt64
        public let traceLow: UInt64
        public let spanID: UInt64
        /// Of the trace; see `TraceContext`.
        public let flags: UInt8

        public init(traceHigh: UInt64, traceLow: UInt64, spanID: UInt64, flags: UInt8) {
            self.traceHigh = traceHigh
            self.traceLow = traceLow
            self.spanID = spanID
            self.flags = flags
        }
    }

    public let at: WallTime
    public let severity: Severity
    /// Of a closed set: `weir.exchange`, `weir.budget.transition`, `weir.audit`, `weir.feedback`, and the conventions' event
    /// of an attempt that failed.
    public let eventName: String
    /// One line for people.
    public let body: String
    public let attributes: SpanAttributes
    public let span: Span?
    /// Of the exchange; nil where it belongs to none.
    public let facts: ExchangeFacts?

    /// Something that is no exchange; `span` is what it is about. Attributes without a value are left out.
    public init(
        at: WallTime, severity: Severity, eventName: String, body: String,
        attributes: [(key: String, value: String?)], span: Span? = nil
    ) {
        self.at = at
        self.severity = severity
        self.eventName = eventName
        self.body = body
        var kept = SpanAttributes(expected: attributes.count)
        for (key, value) in attributes { kept.set(key, value) }
        self.attributes = kept
        self.span = span
        facts = nil
    }

    /// The exchange, with what its access line says. It is of the moment at which the exchange ended.
    public init(of outcome: Outcome) {
        at = outcome.endedAt
        severity = Self.severity(of: outcome)
        eventName = Self.exchangeEvent
        body = RootSpan.name(outcome) + " " + (outcome.status > 0 ? "\(outcome.status) " : "") + outcome.result
        var attributes = RootSpan.facts(outcome)
        attributes.set(Conventions.Key.operation, outcome.operation?.rawValue)
        attributes.set(Conventions.Key.requestStream, outcome.stream)
        attributes.set(Conventions.Key.finishReasons, outcome.reply.finishReasons)
        attributes.set(WeirKey.duration, outcome.ended.seconds(since: outcome.arrived))
        if let first = outcome.firstTokenSent {
            attributes.set(WeirKey.timeToFirstToken, first.seconds(since: outcome.arrived))
        }
        attributes.set(WeirKey.overhead, Double(outcome.overheadNanoseconds) / 1e9)
        // A client that leaves is nobody's error.
        if let failure = outcome.failure, failure.reason != .clientGone {
            // A server's own error stands there already.
            if outcome.serverError == nil { attributes.set(Conventions.Key.errorType, failure.reason.rawValue) }
            attributes.set(Conventions.Key.errorMessage, ContentRedactor.redact(failure.message))
            attributes.set(WeirKey.errorSide, failure.reason.side.rawValue)
        }
        self.attributes = attributes
        facts = ExchangeFacts(outcome)
        span = Span(
            traceHigh: outcome.trace.traceHigh, traceLow: outcome.trace.traceLow, spanID: outcome.trace.spanID,
            flags: outcome.trace.flags)
    }

    /// An attempt's failure, as `ExceptionRecords` makes it.
    init(
        at: WallTime, severity: Severity, eventName: String, body: String, attributes: SpanAttributes, span: Span,
        facts: ExchangeFacts
    ) {
        self.at = at
        self.severity = severity
        self.eventName = eventName
        self.body = body
        self.attributes = attributes
        self.span = span
        self.facts = facts
    }

    public static let exchangeEvent = "weir.exchange"
    public static let transitionEvent = "weir.budget.transition"
    public static let auditEvent = "weir.audit"
    public static let feedbackEvent = "weir.feedback"

    /// What the client did itself, or was refused on purpose, warns at most.
    private static func severity(of outcome: Outcome) -> Severity {
        guard let failure = outcome.failure else { return .info }
        if failure.reason == .budgetExceeded { return .warning }
        switch failure.reason.side {
        case .client: return .warning
        case .gateway, .upstream: return .error
        }
    }
}
