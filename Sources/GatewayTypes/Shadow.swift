/// A target that is shown copies of a share of a route's requests, and whose replies nobody gets.
public struct Shadow: Sendable {
    public let target: Target
    /// Of the route's requests, 0 … 1.
    public let share: Double
    /// Copies under way at once; at least 1.
    public let inFlightMax: Int

    public init(target: Target, share: Double, inFlightMax: Int) {
        self.target = target
        self.share = share
        self.inFlightMax = inFlightMax
    }
}

/// What of an exchange is compared with its copy.
public struct ShadowFigures: Sendable {
    /// Whether it came to its proper end.
    public var isCompleted: Bool
    /// Whether any attempt was made.
    public var isAttempted: Bool
    /// Of the attempt that served; nil where none did.
    public var seconds: Double?
    public var secondsToFirstToken: Double?
    public var outputTokens: Int64?

    public init(_ outcome: borrowing Outcome) {
        isCompleted = outcome.failure == nil
        isAttempted = !outcome.attempts.isEmpty
        outputTokens = outcome.usage.outputTokens
        guard let served = outcome.servedAttempt else { return }
        let began = outcome.attempts[served].began
        seconds = outcome.attempts[served].ended.seconds(since: began)
        secondsToFirstToken = outcome.attempts[served].firstToken?.seconds(since: began)
    }
}

/// Says how many copies there may be, and compares.
public protocol ShadowKeeper: Sendable {
    /// Whether a copy may be sent now; `ended` follows where it may.
    func begin(on route: Route) -> Bool
    func ended(on route: Route, original: ShadowFigures, copy: ShadowFigures)
}
