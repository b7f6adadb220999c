import GatewayTypes
import Synchronization

/// A measured value and the trace it belongs to.
struct Exemplar: Equatable {
    let traceHigh: UInt64
    let traceLow: UInt64
    let spanID: UInt64
    let value: Double
    let at: WallTime
}

/// The last exemplar of a bucket: a sequence lock with one writer.
final class ExemplarSlot: Sendable {
    private let version = Atomic<UInt64>(0)
    private let traceHigh = Atomic<UInt64>(0)
    private let traceLow = Atomic<UInt64>(0)
    private let spanID = Atomic<UInt64>(0)
    private let value = Atomic<UInt64>(0)
    private let at = Atomic<Int64>(0)

    func put(trace: TraceContext, value: Double, at time: WallTime) {
        let turn = version.load(ordering: .relaxed)
        version.store(turn &+ 1, ordering: .relaxed)
        atomicMemoryFence(ordering: .releasing)
        traceHigh.store(trace.traceHigh, ordering: .relaxed)
        traceLow.store(trace.traceLow, ordering: .relaxed)
        spanID.store(trace.spanID, ordering: .relaxed)
        self.value.store(value.bitPattern, ordering: .relaxed)
        at.store(time.nanoseconds, ordering: .relaxed)
        version.store(turn &+ 2, ordering: .releasing)
    }

    /// Nil when there was none yet.
    var current: Exemplar? {
        while true {
            let before = version.load(ordering: .acquiring)
            if before == 0 { return nil }
            let exemplar = Exemplar(
                traceHigh: traceHigh.load(ordering: .relaxed), traceLow: traceLow.load(ordering: .relaxed),
                spanID: spanID.load(ordering: .relaxed),
                value: Double(bitPattern: value.load(ordering: .relaxed)),
                at: WallTime(nanoseconds: at.load(ordering: .relaxed)))
            atomicMemoryFence(ordering: .acquiring)
            if before & 1 == 0 && version.load(ordering: .relaxed) == before { return exemplar }
        }
    }
}
