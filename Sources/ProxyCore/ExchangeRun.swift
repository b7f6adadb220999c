import GatewayTypes
import NIOCore
import Telemetry

/// One exchange from its request to its settling. The steps read in the order of the hops.
///
/// Not copyable: it is large, and without that word the compiler copies it whole for each piece of a stream.
/// `@inline(never)` stands where nothing is awaited, or seldom: what such a function sets aside it gives back at once,
/// while what is inlined into an asynchronous function takes memory for as long as the exchange lasts.
struct ExchangeRun: ~Copyable {
    let plan: Plan
    let lane: Lane
    let inFlight: InFlight
    let inbound: InboundRequest
    let writer: any ReplyWriter

    var outcome: Outcome
    var dialect: any ClientDialect
    var filters: [any ReplyFilter] = []
    var slot: JournalSlot?
    /// The reply's head until it is handed to the client's connection, and who it came from.
    var pendingHead: ReplyHead?
    var pendingTarget: Target?
    var isHeadAnnounced = false
    var hasFurtherTarget = false
    /// What is said, where the route shows it in traces.
    var tape: ContentTape?
    /// What the provider says, where the cache wants to have it.
    var recording: ReplyRecording?
    /// Bytes of a stored reply that were said again already.
    var replayed = 0
    /// The target that routing put first.
    var firstChosen: Target?
    /// The target that was tried beside the first.
    var hedgedWith: Target?
    /// The request apart from its dialect, once a target of another dialect has needed it.
    var neutral: NeutralRequest?
    /// What guardrails make of the exchange, and of its reply.
    var guardian: (any ExchangeGuard)?
    var replyGuard: (any ReplyGuard)?
    /// Where a provider's own API is called: its path and query.
    var resource: UpstreamResource?
    /// What stages have added to the reply's head.
    private(set) var stageFields: [ReplyField] = []
    /// Bytes of the reply that leave only once the outcome is booked.
    var held = ByteBuffer()
    /// Bytes of the reply's body handed to the client's connection.
    var isCommitted = false
    /// When Weir last began to hold bytes that it had read and not yet written.
    var heldSince: Moment
    private var isSettled = false
    private var lastHopEnded = Moment.zero

    @inline(never)
    init(plan: Plan, lane: Lane, inFlight: InFlight, request: InboundRequest, writer: any ReplyWriter) {
        self.plan = plan
        self.lane = lane
        self.inFlight = inFlight
        inbound = request
        self.writer = writer
        dialect = plan.surfaces.fallback
        heldSince = request.lastByte
        let arrivedAt = WallTime.now().advanced(byNanoseconds: -lane.now().nanoseconds(since: request.firstByte))
        outcome = Outcome(
            id: lane.ids.exchangeID(at: arrivedAt), trace: plan.tracing.begin(request.head, ids: &lane.ids),
            arrived: request.firstByte, arrivedAt: arrivedAt, method: request.head.method, httpRoute: "",
            clientAddress: request.head.clientAddress, userAgent: request.head[.userAgent], surface: .unknown)
        outcome.requestBytes = request.body.readableBytes
        outcome.isEncrypted = request.head.security != nil
        outcome.clientSpan = plan.tracing.clientSpan(of: request.head)
    }

    mutating func perform() async {
        do throws(Failure) {
            let received = try receive()
            var exchange = Exchange(
                id: outcome.id, trace: outcome.trace, arrived: outcome.arrived, arrivedAt: outcome.arrivedAt,
                deadline: outcome.arrived.advanced(bySeconds: plan.limits.totalSeconds), head: inbound.head,
                surface: received.match.entry.surface, request: .model(received.request),
                worker: lane.index)
            exchange.client = writer
            if let answer = try await enter(received, &exchange) {
                await give(answer, exchange)
            } else {
                guard case .model(let request) = exchange.request else { return }
                await attemptOrFail(request, exchange)
                if exchange.route.shadow != nil { castShadow(request, exchange) }
            }
        } catch {
            await fail(error)
        }
    }

    private mutating func attemptOrFail(_ request: ModelRequest, _ exchange: Exchange) async {
        do throws(Failure) {
            try await attempt(request, exchange)
        } catch {
            await fail(error)
        }
    }

    // MARK: receive

    /// A request that was read.
    private struct Received {
        var match: SurfaceMatch
        let request: ModelRequest
        /// Where it names a template, whose text it gets once its caller is known.
        var template: TemplateCall?
    }

    @inline(never)
    private mutating func receive() throws(Failure) -> Received {
        defer {
            lastHopEnded = lane.now()
            outcome.hops.add(.receive, from: outcome.arrived, to: lastHopEnded)
        }
        do throws(Failure) {
            return try read()
        } catch {
            outcome.hops.stop(at: .receive)
            throw error
        }
    }

    private mutating func read() throws(Failure) -> Received {
        let match = try plan.surfaces.match(inbound.head)
        let surface = match.entry
        dialect = surface.dialect
        outcome.httpRoute = surface.httpRoute
        outcome.surface = surface.surface
        outcome.operation = surface.surface.operation
        // What Weir answers itself asks for nothing in its body.
        guard surface.answer == nil, surface.service == nil else {
            return Received(
                match: match,
                request: ModelRequest(
                    surface: surface.surface, askedModel: "", stream: false, body: inbound.body, facts: RequestFacts()))
        }
        if let call = try plan.templates?.call(in: inbound.body, of: surface.surface) {
            return Received(match: match, request: templated(call, match), template: call)
        }
        let request = try surface.dialect.parse(
            SurfaceCall(surface: surface.surface, model: match.model, pathStreams: surface.streams, head: inbound.head),
            body: inbound.body)
        outcome.askedModel = request.askedModel
        outcome.stream = request.stream
        outcome.requestFacts = request.facts
        return Received(match: match, request: request)
    }

    // MARK: authentication … routing

    /// Enters the stages; a reply when one of them, or the surface itself, answers.
    private mutating func enter(
        _ received: Received, _ exchange: inout Exchange
    ) async throws(Failure) -> EarlyAnswer? {
        var match = received.match
        var nextCallout = 0
        if plan.asksAtReceive {
            exchange.route = plan.likelyRoute(for: exchange, match)
            try await consult(before: .authentication, &nextCallout, match, &exchange)
        }
        if let answer = try await enter(plan.path.authentication, &exchange) { return answer }
        plan.tracing.meet(exchange.caller, inbound.head, ids: &lane.ids, &outcome)
        if match.entry.answer != nil {
            return try match.entry.answer(to: exchange.caller, routes: plan.routes).map { .reply($0) }
        }
        if let service = match.entry.service {
            return .reply(try await service.answer(inbound, from: exchange.caller))
        }
        if let template = received.template {
            exchange.firstAsked = FirstAsked(template: template.name)
            if exchange.caller.permissions != nil, let permission = plan.path.permission,
                let answer = try await enter(permission, &exchange)
            {
                return answer
            }
            exchange.firstAsked = nil
            try expand(template, &match, &exchange)
        }
        if nextCallout < plan.callouts.count {
            exchange.route = plan.likelyRoute(for: exchange, match)
            try await consult(before: .limits, &nextCallout, match, &exchange)
        }
        try findRoute(match, &exchange)
        if exchange.caller.permissions != nil, let permission = plan.path.permission,
            let answer = try await enter(permission, &exchange)
        {
            return answer
        }
        if let decoration = exchange.route.decoration { try decorate(decoration, match, &exchange) }
        for stage in plan.path.stages {
            if nextCallout < plan.callouts.count {
                try await consult(before: type(of: stage).hop, &nextCallout, match, &exchange)
            }
            if let answer = try await enter(stage, &exchange) { return answer }
            if type(of: stage).hop == .guardrails { try takeMasked(match, &exchange) }
        }
        if nextCallout < plan.callouts.count {
            try await consult(before: .budgets, &nextCallout, match, &exchange)
        }
        return nil
    }

    @inline(never)
    private mutating func findRoute(_ match: SurfaceMatch, _ exchange: inout Exchange) throws(Failure) {
        guard case .model(let request) = exchange.request else { return }
        if let door = try plan.door(for: match, of: exchange.caller) {
            exchange.route = door.route(for: request.askedModel)
            resource = try door.resource(for: match.rest ?? "", of: inbound.head)
        } else {
            exchange.route = try plan.route(for: request, of: exchange.caller)
            if !exchange.route.matches.isEmpty { leadOn(&exchange) }
            if request.facts.opensWebSocket { resource = Self.realtimeResource(of: inbound.head) }
        }
        outcome.route = exchange.route
        plan.tracing.meet(exchange.route, &outcome)
        exchange.trace = outcome.trace
    }

    /// Takes the route that the asked one keeps for such requests.
    @inline(never)
    private mutating func leadOn(_ exchange: inout Exchange) {
        let asked = exchange.route
        guard let match = asked.match(for: exchange) else { return }
        exchange.firstAsked = FirstAsked(route: asked)
        exchange.route = match.route
        exchange.notes.append(Note(.authentication, "match: " + match.text(from: asked)))
        outcome.notes = exchange.notes
    }

    /// What was waited for counts for no hop.
    mutating func skipTime() { lastHopEnded = lane.now() }

    mutating func enter(_ stage: any Stage, _ exchange: inout Exchange) async throws(Failure) -> EarlyAnswer? {
        // A hop begins where the last one ended: one look at the clock serves both.
        let began = lastHopEnded
        defer { leave(type(of: stage).hop, since: began, &exchange) }
        do throws(Failure) {
            let passage = try await stage.enter(&exchange)
            // Waiting for the model that classifies is not Weir's own time.
            if outcome.classification == nil, let decided = exchange.classification, decided.waited {
                heldSince = heldSince.advanced(bySeconds: decided.seconds)
            }
            switch passage {
            case .pass: return nil
            case .follow(let filter): filters.append(filter)
            case .keep(let keeper): recording = ReplyRecording(for: keeper)
            case .answer(let reply):
                outcome.hops.stop(at: type(of: stage).hop)
                return .reply(reply)
            case .replay(let replay):
                outcome.hops.stop(at: type(of: stage).hop)
                return .replay(replay)
            }
            return nil
        } catch {
            outcome.hops.stop(at: type(of: stage).hop)
            throw error
        }
    }

    @inline(never)
    private mutating func leave(_ hop: Hop, since began: Moment, _ exchange: inout Exchange) {
        lastHopEnded = lane.now()
        outcome.hops.add(hop, from: began, to: lastHopEnded)
        outcome.caller = exchange.caller
        outcome.override = exchange.override
        outcome.choice = exchange.choice
        outcome.classification = exchange.classification
        outcome.notes = exchange.notes
        stageFields = exchange.replyFields
        if exchange.waitedNanoseconds > 0 { noteWait(&exchange) }
        if guardian == nil, let guardian = exchange.guardian { meet(guardian) }
        if let use = exchange.cache { note(use) }
    }

    // MARK: Ends

    /// A reply that needed no upstream.
    mutating func answer(_ reply: Reply) async {
        outcome.status = reply.status
        do throws(Failure) {
            for event in [ReplyEvent.bytes(reply.body), .end] where try !filtered(event) {
                return await fail(Self.withheld)
            }
        } catch {
            return await fail(error)
        }
        await deliver(reply)
    }

    private static let withheld = Failure(.internalError, "A filter kept the reply back and never released it.")

    /// Tells the client of a failure, in its dialect: as the whole reply, or inside the stream that has begun, which then
    /// ends without its proper end, so that nobody takes it for complete.
    mutating func fail(_ failure: Failure) async {
        outcome.failure = failure
        guard isCommitted else {
            var reply = dialect.render(failure)
            reply.fields += failure.fields
            outcome.status = writer.isGone ? FailureReason.clientGone.status : reply.status
            return await deliver(reply)
        }
        // A WebSocket has been told by its own tap.
        if outcome.stream, !writer.isGone, outcome.requestFacts?.opensWebSocket != true {
            settle()
            let framing = outcome.requestFacts?.framing ?? .events
            await writer.write(dialect.renderInStream(failure, framing: framing))
        }
        settle()
        writer.abort()
    }

    private mutating func deliver(_ reply: Reply) async {
        outcome.replyBytes = reply.body.readableBytes
        settle()
        let fields = reply.fields + weirFields()
        writer.start(ReplyHead(status: reply.status, fields: fields, bodyBytes: reply.body.readableBytes))
        if reply.body.readableBytes > 0 { await writer.write(reply.body) }
        writer.end()
    }

    // MARK: settle

    /// Books the outcome, once: the journal first, so that no client ever holds a complete reply that nobody booked.
    @inline(never)
    mutating func settle() {
        guard !isSettled else { return }
        isSettled = true
        let began = lane.now()
        if let guardian { noteGuardrails(guardian) }
        for index in filters.indices.reversed() { filters[index].settle(outcome) }
        outcome.ended = lane.now()
        outcome.hops.add(.settle, from: began, to: outcome.ended)
        outcome.accounted = slot != nil
        // One that had consumed nothing when its client left, or what is free.
        if outcome.failure?.reason == .clientGone, outcome.abortBilling == nil {
            outcome.abortBilling = AbortBilling.none
        }
        recording?.settle(outcome)
        // Before anything is counted: an exemplar points to no trace that is not kept.
        outcome.kept = plan.tracing.reason(for: outcome)
        if outcome.kept != nil { outcome.content = tape?.content }
        if let slot { plan.journal.close(slot, outcome) }
        tellCallouts()
        lane.telemetry.settled(outcome)
    }
}
