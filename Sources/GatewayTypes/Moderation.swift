/// A service of somebody else's that says what a text is about: hate, violence, an attack. The roof implements it.
public protocol Moderator: Sendable {
    /// The categories that it may name, in Weir's words: `[a-z0-9_]+`.
    var categories: [String] { get }
    /// Throws where it could not be asked or does not answer in time, and while it is left alone after failures.
    func moderate(_ text: ModeratedText, for asker: Asker) async throws(Failure) -> Moderation
}

/// What a moderation service is given.
public struct ModeratedText: Sendable {
    /// Whether it is what a model said, instead of what it was asked.
    public let isOutput: Bool
    public let text: String

    public init(isOutput: Bool, text: String) {
        self.isOutput = isOutput
        self.text = text
    }
}

/// What a moderation service found.
public struct Moderation: Sendable, Equatable {
    public struct Score: Sendable, Equatable {
        public let category: String
        /// 0 … 1: how sure, or how grave, as the service has it.
        public let score: Double

        public init(_ category: String, _ score: Double) {
            self.category = category
            self.score = score
        }
    }

    public let scores: [Score]
    /// The service's own word, where it gives one: above thresholds of its own.
    public let isFlagged: Bool

    public init(scores: [Score], isFlagged: Bool) {
        self.scores = scores
        self.isFlagged = isFlagged
    }
}
