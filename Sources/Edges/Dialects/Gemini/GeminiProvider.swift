public import GatewayTypes
public import NIOCore

/// The Gemini API towards Google: AI Studio, or Vertex AI.
public struct GeminiProvider: ProviderDialect {
    /// Which of Google's two services serves the models.
    public enum Hosting: Sendable {
        /// `https://generativelanguage.googleapis.com/v1beta`
        case studio
        /// `https://{location}-aiplatform.googleapis.com/v1/projects/{project}/locations/{location}`
        case vertex
    }

    private let hosting: Hosting

    public init(hosting: Hosting = .studio) { self.hosting = hosting }

    // MARK: Paths

    public func path(for surface: Surface, model: String, stream: Bool) -> String? {
        switch surface {
        case .geminiGenerate: path(model, stream ? "streamGenerateContent?alt=sse" : "generateContent")
        case .geminiCountTokens: path(model, "countTokens")
        // Vertex takes one text at a time, or its own shape.
        case .geminiEmbed: hosting == .studio ? path(model, "batchEmbedContents") : nil
        case .openAIChat, .openAIResponses, .openAICompletions, .openAIEmbeddings, .openAIImages, .openAIImageEdits,
            .openAITranscriptions, .openAITranslations, .openAISpeech, .openAIModerations, .openAIRealtime,
            .openAIModels, .rerank, .anthropicMessages, .anthropicCountTokens, .providerAPI, .ask, .askEmbeddings,
            .feedback, .unknown:
            nil
        }
    }

    public func path(translating operation: Operation, model: String, stream: Bool) -> String? {
        switch operation {
        case .chat: path(model, stream ? "streamGenerateContent?alt=sse" : "generateContent")
        case .embeddings:
            switch hosting {
            case .studio: path(model, "batchEmbedContents")
            case .vertex: path(model, GeminiModelName.embedsContent(model) ? "embedContent" : "predict")
            }
        case .listModels, .textCompletion, .imageGeneration, .transcription, .translation, .speech, .moderation,
            .rerank, .countTokens, .realtime, .providerAPI:
            nil
        }
    }

    /// A name with its kind (`tunedModels/x`, `endpoints/7`) is a path already.
    private func path(_ model: String, _ verb: String) -> String {
        let segments = model.split(separator: "/").map { PercentEncoding.encode(String($0), keepingAt: true) }
        let kinds: Set<Substring> = ["models", "tunedModels", "publishers", "endpoints"]
        if segments.count > 1, kinds.contains(Substring(segments[0])) {
            return "/" + segments.joined(separator: "/") + ":" + verb
        }
        let name = PercentEncoding.encode(model, keepingAt: true)
        switch hosting {
        case .studio: return "/models/\(name):\(verb)"
        case .vertex: return "/publishers/google/models/\(name):\(verb)"
        }
    }

    // MARK: Fields

    public let forwardedFields: [HeaderName] = [
        "user-agent", "x-goog-api-client", "x-server-timeout", "x-vertex-ai-llm-request-type",
        "x-vertex-ai-llm-shared-request-type",
    ]

    public let returnedFields: [HeaderName] = ["content-type", "retry-after", "x-gemini-service-tier"]

    /// Google names no request in its fields; its edge at times does.
    public let requestIDField: HeaderName = "x-request-id"

    // MARK: Passing

    public func encode(
        _ request: ModelRequest, for target: Target, outputTokensMax: Int64?
    ) throws(Failure) -> ByteBuffer {
        try GeminiBodySplice.body(request, target, outputTokensMax: outputTokensMax)
    }

    public func decoder(for request: ModelRequest, target: Target) -> any ReplyDecoder {
        if request.surface == .geminiEmbed, !GeminiEmbeddings.isBatch(request.body) { return GeminiEmbeddingReply() }
        guard request.stream else { return TappedReply(FramedReader(GeminiReader(), framing: .document)) }
        switch request.facts.framing {
        case .events: return TappedReply(FramedReader(GeminiReader(), framing: .byFirstByte))
        case .array: return GeminiArrayReply()
        }
    }

    // MARK: Translating

    public func encode(
        _ request: NeutralRequest, for target: Target, outputTokensMax: Int64?
    ) throws(Failure) -> EncodedRequest {
        let model = target.servedModel.text
        switch request {
        case .chat(let chat):
            var encoder = GeminiEncoder(chat, model: model, hosting: hosting)
            return try encoder.encode(outputTokensMax: outputTokensMax)
        case .embeddings(let embeddings):
            return try GeminiEmbeddings.encode(embeddings, model: model, hosting: hosting)
        case .rerank: throw Failure(.badRequest, "Gemini has no reranking; ask a model that has.", param: "model")
        }
    }

    public func reader(for operation: Operation, target: Target, stream: Bool) -> any ReplyReader {
        FramedReader(GeminiReader(), framing: stream ? .byFirstByte : .document)
    }

    public func failure(status: Int, head: UpstreamHead, body: ByteBuffer) -> Failure {
        GeminiProviderFailure.make(ProviderErrorReply(status: status, head: head, body: body), now: .now())
    }
}
