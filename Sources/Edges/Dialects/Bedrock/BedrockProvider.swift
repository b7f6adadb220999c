public import GatewayTypes
public import NIOCore

/// Amazon Bedrock's runtime: conversations by Converse, vectors by InvokeModel. No client speaks it to Weir's own
/// surfaces, so all requests are translated.
public struct BedrockProvider: ProviderDialect {
    public init() {}

    public func path(for surface: Surface, model: String, stream: Bool) -> String? { nil }

    public func path(translating operation: Operation, model: String, stream: Bool) -> String? {
        switch operation {
        case .chat: "/model/" + Self.escaped(model) + (stream ? "/converse-stream" : "/converse")
        case .embeddings: "/model/" + Self.escaped(model) + "/invoke"
        case .listModels, .textCompletion, .imageGeneration, .transcription, .translation, .speech, .moderation,
            .rerank, .countTokens, .realtime, .providerAPI:
            nil
        }
    }

    /// Percent-encoded once: all but RFC 3986's unreserved characters, so that `:` and an ARN's `/` are data.
    private static func escaped(_ model: String) -> String {
        var text = ""
        for byte in model.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                text.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                let digits = String(byte, radix: 16, uppercase: true)
                text += digits.utf8.count == 1 ? "%0" + digits : "%" + digits
            }
        }
        return text
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
        BedrockError.failure(status: status, head: head, body: body, now: .now())
    }
}
