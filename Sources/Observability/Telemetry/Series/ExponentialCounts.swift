import GatewayTypes
import Synchronization

/// Counts of exponential buckets; one writer, as with all cells. An octave's memory is taken when it is first met: most
/// series stay within a few.
struct ExponentialCounts: ~Copyable {
    let buckets: ExponentialBuckets
    private let zero = Atomic<UInt64>(0)
    /// By octave: where its counts are; 0 while it was not met.
    private let octaves: UnsafeMutablePointer<Atomic<UInt>>

    init(_ buckets: ExponentialBuckets) {
        self.buckets = buckets
        octaves = .allocate(capacity: buckets.octaves)
        for octave in 0..<buckets.octaves { (octaves + octave).initialize(to: Atomic(0)) }
    }

    deinit {
        for octave in 0..<buckets.octaves {
            guard let counts = counts(of: octave) else { continue }
            counts.deinitialize(count: ExponentialBuckets.perOctave)
            counts.deallocate()
        }
        octaves.deinitialize(count: buckets.octaves)
        octaves.deallocate()
    }

    func add(slot: Int, _ amount: UInt64 = 1) {
        guard slot > 0 else { return zero.store(zero.load(ordering: .relaxed) &+ amount, ordering: .relaxed) }
        let (octave, step) = (slot - 1).quotientAndRemainder(dividingBy: ExponentialBuckets.perOctave)
        let counts = counts(of: octave) ?? take(octave)
        counts[step].store(counts[step].load(ordering: .relaxed) &+ amount, ordering: .relaxed)
    }

    /// By slot.
    var current: [UInt64] {
        var all = [zero.load(ordering: .relaxed)]
        all.reserveCapacity(buckets.slots)
        for octave in 0..<buckets.octaves {
            let counts = counts(of: octave)
            for step in 0..<ExponentialBuckets.perOctave {
                all.append(counts.map { $0[step].load(ordering: .relaxed) } ?? 0)
            }
        }
        return all
    }

    private func counts(of octave: Int) -> UnsafeMutablePointer<Atomic<UInt64>>? {
        UnsafeMutablePointer(bitPattern: octaves[octave].load(ordering: .acquiring))
    }

    private func take(_ octave: Int) -> UnsafeMutablePointer<Atomic<UInt64>> {
        let counts = UnsafeMutablePointer<Atomic<UInt64>>.allocate(capacity: ExponentialBuckets.perOctave)
        for step in 0..<ExponentialBuckets.perOctave { (counts + step).initialize(to: Atomic(0)) }
        octaves[octave].store(UInt(bitPattern: counts), ordering: .releasing)
        return counts
    }
}
