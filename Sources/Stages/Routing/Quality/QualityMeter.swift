import GatewayTypes

/// A mean of scores in which each counts half after the half-life: pure, the time is handed in.
struct QualityMeter: Sendable {
    /// A week: as fast as models and prompts change, and slow enough for rare feedback to add up.
    static let halfLifeSeconds = 7.0 * 86_400

    private var sum = 0.0
    private var weight = 0.0
    /// The time that both are reckoned for.
    private var last = WallTime(nanoseconds: 0)

    /// Takes a score of 0 … 1 that was given at `time`, which may lie behind others.
    mutating func add(_ score: Double, at time: WallTime) { count(score, at: time, sign: 1) }

    /// Takes back a score as it was given.
    mutating func remove(_ score: Double, at time: WallTime) {
        count(score, at: time, sign: -1)
        // What is left of rounding is no score.
        if weight < 1e-9 { (sum, weight) = (0, 0) }
    }

    /// Nil where there is none, or all are long forgotten.
    func score(now: WallTime) -> QualityScore? {
        let kept = weight * Self.share(from: last, to: now)
        guard weight > 0, kept > 0.001 else { return nil }
        return QualityScore(mean: min(max(sum / weight, 0), 1), weight: kept)
    }

    private mutating func count(_ score: Double, at time: WallTime, sign: Double) {
        if time > last {
            let share = Self.share(from: last, to: time)
            sum *= share
            weight *= share
            last = time
        }
        let share = Self.share(from: time, to: last)
        sum += sign * score * share
        weight += sign * share
    }

    private static func share(from earlier: WallTime, to later: WallTime) -> Double {
        PlainMath.exp(-0.6931471805599453 * max(0, later.seconds - earlier.seconds) / halfLifeSeconds)
    }
}
