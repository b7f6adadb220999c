public import GatewayTypes
public import NIOCore

/// Any path of a provider's own API, towards that provider: the client's bytes, untouched.
public struct ProviderAPIDialect: ProviderDialect {
    private let dialect: any ProviderDialect

    /// `dialect`: the provider's own, which knows its fields and its errors.
    public init(_ dialect: any ProviderDialect) {
        self.dialect = dialect
        forwardedFields = Self.union(dialect.forwardedFields, Self.requestFields)
        returnedFields = Self.union(dialect.returnedFields, Self.replyFields)
    }

    public func path(for surface: Surface, model: String, stream: Bool) -> String? {
        // The client's own path follows the base URL.
        surface == .providerAPI ? "" : nil
    }

    public func path(translating operation: Operation, model: String, stream: Bool) -> String? { nil }

    public let forwardedFields: [HeaderName]
    public let returnedFields: [HeaderName]

    public var requestIDField: HeaderName { dialect.requestIDField }

    private static func union(_ own: [HeaderName], _ others: [HeaderName]) -> [HeaderName] {
        own + others.filter { !own.contains($0) }
    }

    /// What says how to answer, never who asks: no credential, no cookie, no account.
    private static let requestFields: [HeaderName] = [
        "accept", "accept-language", "user-agent", "idempotency-key", "range", "if-match", "if-none-match",
        "if-modified-since", "if-unmodified-since", "if-range", "x-client-name", "x-client-request-id",
        "openai-beta", "anthropic-version", "anthropic-beta", "http-referer", "x-title",
        "x-goog-api-client", "x-server-timeout", "x-goog-upload-protocol", "x-goog-upload-command",
        "x-goog-upload-offset", "x-goog-upload-header-content-length", "x-goog-upload-header-content-type",
        "x-amzn-bedrock-accept", "x-amzn-bedrock-trace", "x-amzn-bedrock-guardrailidentifier",
        "x-amzn-bedrock-guardrailversion", "x-amzn-bedrock-performanceconfig-latency", "x-amzn-bedrock-service-tier",
        "x-ms-client-request-id",
    ]

    private static let replyFields: [HeaderName] = [
        "content-type", "content-disposition", "content-language", "content-range", "accept-ranges", "etag",
        "last-modified", "cache-control", "expires", "location", "link", "retry-after", "retry-after-ms",
        "x-should-retry", "request-id", "x-request-id", "apim-request-id", "x-ms-region", "x-ms-request-id",
        "operation-location", "openai-processing-ms", "openai-version", "x-generation-id", "x-groq-region",
        "x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset",
        "x-ratelimit-limit-requests", "x-ratelimit-remaining-requests", "x-ratelimit-reset-requests",
        "x-ratelimit-limit-tokens", "x-ratelimit-remaining-tokens", "x-ratelimit-reset-tokens",
        "anthropic-ratelimit-requests-limit", "anthropic-ratelimit-requests-remaining",
        "anthropic-ratelimit-requests-reset", "anthropic-ratelimit-tokens-limit",
        "anthropic-ratelimit-tokens-remaining", "anthropic-ratelimit-tokens-reset",
        "anthropic-ratelimit-input-tokens-limit", "anthropic-ratelimit-input-tokens-remaining",
        "anthropic-ratelimit-input-tokens-reset", "anthropic-ratelimit-output-tokens-limit",
        "anthropic-ratelimit-output-tokens-remaining", "anthropic-ratelimit-output-tokens-reset",
        "x-amzn-requestid", "x-amzn-errortype", "x-amzn-bedrock-content-type",
        "x-amzn-bedrock-input-token-count", "x-amzn-bedrock-output-token-count",
        "x-amzn-bedrock-cache-read-input-token-count", "x-amzn-bedrock-cache-write-input-token-count",
        "x-amzn-bedrock-invocation-latency", "x-amzn-bedrock-service-tier",
        "x-goog-upload-url", "x-goog-upload-status", "x-goog-upload-chunk-granularity", "x-goog-upload-control-url",
        "num_chars", "num_tokens", "x-debug-trace-id", "x-api-warning", "x-endpoint-monthly-call-limit",
        "x-trial-endpoint-call-limit", "x-trial-endpoint-call-remaining",
    ]

    // MARK: Requests

    public func encode(
        _ request: ModelRequest, for target: Target, outputTokensMax: Int64?
    ) throws(Failure) -> ByteBuffer {
        request.body
    }

    public func encode(
        _ request: NeutralRequest, for target: Target, outputTokensMax: Int64?
    ) throws(Failure) -> EncodedRequest {
        throw Failure(.badRequest, "A provider's own API is served by that provider alone; it is never translated.")
    }

    // MARK: Replies

    public func decoder(for request: ModelRequest, target: Target) -> any ReplyDecoder {
        guard !request.facts.opensWebSocket else { return RealtimeTap(awaitsSetup: true) }
        return ProviderReplyDecoder(
            ReplyShape(path: request.facts.path ?? "", isCohere: dialect is CohereProvider),
            rule: OpenAIUsageRule(providerKind: target.providerKind))
    }

    public func reader(for operation: Operation, target: Target, stream: Bool) -> any ReplyReader {
        AnyUsageReader(rule: OpenAIUsageRule(providerKind: target.providerKind))
    }

    /// The reason is the one that the provider's dialect finds; the reply is the provider's own, whatever it is. Only what
    /// is said of a refused key stays here: it is about Weir's key, and may quote a part of it.
    public func failure(status: Int, head: UpstreamHead, body: ByteBuffer) -> Failure {
        var failure = dialect.failure(status: status, head: head, body: body)
        failure.retryable = false
        var known = Set(failure.fields.map(\.name) + ["content-type"])
        // Rendered from the failure itself.
        if failure.retryAfterSeconds != nil { known.insert("retry-after") }
        if failure.reason == .upstreamQuota { known.insert("x-should-retry") }
        failure.fields += head.fields.filter { field in
            !known.contains(field.name) && returnedFields.contains { $0.text == field.name }
        }
        let speaksOfKey = failure.reason == .upstreamUnauthenticated && status != 403
        if !speaksOfKey, failure.upstreamReply == nil {
            failure.upstreamReply = UpstreamErrorReply(
                status: status, contentType: head["content-type"] ?? "application/octet-stream", body: body)
        }
        return failure
    }
}
