import Dialects
public import GatewayTypes
import NIOCore
import Synchronization

/// A callout that is an HTTP service: one POST with JSON, answered by JSON.
public final class WebhookCallout: Callout {
    private let settings: CalloutSettings
    private let fetcher: any HTTPFetcher
    private let courier: CalloutCourier
    private let observe: @Sendable (CalloutRecord) -> Void
    private let signature: WebhookSignature?
    private let underWay = Atomic(0)
    private let breaker = Mutex(CalloutBreaker())

    /// `observe` hears of every question once it is over. `courier` delivers what nobody waits for.
    public init(
        _ settings: CalloutSettings, fetcher: any HTTPFetcher, courier: CalloutCourier,
        observe: @escaping @Sendable (CalloutRecord) -> Void
    ) {
        self.settings = settings
        self.fetcher = fetcher
        self.courier = courier
        self.observe = observe
        signature = settings.secret.map { WebhookSignature(secret: $0) }
    }

    public var name: ConfiguredName { settings.name }
    public var hop: Hop { settings.hop }

    public func concerns(_ exchange: borrowing Exchange) -> Bool {
        concerns(team: exchange.caller.team, route: exchange.route.name)
    }

    private func concerns(team: ConfiguredName, route: ConfiguredName) -> Bool {
        (settings.teams.isEmpty || settings.teams.contains(team.index))
            && (settings.routes.isEmpty || settings.routes.contains(route.index))
    }

    // MARK: Questions

    public func ask(_ question: CalloutQuestion) async -> CalloutAnswer {
        let exchange = question.exchange
        var record = record(spanID: question.spanID, began: question.now())
        guard case .model(let request) = exchange.request else { return CalloutAnswer(record: record) }
        let outgoing = question.outgoing
        let bodyBytes = hop == .attempt ? outgoing?.body.readableBytes ?? 0 : request.bodyBytes
        if settings.parts.contains(.body), bodyBytes > settings.bodyBytesMax {
            return failed(&record, .tooLarge, at: question.now())
        }
        let message = CalloutMessage.question(
            callout: name.text, hop: hop, exchange, request,
            parts: CalloutMessage.Parts(
                identity: settings.parts.contains(.identity), head: settings.parts.contains(.head),
                body: settings.parts.contains(.body)), outgoing: outgoing)
        let reply: CalloutMessage.Verdict
        switch await post(
            message, id: Self.id(exchange, hop, outgoing), exchange.trace.traceparent(spanID: question.spanID),
            by: exchange.deadline, &record, question.now)
        {
        case .failure(let fault): return failed(&record, fault, at: question.now())
        case .success(let verdict): reply = verdict
        }
        record.ended = question.now()
        record.result = reply.result
        record.attributes = reply.attributes
        guard let outgoing, !reply.members.isEmpty else { return answer(reply, record) }
        guard let body = CalloutMessage.edited(outgoing.body, reply.members) else {
            return failed(&record, .malformed, at: record.ended)
        }
        var answer = answer(reply, record)
        (answer.edit.members, answer.outgoingBody) = ([], body)
        return answer
    }

    /// Each attempt is a question of its own.
    private static func id(_ exchange: Exchange, _ hop: Hop, _ outgoing: OutgoingRequest?) -> String {
        "\(exchange.id).\(hop.rawValue)" + (outgoing.map { ".\($0.number)" } ?? "")
    }

    public func conclude(_ record: CalloutRecord) { observe(record) }

    private func answer(_ verdict: CalloutMessage.Verdict, _ record: CalloutRecord) -> CalloutAnswer {
        var answer = CalloutAnswer(record: record)
        if let denial = verdict.denial {
            answer.denial = CalloutRefusal.denied(by: name.text, denial)
            return answer
        }
        answer.edit.members = verdict.members
        answer.model = verdict.model
        answer.fields = verdict.fields
        answer.denialOfBadEdit = settings.onError == .deny ? CalloutRefusal.failed(name.text, .malformed) : nil
        return answer
    }

    private func record(spanID: UInt64, began: Moment) -> CalloutRecord {
        CalloutRecord(
            name: name, hop: hop, spanID: spanID, serverAddress: settings.endpoint.serverAddress,
            serverPort: settings.endpoint.serverPort, began: began)
    }

    private func failed(_ record: inout CalloutRecord, _ fault: CalloutResult, at now: Moment) -> CalloutAnswer {
        record.ended = now
        record.result = fault
        var answer = CalloutAnswer(record: record)
        if settings.onError == .deny { answer.denial = CalloutRefusal.failed(name.text, fault) }
        return answer
    }

    // MARK: Sending

    private enum Sent {
        case success(CalloutMessage.Verdict)
        case failure(CalloutResult)
    }

    private func post(
        _ message: ByteBuffer, id: String, _ traceparent: String, by deadline: Moment, _ record: inout CalloutRecord,
        _ now: @Sendable () -> Moment
    ) async -> Sent {
        guard underWay.wrappingAdd(1, ordering: .relaxed).newValue <= settings.concurrent else {
            underWay.wrappingSubtract(1, ordering: .relaxed)
            return .failure(.busy)
        }
        defer { underWay.wrappingSubtract(1, ordering: .relaxed) }
        guard breaker.withLock({ $0.admits(now: now()) }) else { return .failure(.breakerOpen) }
        record.isSent = true
        let sent = await exchange(message, id, traceparent, by: deadline, &record)
        var failed = false
        if case .failure(let fault) = sent { failed = fault.blamesService }
        breaker.withLock { $0.settle(failed: failed, now: now()) }
        return sent
    }

    private func exchange(
        _ message: ByteBuffer, _ id: String, _ traceparent: String, by deadline: Moment, _ record: inout CalloutRecord
    ) async -> Sent {
        let request = UpstreamRequest(
            endpoint: settings.endpoint, fields: fields(message, id, traceparent), body: message,
            deadline: min(deadline, Moment.now().advanced(bySeconds: settings.deadlineSeconds)))
        do throws(Failure) {
            let (head, body) = try await fetcher.fetch(request)
            record.status = head.status
            switch head.status {
            case 204: return .success(CalloutMessage.Verdict())
            case 200:
                guard
                    let verdict = CalloutMessage.verdict(
                        body, fieldsToProvider: settings.fieldsToProvider, hop: hop)
                else { return .failure(.malformed) }
                return .success(verdict)
            default: return .failure(.refused)
            }
        } catch {
            switch error.reason {
            case .upstreamTimeout: return .failure(.timeout)
            case .upstreamProtocol: return .failure(.malformed)
            case .badRequest, .headTooLarge, .payloadTooLarge, .unsupportedEncoding, .unauthenticated, .notPermitted,
                .notFound, .methodNotAllowed, .modelNotFound, .clientTimeout, .clientGone, .rateLimited, .overloaded,
                .draining, .breakerOpen, .budgetExceeded, .storageFull, .interrupted, .internalError, .upstreamConnect,
                .upstreamTLS, .upstreamCut, .upstreamRateLimited, .upstreamQuota, .upstreamUnauthenticated,
                .upstreamRejected, .upstreamError, .blocked:
                return .failure(.unreachable)
            }
        }
    }

    private func fields(_ message: ByteBuffer, _ id: String, _ traceparent: String) -> [ReplyField] {
        let timestamp = WallTime.now().nanoseconds / 1_000_000_000
        var fields = [
            ReplyField("content-type", "application/json"), ReplyField("traceparent", traceparent),
            ReplyField("webhook-id", id), ReplyField("webhook-timestamp", String(timestamp)),
        ]
        if let signature {
            let text = signature.text(id: id, timestamp: timestamp, body: Array(message.readableBytesView))
            fields.append(ReplyField("webhook-signature", text))
        }
        return fields
    }

    // MARK: What is over

    public func tell(_ outcome: borrowing Outcome) {
        guard concerns(team: outcome.caller.team, route: outcome.route.name), outcome.operation != .listModels else {
            return
        }
        let message = CalloutMessage.told(
            callout: name.text, outcome, identity: settings.parts.contains(.identity))
        let id = "\(outcome.id).\(hop.rawValue)"
        let traceparent = outcome.trace.traceparent(spanID: outcome.trace.spanID)
        let accepted = courier.take { [self] in await deliver(message, id, traceparent) }
        guard !accepted else { return }
        var record = record(spanID: 0, began: outcome.ended)
        record.result = .busy
        observe(record)
    }

    private func deliver(_ message: ByteBuffer, _ id: String, _ traceparent: String) async {
        var record = record(spanID: 0, began: .now())
        let deadline = Moment.now().advanced(bySeconds: settings.deadlineSeconds)
        switch await post(message, id: id, traceparent, by: deadline, &record, { Moment.now() }) {
        case .success: record.result = .allow
        case .failure(let fault): record.result = fault
        }
        record.ended = .now()
        observe(record)
    }
}
