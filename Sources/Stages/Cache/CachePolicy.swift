/// What is kept of one route's replies, and for whom.
public struct CachePolicy: Sendable {
    /// Who shares replies with whom. Nobody shares across it, whatever else is the same.
    public enum Scope: String, CaseIterable, Sendable {
        case team
        /// A caller by one of its keys.
        case caller
        /// Everybody who may use the model.
        case route
    }

    /// Seconds that a reply is good for; greater than 0.
    public var ttlSeconds = 3_600.0
    public var scope = Scope.team
    /// Whether the end user that the body names (`user`) keeps apart too; the header `x-weir-end-user` always does.
    public var separatesEndUsers = false
    /// Whether requests that ask for chance (a temperature above 0 and no seed) are left alone.
    public var onlyDeterministic = false
    /// Longer replies are not kept.
    public var replyBytesMax = 1 << 20
    /// The longest pause of a stream that is as slow as it was; 0: all at once.
    public var pauseSecondsMax = 0.0
    /// How long an exchange waits for another one that asked the same before it asks by itself; 0: never.
    public var waitSeconds = 30.0
    /// Nil: only the same request is answered.
    public var semantic: SemanticPolicy?

    public init() {}
}

/// When a question counts as the same as one of earlier.
public struct SemanticPolicy: Sendable {
    /// One of the configuration's models, for embeddings.
    public let model: String
    /// The cosine of the two questions' vectors that is near enough, 0 … 1.
    public var threshold = 0.9
    /// Seconds; older replies are not taken.
    public var ageSecondsMax = 3_600.0
    /// Questions that are remembered of the route; the oldest go first.
    public var entriesMax = 10_000
    /// Longest wait for the vector; without one the request goes on.
    public var deadlineSeconds = 0.5
    /// Longer questions are not compared.
    public var textBytesMax = 4_096

    public init(model: String) { self.model = model }
}
