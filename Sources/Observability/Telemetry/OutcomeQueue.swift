import GatewayTypes
import Synchronization

/// Outcomes of one loop on their way to being rendered: bounded; what does not fit is dropped and counted.
///
/// The lock is held for one append or one swap; it meets another thread a few times a second at most.
final class OutcomeQueue: Sendable {
    private struct State {
        var waiting: [Outcome] = []
        var dropped: UInt64 = 0
        var droppedKept: UInt64 = 0
    }

    private let state = Mutex(State())
    private let countMax: Int

    init(countMax: Int) { self.countMax = countMax }

    func put(_ outcome: borrowing Outcome) {
        let copy = copy outcome
        state.withLock { state in
            if state.waiting.count < countMax {
                state.waiting.append(copy)
            } else {
                state.dropped += 1
                if copy.kept != nil { state.droppedKept += 1 }
            }
        }
    }

    /// Leaves room for as many as came last time, to a bound, so that the loop seldom moves what waits.
    func takeAll() -> [Outcome] {
        var next: [Outcome] = []
        next.reserveCapacity(min(state.withLock { $0.waiting.count }, Self.reservedMax))
        return state.withLock { state in
            let taken = state.waiting
            state.waiting = next
            return taken
        }
    }

    private static let reservedMax = 1_024

    var depth: Int { state.withLock { $0.waiting.count } }
    /// `kept`: those whose traces were to be kept.
    var dropped: (all: UInt64, kept: UInt64) { state.withLock { ($0.dropped, $0.droppedKept) } }
}
