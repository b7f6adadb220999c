import GatewayTypes
import NIOCore

extension ExchangeRun {
    // MARK: One attempt at a session over a WebSocket

    /// Opens the session at the target, and lets both sides talk until it ends. Throws only while another target may
    /// still be tried: the client has been answered nothing.
    mutating func converse(
        _ request: ModelRequest, _ exchange: Exchange, _ target: Target, _ way: Way, _ granted: Granted
    ) async throws(Failure) {
        var attempt = AttemptOutcome(target: target, spanID: lane.ids.spanID(), began: lane.now())
        attempt.resendCount = outcome.attempts.count
        attempt.method = .get
        attempt.key = granted.key
        outcome.reply = ReplyFacts()
        var opened: (any UpstreamTunnel)?
        do throws(Failure) {
            let tunnel = lane.upstream.connect(
                try await upstreamRequest(request, way, granted, attempt, exchange.deadline))
            opened = tunnel
            writer.whenGone { tunnel.cancel() }
            outcome.overheadNanoseconds += lane.now().nanoseconds(since: heldSince)
            let head = try await accepted(by: tunnel, target, way, &attempt)
            guard !writer.isGone else { throw Self.clientGone }
            outcome.stream = true
            var decoder = way.dialect.decoder(for: request, target: target)
            decoder.begin(head, into: &outcome.reply)
            let session = RealtimeSession(
                tunnel, upgrade(head, way, attempt), writer, decoder, facts: outcome.reply,
                drainSeconds: { [plan, inFlight] in inFlight.isEnding ? 0 : plan.limits.drainSeconds },
                now: lane.now)
            await run(session, tunnel, &attempt, granted.admissions)
        } catch {
            let failure = writer.isGone ? Self.clientGone : error
            finish(&attempt, opened?.phases, failure: failure, gone: writer.isGone, granted.admissions)
            opened?.cancel()
            throw failure
        }
    }

    private mutating func accepted(
        by tunnel: any UpstreamTunnel, _ target: Target, _ way: Way, _ attempt: inout AttemptOutcome
    ) async throws(Failure) -> UpstreamHead {
        let head = try await tunnel.head()
        heldSince = lane.now()
        attempt.status = head.status
        attempt.providerRequestID = head[way.dialect.requestIDField]
        attempt.rateLimits = plan.rateLimits(head, outcome.arrivedAt)
        guard head.status != 101 else { return head }
        guard head.status >= 400 else {
            throw Failure(
                .upstreamProtocol, "\(target.provider.text) answered \(head.status) where a WebSocket was asked for.",
                retryable: true)
        }
        var body = try await tunnel.read() ?? ByteBuffer()
        SecretMask.hide(way.endpoint.secrets, in: &body)
        throw way.dialect.failure(status: head.status, head: head, body: body)
    }

    /// From here on the client's connection carries what the provider sends.
    private mutating func upgrade(_ head: UpstreamHead, _ way: Way, _ attempt: AttemptOutcome) -> any ByteSource {
        pendingTarget = attempt.target
        isCommitted = true
        outcome.status = head.status
        var fields = [ReplyField("connection", "Upgrade"), ReplyField("upgrade", "websocket")]
        let returned = way.dialect.returnedFields + [Self.webSocketAccept, .webSocketProtocol]
        fields += head.fields.filter { field in returned.contains { $0.text == field.name } }
        // What ends the client's connection from now on is the session's to find out.
        writer.whenGone {}
        return writer.upgrade(ReplyHead(status: 101, fields: unstaged(fields) + weirFields(), bodyBytes: nil))
    }

    private static let webSocketAccept: HeaderName = "sec-websocket-accept"

    /// The session's end is booked before the client sees it.
    private mutating func run(
        _ session: RealtimeSession, _ tunnel: any UpstreamTunnel, _ attempt: inout AttemptOutcome,
        _ admissions: [any Admission]
    ) async {
        let began = lane.now()
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await session.sendUp() }
            await session.passDown()
            outcome.hops.add(.stream, from: began, to: lane.now())
            outcome.reply = session.facts
            outcome.requestBytes += session.sentBytes
            outcome.replyBytes += session.passedBytes
            outcome.overheadNanoseconds += session.overheadNanoseconds
            outcome.failure = session.failure
            attempt.firstToken = session.firstToken
            attempt.firstVisibleToken = session.firstVisibleToken
            // Messages are passed on in the turn in which they are read.
            outcome.firstTokenSent = session.firstToken
            outcome.firstVisibleTokenSent = session.firstVisibleToken
            let gone = session.failure?.reason == .clientGone
            finish(&attempt, tunnel.phases, failure: session.failure, gone: gone, admissions)
            settle()
            await session.end()
        }
    }

    // MARK: The request

    /// The provider's key is not the client's affair, nor the other way round: of what the client offers, its key and
    /// accounts stay here. Extensions are not asked for: compressed messages could not be read for their usage.
    var webSocketFields: [ReplyField] {
        var fields = [ReplyField("sec-websocket-version", "13")]
        if let key = inbound.head[.webSocketKey] { fields.append(ReplyField(HeaderName.webSocketKey.text, key)) }
        let secrets = [WebSocketKey.prefix] + WebSocketKey.accountPrefixes
        let offered = inbound.head.webSocketProtocols.filter { name in !secrets.contains { name.hasPrefix($0) } }
        if !offered.isEmpty {
            fields.append(ReplyField(HeaderName.webSocketProtocol.text, offered.joined(separator: ", ")))
        }
        return fields
    }

    /// What the query says beside the model, which the target's own endpoint names, and the key.
    static func realtimeResource(of head: RequestHead) -> UpstreamResource {
        let own = ["model=", "deployment=", "api-version=", "key=", "api-key="]
        let kept = (head.query ?? "").split(separator: "&").filter { pair in !own.contains { pair.hasPrefix($0) } }
        return UpstreamResource(method: .get, suffix: kept.map { "&" + $0 }.joined())
    }
}
