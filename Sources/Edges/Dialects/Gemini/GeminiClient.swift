public import GatewayTypes
import JSON
public import NIOCore

/// The Gemini API towards clients: generateContent, embedContent, batchEmbedContents and countTokens.
public struct GeminiClient: ClientDialect {
    public init() {}

    public var name: DialectName { .gemini }

    public func parse(_ call: SurfaceCall, body: ByteBuffer) throws(Failure) -> ModelRequest {
        let found = try GeminiRequestFacts(try Self.document(body), call.surface)
        let model = GeminiModelName.stripped(call.model ?? found.model ?? "")
        guard !model.isEmpty else {
            throw Failure(.badRequest, "The path names no model; name the model to use.", param: "model")
        }
        var facts = found.facts
        let streams = call.pathStreams && call.surface == .geminiGenerate
        if streams, !Self.asksForEvents(call.head.query) { facts.framing = .array }
        return ModelRequest(surface: call.surface, askedModel: model, stream: streams, body: body, facts: facts)
    }

    static func document(_ body: ByteBuffer) throws(Failure) -> JSONValue {
        guard body.readableBytes > 0 else { throw Failure(.badRequest, "The body is empty; send a JSON object.") }
        do throws(JSONProblem) {
            return try JSONDocument(body, strict: true).root
        } catch {
            throw Failure(inBody: error)
        }
    }

    /// Google takes its own parameters with a dollar sign too.
    private static func asksForEvents(_ query: String?) -> Bool {
        (query ?? "").split(separator: "&").contains { $0 == "alt=sse" || $0 == "$alt=sse" || $0 == "%24alt=sse" }
    }

    public func neutral(_ request: ModelRequest) throws(Failure) -> NeutralRequest {
        let root = try Self.document(request.body)
        guard request.surface != .geminiEmbed else { return .embeddings(GeminiEmbeddings.neutral(root)) }
        var reader = GeminiNeutral()
        return .chat(try reader.read(root, stream: request.stream))
    }

    public func renderer(for request: ModelRequest, exchange: ExchangeID, at time: WallTime) -> any ReplyRenderer {
        let names = GeminiReplyNames(model: request.askedModel, id: exchange.description)
        if request.surface == .geminiEmbed {
            return GeminiEmbeddingsRenderer(isBatch: GeminiEmbeddings.isBatch(request.body))
        }
        guard request.stream else { return GeminiWholeRenderer(names) }
        return GeminiStreamRenderer(names, framing: request.facts.framing)
    }

    public func fieldName(_ field: ChatField) -> String {
        switch field {
        case .temperature, .topP, .topK, .seed, .presencePenalty, .frequencyPenalty:
            "generationConfig." + field.rawValue
        case .stop: "generationConfig.stopSequences"
        case .choiceCount: "generationConfig.candidateCount"
        case .logprobs: "generationConfig.responseLogprobs"
        case .topLogprobs: "generationConfig.logprobs"
        case .format: "generationConfig.responseMimeType"
        case .reasoning: "generationConfig.thinkingConfig"
        case .toolChoice, .parallelToolCalls: "toolConfig.functionCallingConfig"
        case .endUser: "labels.user"
        case .serviceTier: "serviceTier"
        case .embeddingDimensions: "outputDimensionality"
        case .embeddingPurpose: "taskType"
        }
    }

    public func render(_ failure: Failure) -> Reply { GeminiError.reply(failure) }

    public func renderInStream(_ failure: Failure) -> ByteBuffer { renderInStream(failure, framing: .events) }

    public func renderInStream(_ failure: Failure, framing: StreamFraming) -> ByteBuffer {
        var bytes = ByteBuffer()
        switch framing {
        case .events:
            bytes.writeStaticString("data: ")
            GeminiError.write(failure, to: &bytes)
            bytes.writeStaticString("\r\n\r\n")
        case .array:
            // The array is open, and holds an element already: else nothing would have been sent.
            bytes.writeStaticString(",\r\n")
            GeminiError.write(failure, to: &bytes)
            bytes.writeStaticString("]")
        }
        return bytes
    }

    /// The reply to `GET /v1beta/models`: the models in the order given.
    public static func modelsReply(names: [String]) -> Reply {
        var json = JSONBuilder()
        json.openObject()
        json.openArray("models")
        for name in names { write(model: name, to: &json) }
        json.closeArray()
        json.closeObject()
        return Reply(
            status: 200, fields: [ReplyField("content-type", GeminiError.contentType)], body: json.bytes)
    }

    /// The reply to `GET /v1beta/models/{name}`.
    public static func modelReply(_ name: String) -> Reply {
        var json = JSONBuilder()
        write(model: name, to: &json)
        return Reply(
            status: 200, fields: [ReplyField("content-type", GeminiError.contentType)], body: json.bytes)
    }

    private static func write(model name: String, to json: inout JSONBuilder) {
        json.openObject()
        json.member("name", GeminiModelName.resource(name))
        json.member("displayName", name)
        json.openArray("supportedGenerationMethods")
        for method in ["generateContent", "countTokens", "embedContent"] { json.string(method) }
        json.closeArray()
        json.closeObject()
    }
}
