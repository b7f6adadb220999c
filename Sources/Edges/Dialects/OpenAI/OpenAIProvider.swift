public import GatewayTypes
public import NIOCore

/// The OpenAI API towards providers that speak it.
public struct OpenAIProvider: ProviderDialect {
    private let variant: OpenAIVariant?
    private let azureVersion: String?

    /// `variant`: nil, by the target's kind of provider. `azureVersion`: the `api-version` of Azure's paths by
    /// deployment, which is the model; nil: the paths are OpenAI's.
    public init(variant: OpenAIVariant? = nil, azureVersion: String? = nil) {
        self.variant = variant
        self.azureVersion = azureVersion
    }

    public func path(for surface: Surface, model: String, stream: Bool) -> String? {
        if surface == .openAIRealtime { return realtimePath(model) }
        return Self.path(for: surface).map { located($0, model) }
    }

    private static func path(for surface: Surface) -> String? {
        switch surface {
        case .openAIChat: "/chat/completions"
        case .openAIEmbeddings: "/embeddings"
        case .openAICompletions: "/completions"
        case .openAIImages, .openAIImageEdits, .openAITranscriptions, .openAITranslations, .openAISpeech,
            .openAIModerations, .rerank:
            OpenAIOperations.path(for: surface)
        case .openAIResponses, .openAIRealtime, .openAIModels,
            .anthropicMessages, .anthropicCountTokens, .geminiGenerate, .geminiEmbed, .geminiCountTokens,
            .providerAPI, .ask, .askEmbeddings, .feedback, .unknown:
            nil
        }
    }

    public func path(translating operation: Operation, model: String, stream: Bool) -> String? {
        switch operation {
        case .chat: located("/chat/completions", model)
        case .embeddings: located("/embeddings", model)
        case .rerank: located("/rerank", model)
        case .listModels, .textCompletion, .imageGeneration, .transcription, .translation, .speech, .moderation,
            .countTokens, .realtime, .providerAPI:
            nil
        }
    }

    /// A WebSocket's request has no body to name the model in.
    private func realtimePath(_ model: String) -> String {
        let model = PercentEncoding.encode(model)
        guard let azureVersion else { return "/realtime?model=\(model)" }
        return "/openai/realtime?api-version=\(PercentEncoding.encode(azureVersion))&deployment=\(model)"
    }

    /// The path, below the deployment where Azure wants that.
    private func located(_ path: String, _ model: String) -> String {
        guard let azureVersion else { return path }
        return
            "/openai/deployments/\(PercentEncoding.encode(model))\(path)?api-version=\(PercentEncoding.encode(azureVersion))"
    }

    private func variant(of target: Target) -> OpenAIVariant {
        variant ?? OpenAIVariant(providerKind: target.providerKind)
    }

    public func encode(
        _ request: NeutralRequest, for target: Target, outputTokensMax: Int64?
    ) throws(Failure) -> EncodedRequest {
        var encoder = OpenAIRequestEncoder(variant: variant(of: target), target: target)
        return try encoder.encode(request, outputTokensMax: outputTokensMax)
    }

    public func reader(for operation: Operation, target: Target, stream: Bool) -> any ReplyReader {
        FramedReader(OpenAIReader(rule: variant(of: target).usageRule), framing: .byFirstByte)
    }

    /// Never a credential, a cookie or an account's name: those are the provider's target's, not the caller's.
    /// `user-agent` goes on because some providers' edges turn away requests without one; it names a program.
    public let forwardedFields: [HeaderName] = [
        "accept", "user-agent", "openai-beta", "idempotency-key", "x-client-request-id",
        // OpenRouter's attribution of an app.
        "http-referer", "x-title",
    ]

    public let returnedFields: [HeaderName] = [
        "content-type", "x-request-id", "openai-processing-ms", "openai-version", "retry-after", "retry-after-ms",
        "x-should-retry", "x-ratelimit-limit-requests", "x-ratelimit-remaining-requests",
        "x-ratelimit-reset-requests", "x-ratelimit-limit-tokens", "x-ratelimit-remaining-tokens",
        "x-ratelimit-reset-tokens", "x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset",
        "x-groq-region", "x-generation-id", "apim-request-id", "x-ms-region",
    ]

    public let requestIDField: HeaderName = "x-request-id"

    public func encode(
        _ request: ModelRequest, for target: Target, outputTokensMax: Int64?
    ) throws(Failure) -> ByteBuffer {
        if request.operation == .realtime { return request.body }
        return OpenAIOperations.body(request, target)
            ?? OpenAIBodySplice(request, target, variant(of: target), outputTokensMax: outputTokensMax).body
    }

    public func decoder(for request: ModelRequest, target: Target) -> any ReplyDecoder {
        if request.operation == .realtime { return RealtimeTap(awaitsSetup: false) }
        if let decoder = OpenAIOperations.decoder(for: request, target: target) { return decoder }
        let rule = variant(of: target).usageRule
        guard request.stream else { return OpenAIDocumentDecoder(rule: rule) }
        return OpenAIStreamDecoder(rule: rule, hidesUsage: OpenAIBodySplice.addsUsage(request, target))
    }

    public func failure(status: Int, head: UpstreamHead, body: ByteBuffer) -> Failure {
        OpenAIProviderFailure(reply: ProviderErrorReply(status: status, head: head, body: body)).failure(now: .now())
    }
}
