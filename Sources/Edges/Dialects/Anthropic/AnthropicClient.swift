public import GatewayTypes
import JSON
public import NIOCore

/// Anthropic's Messages API towards clients: messages, the counting of their tokens, and the list of models.
public struct AnthropicClient: ClientDialect {
    public init() {}

    public var name: DialectName { .anthropic }

    public func parse(_ call: SurfaceCall, body: ByteBuffer) throws(Failure) -> ModelRequest {
        do throws(JSONProblem) {
            let document = try JSONDocument(body, strict: true)
            let facts = try AnthropicRequestFacts(document.root, model: call.model)
            return ModelRequest(
                surface: call.surface, askedModel: facts.model, stream: facts.stream && call.surface.operation == .chat,
                body: body, facts: facts.facts)
        } catch {
            throw Failure(inBody: error)
        }
    }

    public func neutral(_ request: ModelRequest) throws(Failure) -> NeutralRequest {
        let document: JSONDocument
        do throws(JSONProblem) { document = try JSONDocument(request.body) } catch { throw Failure(inBody: error) }
        var reader = AnthropicRequestReader()
        try reader.read(document.root)
        reader.chat.stream = request.stream
        reader.chat.streamsUsage = request.stream
        return .chat(reader.chat)
    }

    public func renderer(for request: ModelRequest, exchange: ExchangeID, at time: WallTime) -> any ReplyRenderer {
        let fallback = AnthropicReplyNames(id: "msg_\(exchange)", model: request.askedModel)
        return request.stream ? AnthropicStreamRenderer(fallback) : AnthropicDocumentRenderer(fallback)
    }

    public func fieldName(_ field: ChatField) -> String {
        switch field {
        case .temperature: "temperature"
        case .topP: "top_p"
        case .topK: "top_k"
        case .stop: "stop_sequences"
        case .format: "output_config.format"
        case .reasoning: "thinking"
        case .toolChoice: "tool_choice"
        case .parallelToolCalls: "tool_choice.disable_parallel_tool_use"
        case .endUser: "metadata.user_id"
        case .serviceTier: "service_tier"
        case .choiceCount, .seed, .presencePenalty, .frequencyPenalty, .logprobs, .topLogprobs, .embeddingDimensions,
            .embeddingPurpose:
            // No request in this dialect can ask for them.
            field.rawValue
        }
    }

    public func render(_ failure: Failure) -> Reply { AnthropicError.reply(failure) }

    public func renderInStream(_ failure: Failure) -> ByteBuffer { AnthropicError.event(failure) }

    /// The reply to `GET /v1/models`: the models in the order given. When they were made is not known: the epoch.
    public static func modelsReply(names: [String]) -> Reply {
        var json = JSONBuilder()
        json.openObject()
        json.openArray("data")
        for name in names { write(model: name, to: &json) }
        json.closeArray()
        json.member("has_more", false)
        json.key("first_id")
        if let first = names.first { json.string(first) } else { json.null() }
        json.key("last_id")
        if let last = names.last { json.string(last) } else { json.null() }
        json.closeObject()
        return Reply(status: 200, fields: [ReplyField("content-type", "application/json")], body: json.bytes)
    }

    /// The reply to `GET /v1/models/{name}`.
    public static func modelReply(_ name: String) -> Reply {
        var json = JSONBuilder()
        write(model: name, to: &json)
        return Reply(status: 200, fields: [ReplyField("content-type", "application/json")], body: json.bytes)
    }

    private static func write(model name: String, to json: inout JSONBuilder) {
        json.openObject()
        json.member("type", "model")
        json.member("id", name)
        json.member("display_name", name)
        json.member("created_at", "1970-01-01T00:00:00Z")
        json.closeObject()
    }
}
