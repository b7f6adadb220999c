public import GatewayTypes
import Synchronization

/// What to do with an exchange when the journal has no place left.
public enum WhenFull: String, CaseIterable, Sendable {
    case refuse
    case continueUnaccounted = "continue_unaccounted"
}

/// Where exchanges stand between their first attempt and the ledger: a memory-mapped file of fixed slots.
///
/// What is stored into the mapping belongs to the kernel at once, so that it survives the death of the process by any
/// signal without a system call. It does not survive a loss of power: then the exchanges are lost whose rows the ledger
/// has not committed, which are those of the last 200 ms (a batch each 100 ms, and the time of its commit).
///
/// Every event loop has a lane of its own: a list of its free slots under a lock that nobody else wants, but for the
/// ledger's writer a few times a second. A loop whose lane is exhausted takes from the others.
public final class MappedJournal: Journal {
    /// A slot whose row waits for the ledger.
    struct Waiting: Sendable {
        let index: Int
        let since: Moment
    }

    private struct LaneState {
        /// The slot given back last is used first: it is still in the processor's cache.
        var free: [Int32] = []
        var waiting: [Waiting] = []
        var openCount = 0
        var closedCount = 0
    }

    private final class Lane: Sendable {
        let state: Mutex<LaneState>
        init(_ state: LaneState) { self.state = Mutex(state) }
    }

    /// Slots.
    public let capacity: Int
    /// Marks the rows of this process.
    public let instance: UInt64
    /// Slots that an earlier process left in use, in the order of the file; `LedgerWriter.recover` empties them.
    let leftover: [Int]

    private let file: JournalFile
    private let lanes: [Lane]
    private let slotsPerLane: Int
    private let whenFull: WhenFull
    private let unaccountedCount = Atomic<Int>(0)

    /// - Parameters:
    ///   - path: the file, made when there is none.
    ///   - slots: how many exchanges may be under way or waiting for the ledger; at least 1.
    ///   - workers: event loops; at least 1.
    public init(
        path: String, slots: Int = 32_768, workers: Int, whenFull: WhenFull,
        instance: UInt64 = UInt64.random(in: 1 ... .max)
    ) throws(StorageError) {
        let file = try JournalFile(path: path, slotCount: max(1, slots))
        let leftover = try file.slotsInUse()
        let perLane = (file.slotCount + max(1, workers) - 1) / max(1, workers)
        let taken = Set(leftover)
        lanes = stride(from: 0, to: file.slotCount, by: perLane).map { first in
            let indexes = first..<min(first + perLane, file.slotCount)
            var state = LaneState()
            state.free = indexes.reversed().filter { !taken.contains($0) }.map(Int32.init)
            state.closedCount = indexes.count - state.free.count
            state.waiting.reserveCapacity(indexes.count)
            return Lane(state)
        }
        self.file = file
        self.leftover = leftover
        self.whenFull = whenFull
        self.instance = instance
        slotsPerLane = perLane
        capacity = file.slotCount
    }

    public func open(_ entry: JournalEntry, worker: Int) throws(Failure) -> JournalSlot? {
        guard let index = takeFree(worker) else {
            switch whenFull {
            case .refuse:
                throw Failure(
                    .storageFull, "The gateway cannot record what this request would cost; try again shortly.",
                    retryAfterSeconds: 1)
            case .continueUnaccounted:
                unaccountedCount.add(1, ordering: .relaxed)
                return nil
            }
        }
        file.slot(index).open(LedgerRow(interrupted: entry, instance: instance, worker: worker))
        return JournalSlot(index: index)
    }

    public func close(_ slot: JournalSlot, _ outcome: borrowing Outcome) {
        let bytes = file.slot(slot.index)
        guard bytes.has(.open) else { return }
        bytes.close(LedgerRow(outcome, instance: instance, worker: bytes.worker))
        let waiting = Waiting(index: slot.index, since: outcome.ended)
        lanes[slot.index / slotsPerLane].state.withLock { state in
            state.waiting.append(waiting)
            state.openCount -= 1
            state.closedCount += 1
        }
    }

    /// Slots of exchanges under way.
    public var openSlots: Int { lanes.reduce(0) { $0 + $1.state.withLock(\.openCount) } }
    /// Slots that wait for the ledger.
    public var closedSlots: Int { lanes.reduce(0) { $0 + $1.state.withLock(\.closedCount) } }
    /// Exchanges that went on without being written down.
    public var unaccounted: Int { unaccountedCount.load(ordering: .relaxed) }

    // MARK: For the ledger's writer

    /// All slots closed since the last call; the caller gives each back by `release`.
    func takeClosed() -> [Waiting] {
        lanes.flatMap { lane in
            lane.state.withLock { state in
                let waiting = state.waiting
                state.waiting.removeAll(keepingCapacity: true)
                return waiting
            }
        }
    }

    /// Since when the longest waiting of the slots not yet taken has waited.
    var oldestClosed: Moment? { lanes.compactMap { $0.state.withLock { $0.waiting.first?.since } }.min() }

    func contents(of index: Int) -> JournalSlotBytes.Contents { JournalSlotBytes.contents(of: file.bytes(of: index)) }

    /// Frees slots whose rows the ledger has.
    func release(_ indexes: some Sequence<Int>) {
        for index in indexes {
            file.slot(index).free()
            lanes[index / slotsPerLane].state.withLock { state in
                state.free.append(Int32(index))
                state.closedCount -= 1
            }
        }
    }

    private func takeFree(_ worker: Int) -> Int? {
        for step in lanes.indices {
            let lane = lanes[(worker + step) % lanes.count]
            let index = lane.state.withLock { state -> Int32? in
                guard let index = state.free.popLast() else { return nil }
                state.openCount += 1
                return index
            }
            if let index { return Int(index) }
        }
        return nil
    }
}
