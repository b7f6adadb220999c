public import GatewayTypes
public import NIOCore

/// The OpenAI API towards providers that speak it.
public struct OpenAIProvider: ProviderDialect {
    public init() {}

    public func path(for surface: Surface, model: String, stream: Bool) -> String? {
        switch surface {
        case .openAIChat: "/chat/completions"
        case .openAIEmbeddings: "/embeddings"
        case .openAICompletions: "/completions"
        case .openAIImages, .openAIImageEdits, .openAITranscriptions, .openAITranslations, .openAISpeech,
            .openAIModerations, .rerank:
            OpenAIOperations.path(for: surface)
        case .openAIResponses, .openAIRealtime, .openAIModels,
            .anthropicMessages, .anthropicCountTokens, .geminiGenerate, .geminiEmbed, .geminiCountTokens,
            .providerAPI, .unknown:
            nil
        }
    }

    public func path(translating operation: Operation, model: String, stream: Bool) -> String? { nil }

    public func encode(
        _ request: NeutralRequest, for target: Target, outputTokensMax: Int64?
    ) throws(Failure) -> EncodedRequest {
        throw Failure(.badRequest, "Not yet.")
    }

    public func reader(for operation: Operation, target: Target, stream: Bool) -> any ReplyReader {
        fatalError("not yet")
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
        OpenAIOperations.body(request, target)
            ?? OpenAIBodySplice(request, target, outputTokensMax: outputTokensMax).body
    }

    public func decoder(for request: ModelRequest, target: Target) -> any ReplyDecoder {
        if let decoder = OpenAIOperations.decoder(for: request, target: target) { return decoder }
        let rule = OpenAIUsageRule(providerKind: target.providerKind)
        guard request.stream else { return OpenAIDocumentDecoder(rule: rule) }
        return OpenAIStreamDecoder(rule: rule, hidesUsage: OpenAIBodySplice.addsUsage(request, target))
    }

    public func failure(status: Int, head: UpstreamHead, body: ByteBuffer) -> Failure {
        OpenAIProviderFailure(status: status, head: head, body: body).failure(now: .now())
    }
}
