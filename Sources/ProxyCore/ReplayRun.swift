import GatewayTypes
import NIOCore

/// What ends an exchange without an attempt.
enum EarlyAnswer {
    case reply(Reply)
    case replay(Replay)
}

extension ExchangeRun {
    // MARK: What was said before, once more

    mutating func give(_ answer: EarlyAnswer, _ exchange: Exchange) async {
        switch answer {
        case .reply(let reply): await self.answer(reply)
        case .replay(let replay): await self.replay(replay, exchange)
        }
    }

    /// Reads a stored reply as if its provider said it now: no attempt, no cost, the same filters and the same end.
    private mutating func replay(_ replay: Replay, _ exchange: Exchange) async {
        do throws(Failure) {
            guard case .model(let request) = exchange.request,
                let way = replay.target.way(for: replay.reply.source.surface)
            else { throw Self.unreadable }
            var decoder = begin(replay, way, request, exchange)
            try await play(replay, &decoder)
        } catch {
            return await fail(error)
        }
        await complete(nil)
    }

    private static let unreadable = Failure(.internalError, "A stored reply cannot be read.")

    @inline(never)
    private mutating func begin(
        _ replay: Replay, _ way: Way, _ request: ModelRequest, _ exchange: Exchange
    ) -> any ReplyDecoder {
        let source = replay.reply.source
        tape = ContentTape(exchange, request, dialect)
        tape?.begin(replay.target, way)
        outcome.stream = request.stream
        var decoder = decoder(for: request, replaying: source, way, replay.target)
        let fields = source.contentType.map { [ReplyField("content-type", $0)] } ?? []
        decoder.begin(UpstreamHead(status: 200, fields: fields), into: &outcome.reply)
        pendingHead = ReplyHead(
            status: 200, fields: decoder.contentType.map { [ReplyField("content-type", $0)] } ?? fields, bodyBytes: nil)
        pendingTarget = replay.target
        return decoder
    }

    /// The provider's bytes pass where the client would have got them too; else they are read and rendered in the shape
    /// that the client asked for: another dialect's, or a whole reply for a stream and a stream for a whole reply.
    private mutating func decoder(
        for request: ModelRequest, replaying source: StoredReply.Source, _ way: Way, _ target: Target
    ) -> any ReplyDecoder {
        func reader() -> any ReplyReader {
            way.dialect.reader(for: request.operation, target: target, stream: source.stream)
        }
        let passes =
            !way.isTranslated && source.surface == request.surface && source.stream == request.stream
            && source.framing == request.facts.framing
        let decoder: any ReplyDecoder =
            passes
            ? way.dialect.decoder(for: request, target: target)
            : TranslatedReply(
                reader: reader(), renderer: dialect.renderer(for: request, exchange: outcome.id, at: outcome.arrivedAt))
        return guarded(decoder, for: request, reader: reader())
    }

    private mutating func play(_ replay: Replay, _ decoder: inout any ReplyDecoder) async throws(Failure) {
        let began = lane.now()
        defer { outcome.hops.add(.stream, from: began, to: lane.now()) }
        if outcome.stream, replay.pauseSecondsMax > 0 { try await playSlowly(replay, &decoder) }
        try await playRest(of: replay, &decoder)
    }

    /// All pieces but the last, as slowly as they came.
    private mutating func playSlowly(_ replay: Replay, _ decoder: inout any ReplyDecoder) async throws(Failure) {
        var spoken = 0
        for piece in replay.reply.pieces.dropLast() {
            guard !writer.isGone else { return }
            let pause = min(Double(piece.milliseconds - spoken) / 1e3, replay.pauseSecondsMax)
            spoken = piece.milliseconds
            if pause > 0 {
                await lane.sleep(pause)
                heldSince = lane.now()
            }
            try await pass(next(of: replay, to: piece.end, &decoder))
            if isForGuard { return }
        }
    }

    /// What is left, which is kept until the outcome is booked.
    @inline(never)
    private mutating func playRest(of replay: Replay, _ decoder: inout any ReplyDecoder) async throws(Failure) {
        var last = next(of: replay, to: replay.reply.body.readableBytes, &decoder)
        var rest = decoder.end(into: &outcome.reply)
        last.writeBuffer(&rest)
        if isForGuard {
            var decided = await conclude(&decoder, nil)
            last.writeBuffer(&decided)
        }
        guard outcome.reply.terminated, outcome.reply.failure == nil else { throw Self.unreadable }
        if !outcome.stream { pendingHead?.bodyBytes = last.readableBytes }
        try keep(last)
    }

    private mutating func next(of replay: Replay, to end: Int, _ decoder: inout any ReplyDecoder) -> ByteBuffer {
        let body = replay.reply.body
        guard let bytes = body.getSlice(at: body.readerIndex + replayed, length: end - replayed) else {
            return ByteBuffer()
        }
        replayed = end
        tape?.keep(bytes)
        return decoder.decode(bytes, into: &outcome.reply)
    }
}
