/// When a second attempt is made beside a first one that is slow to speak; whoever speaks first serves.
public struct HedgeRule: Sendable {
    public enum Delay: Sendable, Equatable {
        /// After the attempt began.
        case seconds(Double)
        /// What this part of the target's attempts has taken to the first token, 0 … 1.
        case percentile(Double)
    }

    public let after: Delay
    /// Second attempts for each exchange of the route, in the long run; 0 … 1.
    public let shareMax: Double

    public init(after: Delay, shareMax: Double) {
        self.after = after
        self.shareMax = shareMax
    }
}

/// What became of the wish for a second attempt: the label `result` of `weir_hedges_total`.
public enum HedgeResult: String, CaseIterable, Sendable {
    /// The second attempt served.
    case won
    /// The first one spoke first after all.
    case lost
    /// Both failed.
    case failed
    /// None was made: too many had been of late.
    case budget
    /// None was made: the next target's gates refused.
    case refused
}

/// An attempt that raced another one.
public struct HedgeMark: Sendable {
    /// Whether it is the one that was made beside the first.
    public let isSecond: Bool
    /// Whether it spoke first.
    public let won: Bool
    /// Seconds after the first one's beginning at which the second was made.
    public let afterSeconds: Double

    public init(isSecond: Bool, won: Bool, afterSeconds: Double) {
        self.isSecond = isSecond
        self.won = won
        self.afterSeconds = afterSeconds
    }
}

/// Says when a second attempt is made beside the first, and how often that may be.
public protocol HedgeAdviser: Sendable {
    /// An exchange makes its first attempt, at this target: seconds after which a second one may begin, and a part of one is
    /// earned. Nil: none, as yet too little is known of the target.
    func began(on route: Route, at target: Target, streams: Bool) -> Double?
    /// Whether a second attempt may be made now, which is thereby booked.
    func spend(on route: Route) -> Bool
    func ended(on route: Route, _ result: HedgeResult)
}
