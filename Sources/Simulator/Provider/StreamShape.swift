import GatewayTypes
import NIOCore

/// How one provider writes a streamed reply; the times at which it is written are the same for all.
protocol StreamShape {
    var plan: ReplyPlan { get }
    /// What comes before the first piece.
    mutating func appendPreamble(to buffer: inout ByteBuffer)
    /// One piece; a shape that sends several pieces at once adds nothing for the others.
    mutating func appendPiece(_ index: Int, to buffer: inout ByteBuffer)
    mutating func appendClosing(to buffer: inout ByteBuffer)
    /// What ends a stream in which an error was asked for.
    mutating func appendError(to buffer: inout ByteBuffer)
}

extension StreamShape {
    /// Sends the whole stream at the times, and with the faults, that its behaviour asks for.
    mutating func send(fields: [ReplyField], pacer: ReplyPacer) async {
        var pacer = pacer
        if plan.behaviour.abortAfter == 0 { return pacer.writer.abort() }
        await pacer.waitForHead()
        if pacer.writer.isGone { return }
        pacer.writer.start(ReplyHead(status: 200, fields: fields, bodyBytes: nil))
        var preamble = ByteBuffer()
        appendPreamble(to: &preamble)
        if preamble.readableBytes > 0 { await pacer.write(preamble) }
        guard await sendPieces(&pacer) else { return }
        var closing = ByteBuffer()
        appendClosing(to: &closing)
        if closing.readableBytes > 0 { await pacer.write(closing) }
        pacer.writer.end()
    }

    /// Returns whether the stream is to end well.
    private mutating func sendPieces(_ pacer: inout ReplyPacer) async -> Bool {
        let behaviour = plan.behaviour
        let count = plan.pieceCount
        var pending = ByteBuffer()
        for sent in 0...count {
            let stops = sent == behaviour.abortAfter || sent == behaviour.inBandErrorAfter
            let stalls = sent == behaviour.stallAfter && behaviour.stallNanoseconds > 0
            if pending.readableBytes > 0 && (stops || stalls || sent == count || sent % behaviour.batch == 0) {
                await pacer.write(pending)
                pending.clear()
            }
            if stalls { await pacer.stall() }
            if pacer.writer.isGone { return false }
            if sent == behaviour.abortAfter {
                pacer.writer.abort()
                return false
            }
            if sent == behaviour.inBandErrorAfter {
                var error = ByteBuffer()
                appendError(to: &error)
                await pacer.write(error)
                pacer.writer.end()
                return false
            }
            if sent == count { break }
            if pending.readableBytes == 0 { await pacer.waitForPiece(sent) }
            if pacer.writer.isGone { return false }
            appendPiece(sent, to: &pending)
        }
        return true
    }
}

/// A reply that is not streamed, sent when its last token is there.
struct WholeReply {
    let status: Int
    let fields: [ReplyField]
    let pieceCount: Int

    init(status: Int = 200, fields: [ReplyField], pieceCount: Int) {
        self.status = status
        self.fields = fields
        self.pieceCount = pieceCount
    }

    func send(pacer: ReplyPacer, body make: () -> ByteBuffer) async {
        var pacer = pacer
        let behaviour = pacer.behaviour
        if behaviour.abortAfter == 0 { return pacer.writer.abort() }
        await pacer.waitForHead()
        await pacer.waitForPiece(max(0, pieceCount - 1))
        if pacer.writer.isGone { return }
        var body = make()
        pacer.writer.start(ReplyHead(status: status, fields: fields, bodyBytes: body.readableBytes))
        if behaviour.abortAfter != nil || behaviour.stallNanoseconds > 0 {
            if let half = body.readSlice(length: body.readableBytes / 2) { await pacer.write(half) }
            if behaviour.abortAfter != nil { return pacer.writer.abort() }
            await pacer.stall()
            if pacer.writer.isGone { return }
        }
        await pacer.write(body)
        pacer.writer.end()
    }
}
