import GatewayTypes

/// A way in which a request names the trace it belongs to; the words are those of `OTEL_PROPAGATORS`.
public enum Propagator: String, CaseIterable, Sendable {
    case traceContext = "tracecontext"
    case baggage
    /// One field, `b3`.
    case b3
    /// Several fields, `x-b3-…`.
    case b3Multi = "b3multi"

    /// The specification's default.
    public static let standard: [Propagator] = [.traceContext, .baggage]
}

/// What a request says of its trace.
struct IncomingTrace: Equatable {
    struct Parent: Equatable {
        let high: UInt64
        let low: UInt64
        let span: UInt64
    }

    /// Nil where only a decision was sent, which B3 allows.
    let parent: Parent?
    /// Nil where the decision is left to others.
    let sampled: Bool?
    /// Bit 1: the trace id is random.
    var flags: UInt8 = 0
    var state: String?

    /// By the first of the propagators that finds something valid.
    static func read(_ head: RequestHead, _ propagators: [Propagator]) -> IncomingTrace? {
        for propagator in propagators {
            let found: IncomingTrace? =
                switch propagator {
                case .traceContext: traceContext(head)
                case .b3: head.only(.b3).flatMap { B3.parse($0) }
                case .b3Multi: B3.parse(multi: head)
                case .baggage: nil
                }
            if let found { return found }
        }
        return nil
    }

    private static func traceContext(_ head: RequestHead) -> IncomingTrace? {
        // More than one `traceparent` is as good as none.
        guard let text = head.only(.traceparent), let parent = TraceParent.parse(text) else { return nil }
        return IncomingTrace(
            parent: Parent(high: parent.high, low: parent.low, span: parent.span), sampled: parent.sampled,
            flags: parent.flags, state: TraceState.combine(head.all(.tracestate)))
    }
}

extension HeaderName {
    static let b3: HeaderName = "b3"
    static let baggage: HeaderName = "baggage"
}
