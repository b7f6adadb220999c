public import GatewayTypes

/// When a target is left alone for a while: a state machine that takes the time and returns what to do.
public struct Breaker: Sendable {
    public enum State: String, CaseIterable, Sendable {
        case closed, open
        case halfOpen = "half_open"
    }

    public struct Settings: Sendable {
        /// Failures of the upstream's side in a row that open it; at least 1.
        public var failures = 5
        /// Seconds that it stays open before one attempt may probe.
        public var cooldownSeconds = 10.0

        public init() {}
    }

    public private(set) var state = State.closed
    private var failuresInRow = 0
    private var opened = Moment.zero
    private var probing = false

    public init() {}

    /// Whether an attempt may be made now; a half-open breaker lets one through at a time.
    public mutating func admits(_ settings: Settings, now: Moment) -> Bool {
        switch state {
        case .closed: return true
        case .open:
            guard now >= opened.advanced(bySeconds: settings.cooldownSeconds) else { return false }
            state = .halfOpen
            probing = true
            return true
        case .halfOpen:
            guard !probing else { return false }
            probing = true
            return true
        }
    }

    /// Learns how an attempt that it admitted went; `failed` only where the fault was the upstream's.
    public mutating func settle(_ settings: Settings, result: Result, now: Moment) {
        probing = false
        switch result {
        case .succeeded:
            state = .closed
            failuresInRow = 0
        case .failed:
            failuresInRow += 1
            guard state == .halfOpen || failuresInRow >= settings.failures else { return }
            state = .open
            opened = now
        case .unknown: break
        }
    }

    /// What an attempt says about the health of its target.
    public enum Result: Sendable { case succeeded, failed, unknown }

    /// Seconds until an open breaker lets a probe through; 0 when it does now.
    public func secondsUntilProbe(_ settings: Settings, now: Moment) -> Double {
        guard state == .open else { return 0 }
        return max(0, opened.advanced(bySeconds: settings.cooldownSeconds).seconds(since: now))
    }
}
