import GatewayTypes

/// How many of the last seconds' attempts failed: a window that slides in ten steps.
struct FailureWindow: Sendable {
    private static let stepCount = 10

    private let stepNanoseconds: UInt64
    private var succeeded = InlineArray<10, Int>(repeating: 0)
    private var failed = InlineArray<10, Int>(repeating: 0)
    /// Number of the newest step since the clock's zero.
    private var newest: UInt64 = 0

    /// `seconds` is greater than 0.
    init(seconds: Double) { stepNanoseconds = max(1, UInt64(seconds * 1e9) / UInt64(Self.stepCount)) }

    mutating func add(failed isFailure: Bool, now: Moment) {
        slide(to: now)
        let step = Int(newest % UInt64(Self.stepCount))
        if isFailure { failed[step] += 1 } else { succeeded[step] += 1 }
    }

    mutating func counts(now: Moment) -> (failed: Int, all: Int) {
        slide(to: now)
        var sums = (failed: 0, all: 0)
        for step in 0..<Self.stepCount {
            sums.failed += failed[step]
            sums.all += failed[step] + succeeded[step]
        }
        return sums
    }

    mutating func clear() {
        for step in 0..<Self.stepCount {
            failed[step] = 0
            succeeded[step] = 0
        }
    }

    /// Empties the steps that time has passed over. A moment before the newest step counts as of that step.
    private mutating func slide(to now: Moment) {
        let current = now.nanoseconds / stepNanoseconds
        guard current > newest else { return }
        for passed in 1...min(current - newest, UInt64(Self.stepCount)) {
            let step = Int((newest + passed) % UInt64(Self.stepCount))
            failed[step] = 0
            succeeded[step] = 0
        }
        newest = current
    }
}
