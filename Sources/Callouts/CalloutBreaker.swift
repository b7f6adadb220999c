import GatewayTypes

/// When a callout is left alone for a while: a state machine that takes the time.
///
/// So many failures in a row, and it is left alone; then one question at a time probes it.
struct CalloutBreaker: Sendable {
    private let failuresMax: Int
    private let cooldownSeconds: Double
    private var failures = 0
    /// When the next question may go out; nil: it is not left alone.
    private var closedUntil: Moment?

    init(failuresMax: Int = 5, cooldownSeconds: Double = 5) {
        self.failuresMax = failuresMax
        self.cooldownSeconds = cooldownSeconds
    }

    var isOpen: Bool { closedUntil != nil }

    /// Whether a question may go out now. Of one that is left alone, this one is the probe until the next cool-down ends.
    mutating func admits(now: Moment) -> Bool {
        guard let closedUntil else { return true }
        guard now >= closedUntil else { return false }
        self.closedUntil = now.advanced(bySeconds: cooldownSeconds)
        return true
    }

    mutating func settle(failed: Bool, now: Moment) {
        guard failed else {
            failures = 0
            closedUntil = nil
            return
        }
        failures += 1
        if failures >= failuresMax { closedUntil = now.advanced(bySeconds: cooldownSeconds) }
    }
}
