public import GatewayTypes
public import NIOCore

/// What came of a question to a model.
public struct AskResult: Sendable {
    public let exchange: ExchangeID
    /// The reply as the question's dialect rendered it.
    public let body: ByteBuffer
    /// Nil when it completed.
    public let failure: Failure?
    public let cost: Cost
}

extension Proxy {
    /// Asks a model of this gateway, as an exchange of its own: routing, gates, attempts and settle. Runs on the loop of
    /// `worker`, and is called there. `dialect` reads the neutral form out of `request` and renders the reply.
    public func ask(
        _ request: ModelRequest, in dialect: any ClientDialect, purpose: CostPurpose, deadlineSeconds: Double,
        for asker: Asker, on worker: Int
    ) async -> AskResult {
        let lane = lanes[worker]
        let now = lane.now()
        let head = RequestHead(
            bytes: ByteBuffer(), method: .post, path: "", query: nil, fields: [], clientAddress: "")
        let writer = ReplyCollector()
        var run = ExchangeRun(
            plan: plan, lane: lane, inFlight: inFlight,
            request: InboundRequest(head: head, body: request.body, firstByte: now, lastByte: now), writer: writer)
        await run.performAsked(
            request, in: dialect, for: asker, purpose: purpose,
            deadline: min(asker.deadline, now.advanced(bySeconds: deadlineSeconds)))
        return AskResult(
            exchange: run.outcome.id, body: writer.body, failure: run.outcome.failure, cost: run.outcome.wholeCost)
    }
}

extension ExchangeRun {
    /// The way of an exchange that Weir makes itself: what stands before routing was done for the asker already.
    fileprivate mutating func performAsked(
        _ request: ModelRequest, in dialect: any ClientDialect, for asker: Asker, purpose: CostPurpose, deadline: Moment
    ) async {
        self.dialect = dialect
        outcome.asked = AskedFor(purpose, asker: asker.exchange)
        outcome.surface = request.surface
        outcome.operation = request.operation
        outcome.askedModel = request.askedModel
        outcome.requestFacts = request.facts
        outcome.caller = asker.caller
        if let trace = asker.trace { continueTrace(trace) }
        do throws(Failure) {
            var exchange = Exchange(
                id: outcome.id, trace: outcome.trace, arrived: outcome.arrived, arrivedAt: outcome.arrivedAt,
                deadline: deadline, head: inbound.head, surface: request.surface, request: .model(request),
                worker: lane.index, isAsked: true)
            exchange.caller = asker.caller
            exchange.route = try plan.route(for: request, of: asker.caller)
            outcome.route = exchange.route
            for stage in plan.path.stages where type(of: stage).hop == .routing {
                if let answer = try await enter(stage, &exchange) { return await give(answer, exchange) }
            }
            try await attempt(request, exchange)
        } catch {
            await fail(error)
        }
    }

    /// Below the asker's span, in its trace.
    private mutating func continueTrace(_ trace: TraceContext) {
        outcome.trace = TraceContext(
            traceHigh: trace.traceHigh, traceLow: trace.traceLow, spanID: lane.ids.spanID(),
            parentSpanID: trace.spanID, flags: trace.flags, state: trace.state)
    }
}

/// Keeps a reply that goes to nobody outside; confined to its loop.
private final class ReplyCollector: ReplyWriter, @unchecked Sendable {
    // Sound: made, written and read by one task, which stays on its loop.
    private(set) var body = ByteBuffer()

    var isGone: Bool { false }
    func whenGone(_ action: @escaping () -> Void) {}
    func start(_ head: ReplyHead) {}
    func write(_ bytes: ByteBuffer) async { body.writeImmutableBuffer(bytes) }
    func end() {}
    /// What came is no whole reply.
    func abort() { body.clear() }
    func upgrade(_ head: ReplyHead) -> any ByteSource { Silence() }

    /// Nobody speaks on the other side.
    private final class Silence: ByteSource {
        func read() async -> ByteBuffer? { nil }
    }
}
