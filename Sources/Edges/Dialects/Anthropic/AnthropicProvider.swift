public import GatewayTypes
public import NIOCore

/// Anthropic's Messages API towards those who host its models.
public struct AnthropicProvider: ProviderDialect {
    /// Whose API it is; they differ in where the model stands, and in how the API's version is said.
    public enum Hosting: String, CaseIterable, Sendable {
        /// Anthropic itself, or who looks like it. Base URL: `https://api.anthropic.com`.
        case anthropic
        /// Google. Base URL: `https://….googleapis.com/v1/projects/{project}/locations/{location}`.
        case vertex

        /// The version that stands in the body; nil: in the head.
        var bodyVersion: String? {
            switch self {
            case .anthropic: nil
            case .vertex: "vertex-2023-10-16"
            }
        }
    }

    let hosting: Hosting

    public init(hosting: Hosting = .anthropic) { self.hosting = hosting }

    public func path(for surface: Surface, model: String, stream: Bool) -> String? {
        switch surface {
        case .anthropicMessages: path(translating: .chat, model: model, stream: stream)
        case .anthropicCountTokens:
            switch hosting {
            case .anthropic: "/v1/messages/count_tokens"
            case .vertex: "/publishers/anthropic/models/count-tokens:rawPredict"
            }
        case .openAIChat, .openAIEmbeddings, .openAIResponses, .openAICompletions, .openAIImages, .openAIImageEdits,
            .openAITranscriptions, .openAITranslations, .openAISpeech, .openAIModerations, .openAIRealtime,
            .openAIModels, .rerank, .geminiGenerate, .geminiEmbed, .geminiCountTokens, .providerAPI, .ask,
            .askEmbeddings, .feedback, .unknown:
            nil
        }
    }

    public func path(translating operation: Operation, model: String, stream: Bool) -> String? {
        guard operation == .chat else { return nil }
        return switch hosting {
        case .anthropic: "/v1/messages"
        case .vertex:
            "/publishers/anthropic/models/\(PercentEncoding.encode(model, keepingAt: true)):\(stream ? "streamRawPredict" : "rawPredict")"
        }
    }

    /// Never a credential or an account's name: those are the target's, not the caller's.
    public let forwardedFields: [HeaderName] = [
        "accept", "user-agent", "anthropic-version", "anthropic-beta", "anthropic-dangerous-direct-browser-access",
        "idempotency-key", "x-app", "x-stainless-retry-count",
    ]

    /// Anthropic refuses a request that says no version.
    public var defaultFields: [ReplyField] {
        switch hosting {
        case .anthropic: [ReplyField("anthropic-version", "2023-06-01")]
        case .vertex: []
        }
    }

    public let returnedFields: [HeaderName] =
        ["content-type", "request-id", "retry-after", "retry-after-ms", "x-should-retry"]
        + [
            "requests", "tokens", "input-tokens", "output-tokens", "priority-input-tokens", "priority-output-tokens",
        ].flatMap { kind in
            ["limit", "remaining", "reset"].map { HeaderName("anthropic-ratelimit-\(kind)-\($0)") }
        }
        + ["priority-input-tokens", "priority-output-tokens"].flatMap { kind in
            ["limit", "remaining", "reset"].map { HeaderName("anthropic-\(kind)-\($0)") }
        }

    public let requestIDField: HeaderName = "request-id"

    public func encode(
        _ request: ModelRequest, for target: Target, outputTokensMax: Int64?
    ) throws(Failure) -> ByteBuffer {
        AnthropicBodySplice(request, target, outputTokensMax: outputTokensMax, hosting: hosting).body
    }

    public func encode(
        _ request: NeutralRequest, for target: Target, outputTokensMax: Int64?
    ) throws(Failure) -> EncodedRequest {
        switch request {
        case .chat(let chat):
            var writer = AnthropicRequestWriter(chat, for: target, outputTokensMax: outputTokensMax, hosting: hosting)
            return try writer.write()
        case .embeddings: throw Failure(.badRequest, "This provider makes no embeddings; name another model.")
        case .rerank: throw Failure(.badRequest, "This provider ranks no documents; name another model.")
        }
    }

    public func decoder(for request: ModelRequest, target: Target) -> any ReplyDecoder {
        TappedReply(reader(for: request.operation, target: target, stream: request.stream))
    }

    public func reader(for operation: Operation, target: Target, stream: Bool) -> any ReplyReader {
        FramedReader(AnthropicReader(), framing: .byFirstByte)
    }

    public func failure(status: Int, head: UpstreamHead, body: ByteBuffer) -> Failure {
        AnthropicProviderFailure(reply: ProviderErrorReply(status: status, head: head, body: body)).failure(now: .now())
    }
}
