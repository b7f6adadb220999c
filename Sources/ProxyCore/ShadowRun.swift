import GatewayTypes
import NIOCore
import Telemetry

/// What a copy needs of the exchange that it is a copy of.
struct ShadowCopy: Sendable {
    let exchange: Exchange
    let request: ModelRequest
    let inbound: InboundRequest
    let dialect: any ClientDialect
    let httpRoute: String
    let shadow: Shadow
    let original: ShadowFigures
}

extension ExchangeRun {
    // MARK: A copy for the route's shadow

    /// Sends a copy to the route's shadow once the exchange is over, so that its client never waits for it.
    @inline(never)
    mutating func castShadow(_ request: ModelRequest, _ exchange: Exchange) {
        guard let shadow = exchange.route.shadow, let keeper = plan.shadows, let launch = lane.launch,
            !inFlight.isEnding, outcome.failure?.reason != .clientGone, !outcome.attempts.isEmpty,
            resource == nil, shadow.target.way(for: request.surface) != nil,
            Double(lane.ids.next() >> 11) / Double(1 << 53) < shadow.share, keeper.begin(on: exchange.route)
        else { return }
        let copy = ShadowCopy(
            exchange: exchange, request: request, inbound: inbound, dialect: dialect, httpRoute: outcome.httpRoute,
            shadow: shadow, original: ShadowFigures(outcome))
        let (plan, lane, inFlight) = (plan, lane, inFlight)
        launch {
            inFlight.enter()
            var run = ExchangeRun(
                plan: plan, lane: lane, inFlight: inFlight, request: copy.inbound, writer: NobodysWriter())
            let figures = await run.perform(copy)
            inFlight.leave()
            keeper.ended(on: copy.exchange.route, original: copy.original, copy: figures)
        }
    }

    /// Makes the one attempt of a copy. It passes the gates, is booked for whom the original was, and has a trace of its own that
    /// is linked to the original's.
    private mutating func perform(_ copy: ShadowCopy) async -> ShadowFigures {
        let original = copy.exchange
        outcome = Outcome(
            id: outcome.id, trace: plan.tracing.begin(Self.bareHead, ids: &lane.ids), arrived: lane.now(),
            arrivedAt: .now(), method: outcome.method, httpRoute: copy.httpRoute,
            clientAddress: outcome.clientAddress, userAgent: outcome.userAgent, surface: original.surface)
        outcome.purpose = .shadow
        outcome.operation = copy.request.operation
        outcome.askedModel = copy.request.askedModel
        outcome.stream = copy.request.stream
        outcome.requestFacts = copy.request.facts
        outcome.caller = original.caller
        outcome.route = original.route
        plan.tracing.meet(original.route, &outcome)
        outcome.clientSpan = TraceLink(
            traceHigh: original.trace.traceHigh, traceLow: original.trace.traceLow, spanID: original.trace.spanID)
        heldSince = outcome.arrived
        dialect = copy.dialect
        var exchange = Exchange(
            id: outcome.id, trace: outcome.trace, arrived: outcome.arrived, arrivedAt: outcome.arrivedAt,
            deadline: outcome.arrived.advanced(bySeconds: plan.limits.totalSeconds), head: original.head,
            surface: original.surface, request: original.request)
        exchange.caller = original.caller
        exchange.route = original.route
        exchange.targets = [copy.shadow.target]
        exchange.outputTokensMax = original.outputTokensMax
        do throws(Failure) {
            try await attempt(copy.request, exchange)
        } catch {
            outcome.failure = error
            outcome.status = error.status
            settle()
        }
        return ShadowFigures(outcome)
    }

    /// Names no trace to follow.
    private static let bareHead = RequestHead(
        bytes: ByteBuffer(), method: .post, path: "/", query: nil, fields: [], clientAddress: "")
}

/// Takes a reply that nobody waits for.
private final class NobodysWriter: ReplyWriter {
    var isGone: Bool { false }
    func whenGone(_ action: @escaping () -> Void) {}
    func start(_ head: ReplyHead) {}
    func write(_ bytes: ByteBuffer) async {}
    func end() {}
    func abort() {}
    func upgrade(_ head: ReplyHead) -> any ByteSource { NothingToSay() }
}

private final class NothingToSay: ByteSource {
    func read() async -> ByteBuffer? { nil }
}
