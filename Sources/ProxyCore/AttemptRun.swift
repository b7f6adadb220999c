import GatewayTypes
import NIOCore

extension ExchangeRun {
    // MARK: budgets → attempt → stream, for each target in turn

    mutating func attempt(_ request: ModelRequest, _ exchange: Exchange) async throws(Failure) {
        var last = Failure(.overloaded, "The route \"\(exchange.route.name.text)\" has no target to try.")
        tape = ContentTape(exchange, request, dialect)
        firstChosen = exchange.targets.first
        plan.retries?.began(on: exchange.route)
        for (position, target) in exchange.targets.enumerated() where mayAttempt && target !== hedgedWith {
            hasFurtherTarget =
                position + 1 < exchange.targets.count && outcome.attempts.count + 1 < plan.limits.attemptsMax
            do throws(Failure) {
                return try await attempt(request, exchange, at: target)
            } catch {
                last = error
                guard error.retryable, !isCommitted, !writer.isGone else { break }
            }
        }
        throw writer.isGone ? Self.clientGone : last
    }

    private var mayAttempt: Bool { outcome.attempts.count < plan.limits.attemptsMax }

    /// Tries one target, again where the adviser says so, until it has served or it is the next one's turn.
    private mutating func attempt(
        _ request: ModelRequest, _ exchange: Exchange, at target: Target
    ) async throws(Failure) {
        var retries = 0
        while true {
            guard !writer.isGone else { throw Self.clientGone }
            do throws(Failure) {
                return try await attemptOnce(request, exchange, at: target)
            } catch {
                guard error.retryable, !isCommitted, !writer.isGone, mayAttempt else { throw error }
                // Where the key was refused, another one of the same provider is tried at once.
                if let keys = target.keys, let made = outcome.attempts.last, made.target === target,
                    let key = made.key, error.isOfKey, keys.replaces(key, at: lane.now())
                {
                    continue
                }
                guard
                    let seconds = plan.retries?.delay(
                        after: error, retries: retries, on: exchange.route,
                        secondsLeft: exchange.deadline.seconds(since: lane.now()), draw: lane.ids.next())
                else { throw error }
                retries += 1
                await lane.sleep(seconds)
                // Waiting for a provider is not Weir's own time.
                heldSince = lane.now()
            }
        }
    }

    private mutating func attemptOnce(
        _ request: ModelRequest, _ exchange: Exchange, at target: Target
    ) async throws(Failure) {
        guard let way = target.way(for: request.surface) else { throw Self.unserved(target, request) }
        var granted = try admit(target, way, exchange, request)
        if asksBeforeAttempts(of: exchange) { granted = try await consult(about: granted, target, exchange) }
        if request.facts.opensWebSocket {
            try await converse(request, exchange, target, way, granted)
        } else {
            try await run(request, exchange, target, way, granted)
        }
    }

    private static func unserved(_ target: Target, _ request: ModelRequest) -> Failure {
        Failure(
            .badRequest,
            "The provider \"\(target.provider.text)\" of this model does not serve \(request.operation.rawValue); "
                + "ask for another model.", param: "model", retryable: true)
    }

    static let clientGone = Failure(.clientGone, "The client left before the reply was complete.")

    /// Asks the gates and takes a place in the journal; a refusal gives back what was granted and moves on to the next target.
    @inline(never)
    mutating func admit(
        _ target: Target, _ way: Way, _ exchange: Exchange, _ request: ModelRequest
    ) throws(Failure) -> Granted {
        var admissions: [any Admission] = []
        do throws(Failure) {
            var key: ProviderKey?
            if let keys = target.keys { key = try keys.take(draw: lane.ids.next(), at: lane.now()) }
            for gate in plan.path.gates { admissions.append(try ask(gate, target, exchange)) }
            let body = try body(
                for: target, way, request, outputTokensMax: Self.cap(admissions, exchange))
            try openSlot(target, exchange, request.operation, reserved: admissions.map(\.reserved).max() ?? .zero)
            return Granted(admissions: admissions, body: body, key: key)
        } catch {
            refuse(target, admissions, error)
            // Why this target was passed over.
            let name = target.provider.text + "/" + target.servedModel.text
            outcome.notes.append(
                Note(error.budget == nil ? .routing : .budgets, "\(name) refused: \(error.reason.rawValue)"))
            throw error
        }
    }

    /// Gives back what gates granted to an attempt that is not made.
    mutating func refuse(_ target: Target, _ admissions: [any Admission], _ failure: Failure) {
        var refused = AttemptOutcome(target: target, spanID: 0, began: lane.now())
        refused.failure = failure
        for admission in admissions.reversed() { admission.settle(refused) }
    }

    private mutating func ask(
        _ gate: any AttemptGate, _ target: Target, _ exchange: Exchange
    ) throws(Failure) -> any Admission {
        let began = lane.now()
        defer { outcome.hops.add(type(of: gate).hop, from: began, to: lane.now()) }
        do throws(Failure) {
            return try gate.admit(target, for: exchange)
        } catch {
            outcome.hops.stop(at: type(of: gate).hop)
            throw error
        }
    }

    /// Writes down that money is about to be spent, before it is.
    private mutating func openSlot(
        _ target: Target, _ exchange: Exchange, _ operation: Operation, reserved: Money
    ) throws(Failure) {
        guard slot == nil else { return }
        slot = try plan.journal.open(
            JournalEntry(
                id: exchange.id, arrivedAt: exchange.arrivedAt, caller: exchange.caller, route: exchange.route,
                target: target, operation: operation, reserved: reserved),
            worker: lane.index)
    }

    // MARK: One attempt

    private mutating func run(
        _ request: ModelRequest, _ exchange: Exchange, _ target: Target, _ way: Way, _ granted: Granted
    ) async throws(Failure) {
        if let seconds = hedgeDelay(request, exchange, target) {
            return try await runHedged(request, exchange, target, way, granted, after: seconds)
        }
        var attempt = newAttempt(target, way, granted.key)
        var upstream: (any UpstreamExchange)?
        do throws(Failure) {
            let started = lane.upstream.start(
                try await upstreamRequest(request, way, granted, attempt, exchange.deadline))
            upstream = started
            limitWhenGone(started)
            expectToken(of: started, request, way)
            outcome.overheadNanoseconds += lane.now().nanoseconds(since: heldSince)
            try await serve(started, target, way, request, &attempt)
        } catch {
            let failure = writer.isGone ? Self.clientGone : error
            finish(&attempt, upstream?.phases, failure: failure, gone: writer.isGone, granted.admissions)
            upstream?.cancel()
            throw failure
        }
        finish(&attempt, upstream?.phases, failure: outcome.reply.failure, gone: writer.isGone, granted.admissions)
        await complete(upstream)
    }

    @inline(never)
    mutating func newAttempt(_ target: Target, _ way: Way, _ key: ProviderKey?) -> AttemptOutcome {
        var attempt = AttemptOutcome(target: target, spanID: lane.ids.spanID(), began: lane.now())
        attempt.resendCount = outcome.attempts.count
        attempt.streams = outcome.stream
        attempt.key = key
        if let resource { attempt.method = resource.method }
        outcome.reply = ReplyFacts()
        tape?.begin(target, way)
        return attempt
    }

    /// The reply, from its head to its end.
    mutating func serve(
        _ upstream: any UpstreamExchange, _ target: Target, _ way: Way, _ request: ModelRequest,
        _ attempt: inout AttemptOutcome
    ) async throws(Failure) {
        let head = try await self.head(of: upstream, target, way, &attempt)
        if streams(request, head) {
            outcome.stream = true
            try await stream(upstream, head, request, way, &attempt)
        } else {
            try await whole(upstream, head, request, way, &attempt)
        }
    }

    /// The smallest of the caps that gates, limits and budgets set on a reply.
    private static func cap(_ admissions: [any Admission], _ exchange: borrowing Exchange) -> Int64? {
        var caps = admissions.compactMap(\.outputTokensMax)
        if case .clamp(let cap)? = exchange.override?.action { caps.append(cap) }
        if let cap = exchange.outputTokensMax { caps.append(cap) }
        return caps.min()
    }

    /// A client that leaves gives its upstream a bounded time to tell the usage.
    func limitWhenGone(_ upstream: any UpstreamExchange) {
        let seconds = plan.limits.drainSeconds
        let inFlight = inFlight
        let now = lane.now
        writer.whenGone { upstream.limit(to: now().advanced(bySeconds: inFlight.isEnding ? 0 : seconds)) }
    }

    /// A stream must have begun to speak in time, where its provider has such a limit.
    func expectToken(of upstream: any UpstreamExchange, _ request: ModelRequest, _ way: Way) {
        guard request.stream, let seconds = way.streamEndpoint.timeouts.firstTokenSeconds else { return }
        upstream.expectToken(by: lane.now().advanced(bySeconds: seconds))
    }

    private mutating func head(
        of upstream: any UpstreamExchange, _ target: Target, _ way: Way, _ attempt: inout AttemptOutcome
    ) async throws(Failure) -> UpstreamHead {
        guard case .head(let head) = try await upstream.next() else {
            throw Failure(.upstreamProtocol, "\(target.provider.text) sent a reply without a head.", retryable: true)
        }
        heldSince = lane.now()
        attempt.status = head.status
        attempt.providerRequestID = head[way.dialect.requestIDField]
        attempt.rateLimits = plan.rateLimits(head, outcome.arrivedAt)
        guard head.status >= 400 || head.status < 200 else { return head }
        var body = ByteBuffer()
        while case .body(var bytes) = try await upstream.next(), body.readableBytes < plan.limits.errorBytesMax {
            body.writeBuffer(&bytes)
        }
        SecretMask.hide(way.endpoint.secrets, in: &body)
        var failure = way.dialect.failure(status: head.status, head: head, body: body)
        if way.isTranslated {
            failure.upstreamReply = nil
            if failure.reason == .upstreamRejected { failure.rejectedStatus = head.status }
        }
        throw failure
    }

    /// Writes the attempt down, whatever happened, and settles what the gates granted.
    @inline(never)
    mutating func finish(
        _ attempt: inout AttemptOutcome, _ phases: AttemptPhases?, failure: Failure?, gone: Bool,
        _ admissions: [any Admission]
    ) {
        attempt.ended = lane.now()
        attempt.failure = failure
        if let phases { attempt.phases = phases }
        if failure != nil { heldSince = attempt.ended }
        if failure == nil || isCommitted { outcome.servedAttempt = outcome.attempts.count }
        outcome.moved = moved(by: attempt)
        account(&attempt, gone: gone)
        outcome.hops.add(.attempt, from: attempt.began, to: attempt.ended)
        outcome.attempts.append(attempt)
        // Before the gates: what they make of a refusal depends on whether another key is left.
        if let key = attempt.key {
            attempt.target.keys?.settle(key, attempt, isOwnAPI: outcome.surface == .providerAPI)
        }
        for admission in admissions.reversed() { admission.settle(attempt) }
    }

    /// A reroute comes first: what a fallback moved after that, a budget had moved before.
    private func moved(by attempt: AttemptOutcome) -> Moved {
        if let override = outcome.override, case .reroute = override.action {
            return override.isOperators ? .override : .budget
        }
        guard outcome.servedAttempt != nil else { return .no }
        guard attempt.target !== firstChosen else { return outcome.choice?.moved ?? .no }
        return attempt.hedge?.won == true ? .hedge : .fallback
    }

    /// Settles, gives the client the last bytes, and reads the upstream to its end so that its connection can be used again.
    mutating func complete(_ upstream: (any UpstreamExchange)?) async {
        outcome.failure = writer.isGone ? Self.clientGone : outcome.reply.failure
        if !isCommitted {
            outcome.status = writer.isGone ? FailureReason.clientGone.status : pendingHead?.status ?? 200
        }
        outcome.replyBytes += held.readableBytes
        handOver()
        settle()
        await release()
        upstream?.limit(to: lane.now().advanced(bySeconds: 1))
        do throws(Failure) {
            while case .body? = try await upstream?.next() {}
        } catch {
            upstream?.cancel()
        }
    }
}

extension Failure {
    /// Whether the provider may have refused the key rather than the request.
    fileprivate var isOfKey: Bool {
        reason == .upstreamUnauthenticated || reason == .upstreamRateLimited || reason == .upstreamQuota
    }
}

/// What the gates granted to an attempt, and the body that goes out.
struct Granted {
    let admissions: [any Admission]
    var body: ByteBuffer
    /// Nil where the provider has one key only.
    let key: ProviderKey?
    /// What callouts add to its head.
    var fields: [ReplyField] = []
}
