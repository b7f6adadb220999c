/// How long attempts took of late, in coarse steps: enough to ask after how long a given part of them had spoken.
struct LatencyHistory: Sendable {
    /// Below so many, no percentile is told.
    static let minimum = 20
    /// When as many were seen, each counts half: what happened long ago fades.
    private static let countMax: UInt32 = 512
    /// Each step ends 15 % later than the one before; the first ends after a millisecond.
    private static let ratio = 1.15
    private static let firstSeconds = 0.001
    private static let stepCount = 104

    private var steps = InlineArray<104, UInt32>(repeating: 0)
    private(set) var count: UInt32 = 0

    mutating func observe(_ seconds: Double) {
        let steps = PlainMath.log(max(seconds, Self.firstSeconds) / Self.firstSeconds) / PlainMath.log(Self.ratio)
        self.steps[min(Int(steps.rounded(.up)), Self.stepCount - 1)] += 1
        count += 1
        if count >= Self.countMax { fade() }
    }

    /// Seconds in which this part, 0 … 1, of the attempts had spoken; nil while too few were seen.
    func percentile(_ part: Double) -> Double? {
        guard count >= Self.minimum else { return nil }
        let wanted = part * Double(count)
        var seen = 0.0
        for step in 0..<Self.stepCount {
            seen += Double(steps[step])
            if seen >= wanted { return Self.firstSeconds * PlainMath.exp(Double(step) * PlainMath.log(Self.ratio)) }
        }
        return nil
    }

    private mutating func fade() {
        count = 0
        for step in 0..<Self.stepCount {
            steps[step] /= 2
            count += steps[step]
        }
    }
}
