import GatewayTypes
import Synchronization

// Cells have one writer, the event loop of their shard, so that plain loads and stores suffice where others would need
// read-modify-write. Scrapes read them from any thread.

/// A count that only its loop changes.
final class CounterCell: Sendable {
    private let value = Atomic<UInt64>(0)

    func add(_ amount: UInt64) {
        value.store(value.load(ordering: .relaxed) &+ amount, ordering: .relaxed)
    }
    var current: UInt64 { value.load(ordering: .relaxed) }
}

/// A number of things that exist now; changes of one shard may be negative in sum, the sum over all shards is not.
final class LevelCell: Sendable {
    private let value = Atomic<Int>(0)

    func add(_ delta: Int) { value.store(value.load(ordering: .relaxed) &+ delta, ordering: .relaxed) }
    var current: Int { value.load(ordering: .relaxed) }
}

/// A 128-bit sum of money that a reader sees whole: a sequence lock of two words.
final class MoneyCell: Sendable {
    private let version = Atomic<UInt64>(0)
    private let high = Atomic<UInt64>(0)
    private let low = Atomic<UInt64>(0)
    let exemplar: ExemplarSlot?

    init(exemplars: Bool) { exemplar = exemplars ? ExemplarSlot() : nil }

    func add(_ amount: Money) {
        let sum = words + amount.picodollars
        let turn = version.load(ordering: .relaxed)
        version.store(turn &+ 1, ordering: .relaxed)
        atomicMemoryFence(ordering: .releasing)
        high.store(UInt64(truncatingIfNeeded: sum >> 64), ordering: .relaxed)
        low.store(UInt64(truncatingIfNeeded: sum), ordering: .relaxed)
        version.store(turn &+ 2, ordering: .releasing)
    }

    var current: Money {
        while true {
            let before = version.load(ordering: .acquiring)
            let sum = words
            atomicMemoryFence(ordering: .acquiring)
            if before & 1 == 0 && version.load(ordering: .relaxed) == before { return Money(picodollars: sum) }
        }
    }

    private var words: Int128 {
        Int128(truncatingIfNeeded: high.load(ordering: .relaxed)) << 64
            | Int128(low.load(ordering: .relaxed))
    }
}

/// Non-cumulative bucket counts, classic and exponential, and a sum.
final class HistogramCell: @unchecked Sendable {
    // Sound: the pointer never changes after init, and what it points to is atomics.
    private let counts: UnsafeMutablePointer<Atomic<UInt64>>
    private let sum = Atomic<UInt64>(0)
    private let exponential: ExponentialCounts
    let bounds: [Double]
    let exemplars: [ExemplarSlot]

    init(bounds: [Double], exemplars: Bool) {
        self.bounds = bounds
        exponential = ExponentialCounts(ExponentialBuckets(covering: bounds))
        counts = .allocate(capacity: bounds.count + 1)
        for position in 0...bounds.count { (counts + position).initialize(to: Atomic(0)) }
        self.exemplars = exemplars ? (0...bounds.count).map { _ in ExemplarSlot() } : []
    }

    deinit {
        counts.deinitialize(count: bounds.count + 1)
        counts.deallocate()
    }

    /// Returns the position of the bucket.
    @discardableResult func record(_ value: Double) -> Int {
        let bucket = position(of: value)
        let count = counts[bucket].load(ordering: .relaxed)
        counts[bucket].store(count &+ 1, ordering: .relaxed)
        let total = Double(bitPattern: sum.load(ordering: .relaxed)) + value
        sum.store(total.bitPattern, ordering: .relaxed)
        exponential.add(slot: exponential.buckets.slot(of: value))
        return bucket
    }

    /// `trace`: what the exemplar points to; nil where nothing will be there.
    func record(_ value: Double, trace: TraceContext?, at time: WallTime) {
        let bucket = record(value)
        if let trace { exemplars[bucket].put(trace: trace, value: value, at: time) }
    }

    /// Adds what was counted elsewhere under the same bounds.
    func add(_ gaps: borrowing TokenGaps) {
        for (bucket, more) in gaps.bucketCounts.enumerated() where more > 0 {
            counts[bucket].store(counts[bucket].load(ordering: .relaxed) &+ UInt64(more), ordering: .relaxed)
        }
        for (slot, more) in gaps.slotCounts.enumerated() where more > 0 { exponential.add(slot: slot, UInt64(more)) }
        let total = Double(bitPattern: sum.load(ordering: .relaxed)) + Double(gaps.nanoseconds) / 1e9
        sum.store(total.bitPattern, ordering: .relaxed)
    }

    /// The first bucket whose upper bound is not below `value`.
    private func position(of value: Double) -> Int {
        var low = 0
        var high = bounds.count
        while low < high {
            let middle = (low + high) / 2
            if bounds[middle] < value { low = middle + 1 } else { high = middle }
        }
        return low
    }

    var currentCounts: [UInt64] { (0...bounds.count).map { counts[$0].load(ordering: .relaxed) } }
    /// By slot of the exponential buckets.
    var currentSlots: [UInt64] { exponential.current }
    var currentSum: Double { Double(bitPattern: sum.load(ordering: .relaxed)) }
}

/// A series' cell of one shard.
enum Cell: Sendable {
    case counter(CounterCell)
    case money(MoneyCell)
    /// Of nanoseconds.
    case seconds(CounterCell)
    case histogram(HistogramCell)
}
