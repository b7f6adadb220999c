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
        /// Of the attempts in the window, the part of failures that opens it; greater than 0, to 1.
        public var failureRatio = 0.5
        /// Attempts in the window below which no ratio is judged; at least 1.
        public var minimum = 20
        public var windowSeconds = 10.0
        /// Seconds that it stays open before one attempt may probe.
        public var cooldownSeconds = 10.0

        public init() {}
    }

    /// Leave to make one attempt. What is learned of an attempt counts only in the state that it was admitted in: streams
    /// that began long ago tell nothing of a recovery, and cannot open the breaker again when they die.
    public struct Ticket: Sendable { fileprivate let era: UInt32 }

    public private(set) var state = State.closed
    /// New ones hold from now on; what was learned stays.
    var settings: Settings {
        didSet {
            if settings.windowSeconds != oldValue.windowSeconds {
                window = FailureWindow(seconds: settings.windowSeconds)
            }
        }
    }
    private var failuresInRow = 0
    private var window: FailureWindow
    private var opened = Moment.zero
    /// Until when it stays open whatever the cool-down.
    private var heldUntil = Moment.zero
    /// When the probe under way was admitted; nil where there is none.
    private var probeBegan: Moment?
    /// Counts the changes of state.
    private var era: UInt32 = 0

    public init(_ settings: Settings) {
        self.settings = settings
        window = FailureWindow(seconds: settings.windowSeconds)
    }

    /// Leave to make an attempt now, or nil. A half-open breaker lets one through at a time; where that one has not come
    /// back within a cool-down (a long stream), another.
    public mutating func admit(now: Moment) -> Ticket? {
        switch state {
        case .closed: break
        case .open:
            guard now >= probeDue else { return nil }
            change(to: .halfOpen)
            probeBegan = now
        case .halfOpen:
            if let probeBegan, now < probeBegan.advanced(bySeconds: settings.cooldownSeconds) { return nil }
            probeBegan = now
        }
        return Ticket(era: era)
    }

    /// Learns how an attempt went; true when that opened it.
    public mutating func settle(_ ticket: Ticket, _ result: Result, now: Moment) -> Bool {
        guard ticket.era == era else { return false }
        probeBegan = nil
        switch result {
        case .unknown: return false
        case .succeeded:
            failuresInRow = 0
            if state == .halfOpen { change(to: .closed) } else { window.add(failed: false, now: now) }
            return false
        case .failed:
            failuresInRow += 1
            window.add(failed: true, now: now)
            guard state == .halfOpen || failuresInRow >= settings.failures || isRatioReached(now: now) else {
                return false
            }
            change(to: .open)
            opened = now
            return true
        }
    }

    /// Opens it, or keeps it open for another cool-down and so many seconds at least, whatever attempts say: the target is
    /// known to be gone.
    public mutating func open(now: Moment, seconds: Double = 0) {
        if state != .open { change(to: .open) }
        opened = now
        heldUntil = now.advanced(bySeconds: seconds)
        probeBegan = nil
    }

    private var probeDue: Moment { max(opened.advanced(bySeconds: settings.cooldownSeconds), heldUntil) }

    /// What an attempt says about the health of its target.
    public enum Result: Sendable { case succeeded, failed, unknown }

    /// Seconds until an open breaker lets a probe through; 0 when it does now.
    public func secondsUntilProbe(now: Moment) -> Double {
        guard state == .open else { return 0 }
        return max(0, probeDue.seconds(since: now))
    }

    private mutating func isRatioReached(now: Moment) -> Bool {
        let counts = window.counts(now: now)
        return counts.all >= settings.minimum
            && Double(counts.failed) >= settings.failureRatio * Double(counts.all)
    }

    private mutating func change(to state: State) {
        self.state = state
        era &+= 1
        failuresInRow = 0
        window.clear()
    }
}
