import GatewayTypes
import Synchronization

/// Outcomes of one loop on their way to being rendered: bounded; what does not fit is dropped and counted.
///
/// The lock is held for one append or one swap; it meets another thread a few times a second at most.
final class OutcomeQueue: Sendable {
    private struct State {
        var waiting: [Outcome] = []
        /// Of what waits, in bytes.
        var content = 0
        var dropped: UInt64 = 0
        var droppedKept: UInt64 = 0
    }

    private let state = Mutex(State())
    private let countMax: Int
    private let keepsContent: Bool

    /// `keepsContent`: spans are made, which alone show what was said.
    init(countMax: Int, keepsContent: Bool) {
        self.countMax = countMax
        self.keepsContent = keepsContent
    }

    func put(_ outcome: borrowing Outcome) {
        var copy = copy outcome
        if !keepsContent { copy.content = nil }
        state.withLock { state in
            if state.waiting.count < countMax {
                if let content = copy.content {
                    // What was said is let go before what happened is.
                    if state.content + content.byteCount > Self.contentBytesMax {
                        copy.content = nil
                        copy.notes.append(Note(.settle, "the content is not shown: too much of it waits"))
                    } else {
                        state.content += content.byteCount
                    }
                }
                state.waiting.append(copy)
            } else {
                state.dropped += 1
                if copy.kept != nil { state.droppedKept += 1 }
            }
        }
    }

    /// Takes what waits and leaves `spare`, which is empty, for what comes: two lots of memory change places, so that the
    /// loop seldom moves what waits.
    func takeAll(leaving spare: consuming [Outcome] = []) -> [Outcome] {
        state.withLock { state in
            let taken = state.waiting
            state.waiting = spare
            state.content = 0
            return taken
        }
    }

    /// The memory of what was taken, for the next time; none that a burst made large.
    static func spare(of taken: consuming [Outcome]) -> [Outcome] {
        taken.removeAll(keepingCapacity: taken.capacity <= spareMax)
        return taken
    }

    private static let spareMax = 2_048
    /// Of a loop.
    private static let contentBytesMax = 64 << 20

    var depth: Int { state.withLock { $0.waiting.count } }
    /// `kept`: those whose traces were to be kept.
    var dropped: (all: UInt64, kept: UInt64) { state.withLock { ($0.dropped, $0.droppedKept) } }
}
