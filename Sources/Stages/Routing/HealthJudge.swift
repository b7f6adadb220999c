public import GatewayTypes

/// Whether a provider passes the checks that are made of it at a fixed pace: a state machine over their results.
public struct HealthJudge: Sendable {
    /// What a result makes of it.
    public enum Verdict: Sendable { case healthy, doubtful, fellIll, ill, recovered }

    private let intervalSeconds: Double
    private let failures: Int
    private var failedInRow = 0
    private var isChecking = false
    private var next = Moment.zero
    public private(set) var isHealthy = true

    /// `failures`: checks in a row that must fail before it counts as ill; at least 1. One that succeeds heals.
    public init(intervalSeconds: Double, failures: Int) {
        self.intervalSeconds = intervalSeconds
        self.failures = failures
    }

    /// Whether to check it now; `settle` follows.
    public mutating func look(now: Moment) -> Bool {
        guard !isChecking, now >= next else { return false }
        isChecking = true
        // From start to start, so that slow answers do not slow the pace.
        next = now.advanced(bySeconds: intervalSeconds)
        return true
    }

    public mutating func settle(passed: Bool) -> Verdict {
        isChecking = false
        let was = isHealthy
        guard !passed else {
            failedInRow = 0
            isHealthy = true
            return was ? .healthy : .recovered
        }
        failedInRow += 1
        guard failedInRow >= failures else { return was ? .doubtful : .ill }
        isHealthy = false
        return was ? .fellIll : .ill
    }
}
