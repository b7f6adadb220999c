import GatewayTypes
import NIOCore

/// What a provider says, kept for whoever asked for it at the hop `cache`. Confined to its exchange.
final class ReplyRecording {
    /// Further reads count as parts of the last piece.
    private static let piecesMax = 4_096

    private let keeper: any ReplyKeeper
    private var source: StoredReply.Source?
    private var body = ByteBuffer()
    private var pieces: [StoredReply.Piece] = []
    private var began = Moment.zero
    private var isTooLong = false

    init(for keeper: any ReplyKeeper) { self.keeper = keeper }

    /// A reply begins: what an earlier attempt said is no part of it.
    func begin(_ head: UpstreamHead, _ request: ModelRequest, _ way: Way, _ target: Target, streams: Bool) {
        body = ByteBuffer()
        pieces = []
        isTooLong = false
        // What is packed cannot be read again by those who read what is not.
        guard head.status == 200, head[.contentEncoding] == nil else {
            source = nil
            return
        }
        source = StoredReply.Source(
            provider: target.provider.text, servedModel: target.servedModel.text, surface: request.surface,
            isTranslated: way.isTranslated, stream: streams, framing: request.facts.framing,
            contentType: head["content-type"])
    }

    func keep(_ bytes: ByteBuffer, at moment: Moment) {
        guard source != nil, !isTooLong, bytes.readableBytes > 0 else { return }
        guard body.readableBytes + bytes.readableBytes <= keeper.bytesMax else {
            isTooLong = true
            body = ByteBuffer()
            return
        }
        if pieces.isEmpty { began = moment }
        body.writeImmutableBuffer(bytes)
        let piece = StoredReply.Piece(
            end: body.readableBytes, milliseconds: Int(moment.nanoseconds(since: began) / 1_000_000))
        if pieces.count == Self.piecesMax { pieces[pieces.count - 1] = piece } else { pieces.append(piece) }
    }

    func settle(_ outcome: borrowing Outcome) { keeper.settle(whole(of: outcome), outcome) }

    /// Nil where there is no whole reply.
    private func whole(of outcome: borrowing Outcome) -> StoredReply? {
        guard outcome.failure == nil, outcome.reply.terminated, outcome.servedAttempt != nil, !isTooLong,
            body.readableBytes > 0, let source
        else { return nil }
        let cost = outcome.wholeCost
        let took = outcome.ended.nanoseconds(since: outcome.arrived)
        return StoredReply(
            origin: outcome.id,
            originSpan: TraceLink(
                traceHigh: outcome.trace.traceHigh, traceLow: outcome.trace.traceLow, spanID: outcome.trace.spanID),
            storedAt: outcome.arrivedAt.advanced(byNanoseconds: took), source: source, body: body, pieces: pieces,
            price: StoredReply.Price(
                cost: cost.status == .priced ? cost.total : nil, tokens: outcome.wholeUsage.totalTokens,
                nanoseconds: took))
    }
}
