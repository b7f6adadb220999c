public import GatewayTypes
public import NIOCore

/// Amazon Bedrock's runtime: conversations by Converse, vectors by InvokeModel. No client speaks it to Weir's own
/// surfaces, so all requests are translated.
public struct BedrockProvider: ProviderDialect {
    public init() {}

    public func path(for surface: Surface, model: String, stream: Bool) -> String? { nil }

    public func path(translating operation: Operation, model: String, stream: Bool) -> String? {
        switch operation {
        case .chat: "/model/" + PercentEncoding.encode(model) + (stream ? "/converse-stream" : "/converse")
        case .embeddings: "/model/" + PercentEncoding.encode(model) + "/invoke"
        case .listModels, .textCompletion, .imageGeneration, .transcription, .translation, .speech, .moderation,
            .rerank, .countTokens, .realtime, .providerAPI:
            nil
        }
    }

    public let forwardedFields: [HeaderName] = ["accept", "user-agent"]

    public let returnedFields: [HeaderName] = [
        "content-type", "x-amzn-requestid", "x-amzn-errortype", "x-amzn-bedrock-input-token-count",
        "x-amzn-bedrock-output-token-count", "x-amzn-bedrock-cache-read-input-token-count",
        "x-amzn-bedrock-cache-write-input-token-count", "x-amzn-bedrock-invocation-latency",
        "x-amzn-bedrock-content-type", "retry-after",
    ]

    public let requestIDField: HeaderName = "x-amzn-requestid"

    public func encode(
        _ request: ModelRequest, for target: Target, outputTokensMax: Int64?
    ) throws(Failure) -> ByteBuffer {
        request.body
    }

    public func encode(
        _ request: NeutralRequest, for target: Target, outputTokensMax: Int64?
    ) throws(Failure) -> EncodedRequest {
        let model = BedrockModel(target.servedModel.text)
        switch request {
        case .chat(let chat):
            return try ConverseEncoder(chat, model: model, outputTokensMax: outputTokensMax).encoded()
        case .embeddings(let embeddings): return try BedrockEmbeddings.encode(embeddings, model: model)
        case .rerank:
            throw Failure(.badRequest, "Documents cannot be reranked by this provider; name another model.")
        }
    }

    public func decoder(for request: ModelRequest, target: Target) -> any ReplyDecoder {
        TappedReply(BedrockStreamReader(ConverseReader()))
    }

    public func reader(for operation: Operation, target: Target, stream: Bool) -> any ReplyReader {
        switch operation {
        case .embeddings: BedrockStreamReader(BedrockEmbeddingReader())
        case .chat, .listModels, .textCompletion, .imageGeneration, .transcription, .translation, .speech, .moderation,
            .rerank, .countTokens, .realtime, .providerAPI:
            BedrockStreamReader(ConverseReader())
        }
    }

    public func failure(status: Int, head: UpstreamHead, body: ByteBuffer) -> Failure {
        BedrockError.failure(ProviderErrorReply(status: status, head: head, body: body), now: .now())
    }
}
