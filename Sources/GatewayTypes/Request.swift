public import NIOCore

/// What an exchange is about; one pipeline serves them all.
public enum Request: Sendable {
    case model(ModelRequest)
}

/// What is asked of a model, in the words of `gen_ai.operation.name` where the conventions have one.
public enum Operation: String, CaseIterable, Sendable {
    case chat, embeddings
    case listModels = "list_models"
    case textCompletion = "text_completion"
    case imageGeneration = "image_generation"
    case transcription, translation, speech, moderation, rerank
    case countTokens = "count_tokens"
    case realtime
    /// Any path of a provider's own API.
    case providerAPI = "provider_api"

    @inlinable public var index: Int {
        switch self {
        case .chat: 0
        case .embeddings: 1
        case .listModels: 2
        case .textCompletion: 3
        case .imageGeneration: 4
        case .transcription: 5
        case .translation: 6
        case .speech: 7
        case .moderation: 8
        case .rerank: 9
        case .countTokens: 10
        case .realtime: 11
        case .providerAPI: 12
        }
    }

    /// Whether it may go through the neutral form, so that a provider of another dialect can serve it.
    @inlinable public var isTranslatable: Bool {
        switch self {
        case .chat, .embeddings, .rerank: true
        case .listModels, .textCompletion, .imageGeneration, .transcription, .translation, .speech, .moderation,
            .countTokens, .realtime, .providerAPI:
            false
        }
    }
}

/// The API the client speaks: one per shape of request.
public enum Surface: String, CaseIterable, Sendable {
    case openAIChat = "openai_chat"
    case openAIResponses = "openai_responses"
    case openAICompletions = "openai_completions"
    case openAIEmbeddings = "openai_embeddings"
    case openAIImages = "openai_images"
    case openAIImageEdits = "openai_image_edits"
    case openAITranscriptions = "openai_transcriptions"
    case openAITranslations = "openai_translations"
    case openAISpeech = "openai_speech"
    case openAIModerations = "openai_moderations"
    case openAIRealtime = "openai_realtime"
    case openAIModels = "openai_models"
    case rerank
    case anthropicMessages = "anthropic_messages"
    case anthropicCountTokens = "anthropic_count_tokens"
    case geminiGenerate = "gemini_generate"
    case geminiEmbed = "gemini_embed"
    case geminiCountTokens = "gemini_count_tokens"
    /// A provider's own API, whatever it is.
    case providerAPI = "provider_api"
    /// Weir itself asks a model for a few words, or for vectors: `ModelCaller`. No client can.
    case ask
    case askEmbeddings = "ask_embeddings"
    /// What somebody thinks of a reply: Weir's own.
    case feedback
    /// No API was recognised; errors are rendered in OpenAI's shape.
    case unknown

    @inlinable public var index: Int {
        switch self {
        case .openAIChat: 0
        case .openAIResponses: 1
        case .openAICompletions: 2
        case .openAIEmbeddings: 3
        case .openAIImages: 4
        case .openAIImageEdits: 5
        case .openAITranscriptions: 6
        case .openAITranslations: 7
        case .openAISpeech: 8
        case .openAIModerations: 9
        case .openAIRealtime: 10
        case .openAIModels: 11
        case .rerank: 12
        case .anthropicMessages: 13
        case .anthropicCountTokens: 14
        case .geminiGenerate: 15
        case .geminiEmbed: 16
        case .geminiCountTokens: 17
        case .providerAPI: 18
        case .ask: 19
        case .askEmbeddings: 20
        case .feedback: 21
        case .unknown: 22
        }
    }

    @inlinable public var operation: Operation? {
        switch self {
        case .openAIChat, .openAIResponses, .anthropicMessages, .geminiGenerate, .ask: .chat
        case .openAICompletions: .textCompletion
        case .openAIEmbeddings, .geminiEmbed, .askEmbeddings: .embeddings
        case .openAIImages, .openAIImageEdits: .imageGeneration
        case .openAITranscriptions: .transcription
        case .openAITranslations: .translation
        case .openAISpeech: .speech
        case .openAIModerations: .moderation
        case .openAIRealtime: .realtime
        case .openAIModels: .listModels
        case .rerank: .rerank
        case .anthropicCountTokens, .geminiCountTokens: .countTokens
        case .providerAPI: .providerAPI
        case .feedback, .unknown: nil
        }
    }
}

/// A request to a model: the client's bytes, and the facts that one forward scan of them found.
public struct ModelRequest: Sendable {
    public let surface: Surface
    public let operation: Operation
    /// The model as the client named it.
    public let askedModel: String
    /// Whether the client asked for a streamed reply.
    public let stream: Bool
    public let body: ByteBuffer
    public let facts: Boxed<RequestFacts>

    public init(surface: Surface, askedModel: String, stream: Bool, body: ByteBuffer, facts: RequestFacts) {
        self.surface = surface
        operation = surface.operation ?? .providerAPI
        self.askedModel = askedModel
        self.stream = stream
        self.body = body
        self.facts = Boxed(facts)
    }

    /// Length of the body, for rooms that do not read it.
    public var bodyBytes: Int { body.readableBytes }
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
    public var parameters = RequestParameters()
    /// How a streamed reply is framed towards the client.
    public var framing = StreamFraming.events
    /// Characters to be spoken, images to be made, documents to be ordered: what some operations are billed by.
    public var billedUnits: Int64?
    /// Whether it goes on as a WebSocket, over which both sides talk until one of them ends it.
    public var opensWebSocket = false
    /// The media type of the body where it is not JSON (`multipart/form-data; boundary=…`), as the client sent it.
    public var contentType: String?
    /// Where a provider's own API was called: the path below its base URL, as it came.
    public var path: String?

    public init() {}
}

/// How the pieces of a streamed reply are told apart.
public enum StreamFraming: String, Sendable {
    /// Server-sent events.
    case events
    /// One JSON array whose elements come one by one (Gemini without `alt=sse`).
    case array
}
