import GatewayTypes
import NIOCore

/// Writes a reply at the times that its behaviour asks for.
struct ReplyPacer {
    let behaviour: SimulatedBehaviour
    let clock: ToolClock
    let writer: any ReplyWriter
    /// When the request was taken up; moved on by a stall, so that what follows keeps its rhythm.
    private var began: Moment

    /// No single sleep is longer, so that a client that leaves is noticed.
    private static let sliceNanoseconds: UInt64 = 200_000_000

    init(_ behaviour: SimulatedBehaviour, clock: ToolClock, writer: any ReplyWriter) {
        self.behaviour = behaviour
        self.clock = clock
        self.writer = writer
        began = clock.now()
    }

    /// Suspends until so long after the beginning, or until the client is gone.
    func wait(_ nanoseconds: UInt64) async {
        let due = Moment(nanoseconds: began.nanoseconds &+ nanoseconds)
        while !writer.isGone {
            let left = due.nanoseconds(since: clock.now())
            if left <= 0 { return }
            await clock.sleep(min(UInt64(left), Self.sliceNanoseconds))
        }
    }

    /// The silence in the middle of a reply.
    mutating func stall() async {
        guard behaviour.stallNanoseconds > 0 else { return }
        let now = clock.now()
        await wait(UInt64(max(0, now.nanoseconds(since: began))) &+ behaviour.stallNanoseconds)
        began = Moment(nanoseconds: began.nanoseconds &+ behaviour.stallNanoseconds)
    }

    func waitForHead() async {
        if behaviour.headNanoseconds > 0 { await wait(behaviour.headNanoseconds) }
    }

    /// Suspends until the piece of that index is due.
    func waitForPiece(_ index: Int) async {
        let due = behaviour.firstTokenNanoseconds &+ UInt64(index) &* behaviour.gapNanoseconds
        if due > 0 { await wait(due) }
    }

    func write(_ bytes: ByteBuffer) async {
        guard behaviour.splitBytes > 0 else { return await writer.write(bytes) }
        var rest = bytes
        while let part = rest.readSlice(length: min(behaviour.splitBytes, rest.readableBytes)), part.readableBytes > 0 {
            await writer.write(part)
        }
    }
}
