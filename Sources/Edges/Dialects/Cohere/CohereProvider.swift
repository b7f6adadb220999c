public import GatewayTypes
import JSON
public import NIOCore

/// Cohere's API, version 2, towards the provider. The base URL ends in `/v2`.
public struct CohereProvider: ProviderDialect {
    public init() {}

    /// What Weir's clients call rerank is Cohere's own shape; all else is translated.
    public func path(for surface: Surface, model: String, stream: Bool) -> String? {
        switch surface {
        case .rerank: "/rerank"
        case .openAIChat, .openAIResponses, .openAICompletions, .openAIEmbeddings, .openAIImages, .openAIImageEdits,
            .openAITranscriptions, .openAITranslations, .openAISpeech, .openAIModerations, .openAIRealtime,
            .openAIModels, .anthropicMessages, .anthropicCountTokens, .geminiGenerate, .geminiEmbed,
            .geminiCountTokens, .providerAPI, .ask, .askEmbeddings, .feedback, .unknown:
            nil
        }
    }

    public func path(translating operation: Operation, model: String, stream: Bool) -> String? {
        switch operation {
        case .chat: "/chat"
        case .embeddings: "/embed"
        case .rerank: "/rerank"
        case .listModels, .textCompletion, .imageGeneration, .transcription, .translation, .speech, .moderation,
            .countTokens, .realtime, .providerAPI:
            nil
        }
    }

    public let forwardedFields: [HeaderName] = ["accept", "user-agent", "x-client-name"]

    public let returnedFields: [HeaderName] = [
        "content-type", "retry-after", "x-debug-trace-id", "x-api-warning", "num_chars", "num_tokens",
        "x-endpoint-monthly-call-limit", "x-trial-endpoint-call-limit", "x-trial-endpoint-call-remaining",
    ]

    public let requestIDField: HeaderName = "x-debug-trace-id"

    public func encode(
        _ request: ModelRequest, for target: Target, outputTokensMax: Int64?
    ) throws(Failure) -> ByteBuffer {
        guard request.askedModel != target.servedModel.text else { return request.body }
        var splice = JSONSplice()
        splice.replace(request.facts.modelRange, string: target.servedModel.text)
        return splice.apply(to: request.body)
    }

    public func encode(
        _ request: NeutralRequest, for target: Target, outputTokensMax: Int64?
    ) throws(Failure) -> EncodedRequest {
        let model = target.servedModel.text
        switch request {
        case .chat(let chat):
            return try CohereChatEncoder(chat, model: model, outputTokensMax: outputTokensMax).encoded()
        case .embeddings(let embeddings): return Self.encode(embeddings, model)
        case .rerank(let rerank): return Self.encode(rerank, model)
        }
    }

    private static func encode(_ request: EmbeddingsRequest, _ model: String) -> EncodedRequest {
        var json = JSONBuilder()
        json.openObject()
        json.member("model", model)
        json.openArray("texts")
        for text in request.inputs { json.string(text) }
        json.closeArray()
        // Required of all newer models; what a client has not said is most often text to be found later.
        json.member("input_type", request.purpose ?? "search_document")
        json.openArray("embedding_types")
        json.string("float")
        json.closeArray()
        json.member("output_dimension", request.dimensions)
        json.closeObject()
        return EncodedRequest(body: json.bytes, unsupported: request.endUser == nil ? [] : [.endUser])
    }

    private static func encode(_ request: RerankRequest, _ model: String) -> EncodedRequest {
        var json = JSONBuilder()
        json.openObject()
        json.member("model", model)
        json.member("query", request.query)
        json.openArray("documents")
        for document in request.documents { json.string(document) }
        json.closeArray()
        json.member("top_n", request.resultsMax)
        json.closeObject()
        return EncodedRequest(body: json.bytes)
    }

    public func decoder(for request: ModelRequest, target: Target) -> any ReplyDecoder {
        TappedReply(FramedReader(CohereReader(), framing: .byFirstByte))
    }

    public func reader(for operation: Operation, target: Target, stream: Bool) -> any ReplyReader {
        FramedReader(CohereReader(), framing: stream ? .byFirstByte : .document)
    }

    public func failure(status: Int, head: UpstreamHead, body: ByteBuffer) -> Failure {
        CohereProviderFailure(reply: ProviderErrorReply(status: status, head: head, body: body)).failure(now: .now())
    }
}
