/// What a request says of how to generate, for its span alone: nothing is decided by it, and it is not checked.
public struct RequestParameters: Sendable {
    public var topK: Double?
    public var frequencyPenalty: Double?
    public var presencePenalty: Double?
    public var stopSequences: [String] = []
    /// In the client's own word: `low`, `high`, a number of tokens …
    public var reasoningLevel: String?
    /// The reply that the request continues, and the conversation that it belongs to, where the provider keeps them.
    public var previousResponseID: String?
    public var conversationID: String?
    /// Of embeddings: how each vector is written, and of how many numbers it is.
    public var encodingFormat: String?
    public var dimensions: Int64?

    public init() {}
}
