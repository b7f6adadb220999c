public import NIOCore

/// What an exchange is about; one pipeline serves them all.
public enum Request: Sendable {
    case model(ModelRequest)
}

/// The GenAI operation, in the words of `gen_ai.operation.name` where the conventions have one.
public enum Operation: String, CaseIterable, Sendable {
    case chat, embeddings
    case listModels = "list_models"

    @inlinable public var index: Int {
        switch self {
        case .chat: 0
        case .embeddings: 1
        case .listModels: 2
        }
    }
}

/// The API the client speaks: one per shape of request and error.
public enum Surface: String, CaseIterable, Sendable {
    case openAIChat = "openai_chat"
    case openAIEmbeddings = "openai_embeddings"
    case openAIModels = "openai_models"
    /// No API was recognised; errors are rendered in OpenAI's shape.
    case unknown
}

/// A request to a model: the client's bytes, and the facts that one forward scan of them found.
public struct ModelRequest: Sendable {
    public let operation: Operation
    /// The model as the client named it.
    public let askedModel: String
    /// Whether the client asked for a streamed reply.
    public let stream: Bool
    public let body: ByteBuffer
    public let facts: RequestFacts

    public init(operation: Operation, askedModel: String, stream: Bool, body: ByteBuffer, facts: RequestFacts) {
        self.operation = operation
        self.askedModel = askedModel
        self.stream = stream
        self.body = body
        self.facts = facts
    }
}

/// Facts of a request's body. Ranges count bytes from the body's reader index.
public struct RequestFacts: Sendable {
    /// The value of `model` with its quotes.
    public var modelRange: Range<Int> = 0..<0
    /// Where the top-level object's first member could be inserted (just behind `{`).
    public var objectStart = 0
    /// The value of `stream_options` (an object or `null`), where the client sent one.
    public var streamOptionsRange: Range<Int>?
    /// The value of `stream_options.include_usage`, where the client sent one.
    public var includeUsageRange: Range<Int>?
    public var includeUsage = false
    /// `max_completion_tokens`, else `max_tokens`.
    public var outputTokensMax: Int64?
    /// The values of `max_tokens` and `max_completion_tokens` (a number or `null`), where the client sent them.
    public var maxTokensRange: Range<Int>?
    public var maxCompletionTokensRange: Range<Int>?
    /// Bytes of text in messages or input: the basis of a token estimate.
    public var textBytes = 0
    public var imageCount = 0
    public var toolCount = 0
    public var messageCount = 0
    public var wantsJSONSchema = false
    public var serviceTier: String?
    /// `user` or `safety_identifier`, as the client sent it.
    public var endUser: String?
    public var temperature: Double?
    public var topP: Double?
    public var choiceCount: Int64 = 1
    public var seed: Int64?

    public init() {}
}
