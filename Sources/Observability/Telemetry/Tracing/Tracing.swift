public import GatewayTypes

/// How traces begin, and which are kept.
public struct Tracing: Sendable {
    /// Whose trace context and baggage are followed.
    public enum Trust: String, CaseIterable, Sendable {
        case always, never
        /// Of callers that proved who they are.
        case authenticated
    }

    public var sampler = Sampler.standard
    /// Whether routes may have rates of their own.
    public var routesHaveRates = true
    public var trust = Trust.always
    /// What is read from requests, the first that is there; of these only W3C's is sent to providers.
    public var propagators = Propagator.standard
    /// The members of `baggage` that become attributes.
    public var baggageKeys: [String] = []
    /// Nil: nothing but the base rate keeps a trace, nor does a caller's wish.
    public var rules: SamplingRules?
    private let models: SeenModels

    public init(models: SeenModels = SeenModels()) { self.models = models }

    /// Whether providers are told the trace.
    public var tellsProviders: Bool { propagators.contains(.traceContext) }

    /// The trace of a request that nothing is known of but its head.
    public func begin(_ head: RequestHead, ids: inout IDSource) -> TraceContext {
        guard trust == .always else { return root(&ids) }
        return continued(head, ids: &ids)
    }

    /// The span that a request names as its own where it is not followed, or not yet.
    public func clientSpan(of head: RequestHead) -> TraceLink? {
        guard trust != .always, let parent = IncomingTrace.read(head, propagators)?.parent else { return nil }
        return TraceLink(traceHigh: parent.high, traceLow: parent.low, spanID: parent.span)
    }

    /// What was to wait until the caller is known: whether its trace and baggage are followed, and whether it may ask
    /// for its trace to be kept.
    public func meet(_ caller: Caller, _ head: RequestHead, ids: inout IDSource, _ outcome: inout Outcome) {
        let isTrusted = trust == .always || (trust == .authenticated && caller.isAuthenticated)
        if isTrusted, trust == .authenticated {
            outcome.trace = continued(head, ids: &ids)
            outcome.clientSpan = nil
        }
        if isTrusted, !baggageKeys.isEmpty, propagators.contains(.baggage) {
            outcome.baggage = Baggage.read(baggageKeys, from: head.all(.baggage))
        }
        guard caller.mayDebug, rules != nil, head[.weirDebug] != nil else { return }
        outcome.isDebugged = true
        outcome.trace.force()
    }

    /// Once the route is known, and before anything is sent: the route's own base rate.
    public func meet(_ route: Route, _ outcome: inout Outcome) {
        guard let share = route.samplingRatio, routesHaveRates, !outcome.isDebugged else { return }
        outcome.trace = sampler.decideAgain(outcome.trace, share: share)
    }

    /// Why the trace of an exchange that is over is kept; nil: it is not.
    public func reason(for outcome: borrowing Outcome) -> SamplingReason? {
        guard let rules else { return outcome.trace.sampled ? .base : nil }
        if outcome.isDebugged { return .debug }
        // Where all are kept nobody needs to know which was the first.
        if outcome.trace.sampled, sampler.threshold == .always { return .base }
        var isFirst = false
        if rules.newModels, let target = outcome.target { isFirst = models.isFirst(target) }
        if outcome.trace.sampled { return .base }
        return rules.reason(for: outcome) ?? (isFirst ? .firstOfModel : nil)
    }

    private func root(_ ids: inout IDSource, parentSampled: Bool? = nil) -> TraceContext {
        let trace = TraceContext(
            traceHigh: ids.next(), traceLow: ids.next(), spanID: ids.spanID(), parentSpanID: nil, flags: 2, state: nil)
        return sampler.decide(trace, parentSampled: parentSampled)
    }

    private func continued(_ head: RequestHead, ids: inout IDSource) -> TraceContext {
        guard let incoming = IncomingTrace.read(head, propagators) else { return root(&ids) }
        guard let parent = incoming.parent else { return root(&ids, parentSampled: incoming.sampled) }
        let trace = TraceContext(
            traceHigh: parent.high, traceLow: parent.low, spanID: ids.spanID(), parentSpanID: parent.span,
            flags: incoming.flags & 2, state: incoming.state)
        return sampler.decide(trace, parentSampled: incoming.sampled)
    }
}
