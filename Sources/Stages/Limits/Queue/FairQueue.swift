/// Who waits for a limit, and whose turn it is: a value.
///
/// Classes go before one another. Within one, each flow (a team, a caller) has its turn by virtual time: who sends a hundred at
/// once waits behind the one of somebody who sent one. What finds the queue full pushes out the oldest of the flow with the most
/// waiting, in the lowest class that is no better than its own.
struct FairQueue: Sendable {
    /// A place in the queue.
    struct Ticket: Hashable, Sendable { fileprivate let number: UInt64 }

    enum Entry: Equatable, Sendable {
        case waits(Ticket)
        /// It waits, and another one must leave.
        case displaces(Ticket, shed: Ticket)
        /// There is no room for it.
        case full
    }

    private struct Waiter: Sendable {
        let flow: Int
        let priority: LimitPriority
        /// When its turn would end if all flows were served evenly.
        let tag: UInt64
    }

    private let depthMax: Int
    private var waiters: [Ticket: Waiter] = [:]
    /// By class: how far its virtual time has come, and the last tag of each flow.
    private var served = [UInt64](repeating: 0, count: LimitPriority.allCases.count)
    private var lastTags = [[Int: UInt64]](repeating: [:], count: LimitPriority.allCases.count)
    private var next = 0 as UInt64

    /// `depthMax`: at least 1.
    init(depthMax: Int) { self.depthMax = depthMax }

    var count: Int { waiters.count }
    var isEmpty: Bool { waiters.isEmpty }

    mutating func enter(flow: Int, priority: LimitPriority) -> Entry {
        var shed: Ticket?
        if waiters.count >= depthMax {
            guard let victim = victim(for: priority) else { return .full }
            shed = victim
            leave(victim)
        }
        next += 1
        let ticket = Ticket(number: next)
        // A flow that was idle begins where the others are now: it has saved nothing up.
        let tag = max(served[priority.rawValue], lastTags[priority.rawValue][flow] ?? 0) + 1
        lastTags[priority.rawValue][flow] = tag
        waiters[ticket] = Waiter(flow: flow, priority: priority, tag: tag)
        return shed.map { .displaces(ticket, shed: $0) } ?? .waits(ticket)
    }

    /// Whose turn it is; nil: nobody waits.
    var first: Ticket? {
        waiters.min { left, right in
            (left.value.priority, left.value.tag, left.key.number) < (
                right.value.priority, right.value.tag, right.key.number
            )
        }?.key
    }

    /// It has been served.
    mutating func serve(_ ticket: Ticket) {
        if let waiter = waiters[ticket] {
            served[waiter.priority.rawValue] = max(served[waiter.priority.rawValue], waiter.tag)
        }
        leave(ticket)
    }

    /// It waits no more. No effect where it left before.
    mutating func leave(_ ticket: Ticket) {
        waiters[ticket] = nil
        if waiters.isEmpty {
            for position in served.indices {
                served[position] = 0
                lastTags[position].removeAll(keepingCapacity: true)
            }
        }
    }

    func holds(_ ticket: Ticket) -> Bool { waiters[ticket] != nil }

    /// The oldest of the largest flow in the lowest class; nil where all that wait go before `priority`.
    private func victim(for priority: LimitPriority) -> Ticket? {
        guard let lowest = waiters.values.map(\.priority).max(), lowest >= priority else { return nil }
        let candidates = waiters.filter { $0.value.priority == lowest }
        var sizes: [Int: Int] = [:]
        for waiter in candidates.values { sizes[waiter.flow, default: 0] += 1 }
        let largest = sizes.values.max() ?? 0
        return candidates.filter { sizes[$0.value.flow] == largest }.keys.min { $0.number < $1.number }
    }
}

/// Which class of those who wait goes first.
public enum LimitPriority: Int, CaseIterable, Comparable, Sendable {
    case high, normal, low

    public static func < (left: LimitPriority, right: LimitPriority) -> Bool { left.rawValue < right.rawValue }
}
