public import GatewayTypes
import JSON
public import NIOCore

/// OpenAI's Responses API towards clients: `POST /v1/responses`.
public struct ResponsesClient: ClientDialect {
    public init() {}

    public var name: DialectName { .responses }

    public func parse(_ call: SurfaceCall, body: ByteBuffer) throws(Failure) -> ModelRequest {
        do throws(JSONProblem) {
            let reader = try ResponsesRequestReader(try JSONDocument(body, strict: true).root)
            guard let model = reader.model ?? call.model else {
                throw .member("model", "`model` is missing; name the model to use.")
            }
            return ModelRequest(
                surface: call.surface, askedModel: model, stream: reader.stream, body: body, facts: reader.facts)
        } catch {
            throw Failure(inBody: error)
        }
    }

    public func neutral(_ request: ModelRequest) throws(Failure) -> NeutralRequest {
        let document: JSONDocument
        do throws(JSONProblem) { document = try JSONDocument(request.body) } catch { throw Failure(inBody: error) }
        return .chat(try ResponsesRequestTranslation(document.root).chat)
    }

    public func renderer(for request: ModelRequest, exchange: ExchangeID, at time: WallTime) -> any ReplyRenderer {
        ResponsesRenderer(ResponsesEcho(request), exchange: exchange, at: time, streams: request.stream)
    }

    public func fieldName(_ field: ChatField) -> String {
        switch field {
        case .temperature: "temperature"
        case .topP: "top_p"
        case .topK: "top_k"
        case .stop: "stop"
        case .choiceCount: "n"
        case .seed: "seed"
        case .presencePenalty: "presence_penalty"
        case .frequencyPenalty: "frequency_penalty"
        case .logprobs: "include"
        case .topLogprobs: "top_logprobs"
        case .format: "text.format"
        case .reasoning: "reasoning"
        case .toolChoice: "tool_choice"
        case .parallelToolCalls: "parallel_tool_calls"
        case .endUser: "safety_identifier"
        case .serviceTier: "service_tier"
        case .embeddingDimensions: "dimensions"
        case .embeddingPurpose: "input_type"
        }
    }

    public func render(_ failure: Failure) -> Reply { OpenAIError.reply(failure) }

    /// The flat members are those of the documented event; SDKs raise on `error`.
    public func renderInStream(_ failure: Failure) -> ByteBuffer {
        var json = JSONBuilder(ByteBuffer(string: "event: error\ndata: "))
        json.openObject()
        json.member("type", "error")
        // What the events before were numbered is not known here.
        json.member("sequence_number", Int64(0))
        json.member("code", failure.reason.rawValue)
        json.member("message", failure.message)
        json.key("param")
        if let param = failure.param { json.string(param) } else { json.null() }
        var error = ByteBuffer()
        OpenAIError.write(failure, to: &error)
        // `{"error":{…}}` without its first brace, as the last member and the end.
        error.moveReaderIndex(forwardBy: 1)
        var bytes = json.bytes
        bytes.writeStaticString(",")
        bytes.writeImmutableBuffer(error)
        bytes.writeStaticString("\n\n")
        return bytes
    }
}
