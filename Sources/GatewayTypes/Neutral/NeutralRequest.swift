/// A request apart from any dialect: the hub through which a client of one dialect reaches a provider of another.
///
/// Only translated exchanges have one. Where client and provider speak the same dialect, the client's bytes go on.
public enum NeutralRequest: Sendable {
    case chat(ChatRequest)
    case embeddings(EmbeddingsRequest)
    case rerank(RerankRequest)
}

/// Texts to be turned into vectors.
public struct EmbeddingsRequest: Sendable {
    public var inputs: [String] = []
    /// Numbers of each vector; nil: as the model has it.
    public var dimensions: Int64?
    /// Whether the client wants each vector as base64 of little-endian 32-bit floats instead of numbers.
    public var wantsBase64 = false
    /// What the vectors are for, in Cohere's words (`search_document`, `search_query`, `classification`, …).
    public var purpose: String?
    public var endUser: String?
    /// Members of the client's request that the neutral form has no place for, by the client's names.
    public var others: [String] = []

    public init() {}
}

/// Documents to be put in the order of their relevance to a question.
public struct RerankRequest: Sendable {
    public var query = ""
    public var documents: [String] = []
    /// Most results wanted; nil: all.
    public var resultsMax: Int64?
    /// Whether each result repeats its document.
    public var returnsDocuments = false
    public var others: [String] = []

    public init() {}
}
