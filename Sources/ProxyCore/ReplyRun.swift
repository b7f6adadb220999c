import GatewayTypes
import NIOCore

extension ExchangeRun {
    // MARK: stream

    /// Passes a streamed reply on as it comes; its last bytes are kept until the outcome is booked.
    mutating func stream(
        _ upstream: any UpstreamExchange, _ head: UpstreamHead, _ request: ModelRequest, _ way: Way,
        _ attempt: inout AttemptOutcome
    ) async throws(Failure) {
        let began = lane.now()
        defer { outcome.hops.add(.stream, from: began, to: lane.now()) }
        var decoder = begin(head, request, way, attempt, bodyBytes: nil)
        var isTokenExpected = true
        while true {
            let event = try await upstream.next()
            heldSince = lane.now()
            switch event {
            case .head: break
            case .body(let bytes):
                tape?.keep(bytes)
                recording?.keep(bytes, at: heldSince)
                let (textBytes, seen) = (outcome.reply.outputTextBytes, outcome.reply.tokenSeen)
                let passed = decoder.decode(bytes, into: &outcome.reply)
                let read = upstream.readAt ?? heldSince
                if outcome.reply.outputTextBytes > textBytes || outcome.reply.tokenSeen != seen {
                    attempt.gaps.piece(at: read)
                }
                stamp(&attempt, at: read)
                if isTokenExpected, outcome.reply.tokenSeen || outcome.reply.terminated {
                    isTokenExpected = false
                    upstream.expectToken(by: nil)
                }
                if let failure = outcome.reply.failure, canFallBack(from: failure) { throw failure }
                try await failTranslated(way, passed)
                let opening = opened(with: passed)
                if isForGuard { return try await pass(opening, andConclude: &decoder, upstream) }
                if outcome.reply.terminated { return try keep(opening) }
                if waits(opening, of: attempt) { held = opening } else { try await pass(opening) }
            case .end:
                let rest = decoder.end(into: &outcome.reply)
                try await failTranslated(way, rest)
                let opening = opened(with: rest)
                if isForGuard { return try await pass(opening, andConclude: &decoder, upstream) }
                if outcome.reply.terminated || outcome.reply.failure != nil { return try keep(opening) }
                if !waits(opening, of: attempt) { try await pass(opening) }
                throw Failure(
                    .upstreamCut, "\(attempt.target.provider.text) ended the stream before its final event.",
                    retryable: true)
            }
        }
    }

    /// The end of a stream that its guard decides about. What has gone on so far reaches the client before that.
    @inline(never)
    private mutating func pass(
        _ opening: ByteBuffer, andConclude decoder: inout any ReplyDecoder, _ upstream: any UpstreamExchange
    ) async throws(Failure) {
        try await pass(opening)
        try keep(await conclude(&decoder, upstream))
    }

    /// What was held of the stream's beginning, and what comes now.
    private mutating func opened(with bytes: ByteBuffer) -> ByteBuffer {
        guard held.readableBytes > 0 else { return bytes }
        var (opening, bytes) = (held, bytes)
        held = ByteBuffer()
        opening.writeBuffer(&bytes)
        return opening
    }

    /// Whether the stream's beginning is kept back: as long as it has said nothing, another target can serve instead.
    private func waits(_ opening: ByteBuffer, of attempt: AttemptOutcome) -> Bool {
        hasFurtherTarget && !isCommitted && !outcome.reply.tokenSeen && outcome.reply.failure == nil
            && opening.readableBytes <= plan.limits.heldOpeningBytesMax
            && heldSince < attempt.began.advanced(bySeconds: plan.limits.heldOpeningSeconds)
    }

    /// Reads a whole reply before any of it is passed on, to a bound; a longer one is passed on as it comes.
    mutating func whole(
        _ upstream: any UpstreamExchange, _ head: UpstreamHead, _ request: ModelRequest, _ way: Way,
        _ attempt: inout AttemptOutcome
    ) async throws(Failure) {
        let began = lane.now()
        defer { outcome.hops.add(.stream, from: began, to: lane.now()) }
        var decoder = begin(head, request, way, attempt, bodyBytes: Self.length(head))
        while true {
            let event = try await upstream.next()
            heldSince = lane.now()
            switch event {
            case .head: break
            case .body(let bytes):
                tape?.keep(bytes)
                recording?.keep(bytes, at: heldSince)
                var passed = decoder.decode(bytes, into: &outcome.reply)
                if held.readableBytes == 0 { held = passed } else { held.writeBuffer(&passed) }
                guard held.readableBytes > plan.limits.heldReplyBytesMax else { continue }
                let full = held
                held = ByteBuffer()
                try await pass(full)
            case .end:
                var rest = decoder.end(into: &outcome.reply)
                held.writeBuffer(&rest)
                try await failTranslated(way, ByteBuffer())
                if isForGuard {
                    var rest = await conclude(&decoder, upstream)
                    held.writeBuffer(&rest)
                }
                guard outcome.reply.terminated else {
                    throw Failure(
                        .upstreamProtocol,
                        "\(attempt.target.provider.text) sent a reply that is not one JSON document.",
                        retryable: true)
                }
                if !isCommitted { pendingHead?.bodyBytes = held.readableBytes }
                return try keep(held)
            }
        }
    }

    /// An error inside a reply passes as it is where bytes do. A client of another dialect is told in its own words:
    /// by the status as long as it has seen nothing.
    private mutating func failTranslated(_ way: Way, _ passed: ByteBuffer) async throws(Failure) {
        guard let failure = outcome.reply.failure, isRendered(way) else { return }
        if isCommitted { try await pass(passed) }
        throw failure
    }

    @inline(never)
    private mutating func begin(
        _ head: UpstreamHead, _ request: ModelRequest, _ way: Way, _ attempt: AttemptOutcome, bodyBytes: Int?
    ) -> any ReplyDecoder {
        held = ByteBuffer()
        isHeadAnnounced = false
        replyGuard = nil
        var decoder =
            guardian == nil
            ? decoder(for: request, way, attempt.target) : guardedDecoder(for: request, way, attempt.target)
        recording?.begin(head, request, way, attempt.target, streams: outcome.stream)
        decoder.begin(head, into: &outcome.reply)
        pendingHead = ReplyHead(
            status: head.status, fields: returnedFields(head, way, decoder),
            bodyBytes: isRendered(way) ? nil : bodyBytes)
        pendingTarget = attempt.target
        return decoder
    }

    private static func length(_ head: UpstreamHead) -> Int? {
        head[.contentEncoding] == nil ? head[.contentLength].flatMap { Int($0) } : nil
    }

    private func stamp(_ attempt: inout AttemptOutcome, at moment: Moment) {
        if attempt.firstToken == nil, outcome.reply.tokenSeen { attempt.firstToken = moment }
        if attempt.firstVisibleToken == nil, outcome.reply.visibleTokenSeen { attempt.firstVisibleToken = moment }
    }

    /// Whether another target can be tried. Where there is none, the provider's own words pass as they are.
    private func canFallBack(from failure: Failure) -> Bool {
        failure.retryable && !isCommitted && hasFurtherTarget
    }

    // MARK: To the client

    /// Hands bytes to the client's connection, the head before the first of them; waits while the client is slow.
    mutating func pass(_ bytes: ByteBuffer) async throws(Failure) {
        guard bytes.readableBytes > 0, !writer.isGone else { return }
        try announceHead()
        guard try filtered(.bytes(bytes)) else { return }
        commit()
        outcome.replyBytes += bytes.readableBytes
        handOver()
        await writer.write(bytes)
    }

    /// Weir lets go of bytes: the client's connection has them next.
    mutating func handOver() {
        let now = lane.now()
        outcome.overheadNanoseconds += now.nanoseconds(since: heldSince)
        guard outcome.stream, outcome.firstVisibleTokenSent == nil, !writer.isGone, !outcome.reply.isTokenWithheld
        else { return }
        if outcome.firstTokenSent == nil, outcome.reply.tokenSeen { outcome.firstTokenSent = now }
        if outcome.reply.visibleTokenSeen { outcome.firstVisibleTokenSent = now }
    }

    /// Keeps the reply's last bytes until its outcome is booked.
    mutating func keep(_ bytes: ByteBuffer) throws(Failure) {
        try announceHead()
        held = try filtered(.bytes(bytes)) ? bytes : ByteBuffer()
        _ = try filtered(.end)
    }

    /// Shows the filters the head before any bytes.
    private mutating func announceHead() throws(Failure) {
        guard !isHeadAnnounced, let head = pendingHead else { return }
        isHeadAnnounced = true
        _ = try filtered(.head(head))
    }

    /// From here on no other target can be tried.
    @inline(never)
    private mutating func commit() {
        guard !isCommitted, var head = pendingHead else { return }
        isCommitted = true
        outcome.status = head.status
        head.fields = unstaged(head.fields) + weirFields()
        writer.start(head)
    }

    /// Writes what was kept back and ends the reply. The outcome is booked already.
    mutating func release() async {
        guard !writer.isGone else { return }
        commit()
        if held.readableBytes > 0 { await writer.write(held) }
        writer.end()
    }

    /// Lets the filters see an event, the last that entered first; false when one of them keeps it back.
    mutating func filtered(_ event: ReplyEvent) throws(Failure) -> Bool {
        for index in filters.indices.reversed() {
            switch try filters[index].filter(event) {
            case .forward: continue
            case .hold: return false
            }
        }
        return true
    }

    // MARK: The fields that Weir adds

    /// Which budget's rule moved the exchange, from where to where, as parameters of RFC 9651 strings.
    private var rerouteField: String? {
        guard let override = outcome.override, case .reroute(let from, let to) = override.action else { return nil }
        func quoted(_ name: ConfiguredName) -> String {
            "\"" + name.text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
        }
        return "budget=\(quoted(override.budget));rule=\(quoted(override.rule));from=\(quoted(from));to=\(quoted(to))"
    }

    /// A provider's fields without those that a stage has put others in the place of.
    func unstaged(_ fields: [ReplyField]) -> [ReplyField] {
        guard !stageFields.isEmpty else { return fields }
        return fields.filter { field in !stageFields.contains { $0.name == field.name } }
    }

    @inline(never)
    func weirFields() -> [ReplyField] {
        var fields = [
            ReplyField("x-weir-exchange-id", outcome.id.description),
            ReplyField("traceparent", outcome.trace.traceparent(spanID: outcome.trace.spanID)),
            ReplyField("server-timing", ServerTiming.text(of: outcome.hops)),
        ]
        fields += stageFields
        if guardian != nil { fields += guardrailFields() }
        if let target = pendingTarget {
            fields.append(ReplyField("x-weir-model", target.servedModel.text))
            fields.append(ReplyField("x-weir-provider", target.provider.text))
        }
        if !outcome.dropped.isEmpty {
            fields.append(ReplyField("x-weir-dropped", outcome.dropped.joined(separator: ", ")))
        }
        if outcome.isDebugged { fields.append(ReplyField(HeaderName.weirDebug.text, "kept")) }
        if let reroute = rerouteField { fields.append(ReplyField("x-weir-reroute", reroute)) }
        let cost = outcome.wholeCost
        if cost.status == .priced { fields.append(ReplyField("x-weir-cost-usd", cost.total.description)) }
        return fields
    }
}
