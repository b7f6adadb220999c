public import GatewayTypes

/// Which of a route's targets fail far more often than the others: a state machine over all of them.
///
/// A breaker judges a target alone. This compares: one that fails a fifth of its requests while its siblings fail none is
/// put behind them long before its breaker opens.
public struct OutlierEjection: Sendable {
    public struct Settings: Sendable {
        /// How many times as often as its siblings together a target must fail; at least 1.
        public var factor = 3.0
        /// And at least this part of its attempts; greater than 0, to 1.
        public var failureRatio = 0.2
        /// Attempts in the window that it, and its siblings together, must have; at least 1.
        public var minimum = 20
        public var windowSeconds = 30.0
        /// Seconds of the first ejection; the next ones are longer, up to five times.
        public var ejectSeconds = 30.0
        /// The part of a route's targets that may be ejected at once; 0: none ever.
        public var shareMax = 0.5

        public init() {}
    }

    private struct Member: Sendable {
        var window: FailureWindow
        var ejectedUntil = Moment.zero
        var ejections = 0
    }

    private static let lengthMax = 5
    private let settings: Settings
    private var members: [Member]

    public init(_ settings: Settings, count: Int) {
        self.settings = settings
        members = (0..<count).map { _ in Member(window: FailureWindow(seconds: settings.windowSeconds)) }
    }

    public func isEjected(_ position: Int, now: Moment) -> Bool { now < members[position].ejectedUntil }

    /// Learns how an attempt at one of them went; true when that ejected it.
    public mutating func settle(_ position: Int, failed: Bool, now: Moment) -> Bool {
        // What comes back while it is ejected was begun before.
        guard !isEjected(position, now: now) else { return false }
        members[position].window.add(failed: failed, now: now)
        guard failed, hasRoom(now: now), isOutlier(position, now: now) else { return false }
        eject(position, now: now)
        return true
    }

    private func hasRoom(now: Moment) -> Bool {
        let ejected = members.count { now < $0.ejectedUntil }
        return Double(ejected + 1) <= settings.shareMax * Double(members.count)
    }

    private mutating func isOutlier(_ position: Int, now: Moment) -> Bool {
        let own = members[position].window.counts(now: now)
        var others = (failed: 0, all: 0)
        for other in members.indices where other != position {
            let counts = members[other].window.counts(now: now)
            others.failed += counts.failed
            others.all += counts.all
        }
        guard own.all >= settings.minimum, others.all >= settings.minimum else { return false }
        let ratio = Double(own.failed) / Double(own.all)
        let usual = Double(others.failed) / Double(others.all)
        return ratio >= settings.failureRatio && ratio >= settings.factor * usual
    }

    private mutating func eject(_ position: Int, now: Moment) {
        var member = members[position]
        // One that has been fine for as long as the longest ejection begins anew.
        let forgiven = member.ejectedUntil.advanced(bySeconds: settings.ejectSeconds * Double(Self.lengthMax))
        member.ejections = now > forgiven ? 1 : min(member.ejections + 1, Self.lengthMax)
        member.ejectedUntil = now.advanced(bySeconds: settings.ejectSeconds * Double(member.ejections))
        member.window.clear()
        members[position] = member
    }
}
