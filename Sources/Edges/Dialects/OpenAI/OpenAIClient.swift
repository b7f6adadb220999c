public import GatewayTypes
import JSON
public import NIOCore

/// The OpenAI API towards clients: chat completions, embeddings and the list of models.
public struct OpenAIClient: ClientDialect {
    public init() {}

    public var name: DialectName { .openAI }

    public func parse(_ call: SurfaceCall, body: ByteBuffer) throws(Failure) -> ModelRequest {
        let operation = call.surface.operation ?? .providerAPI
        if operation == .listModels {
            return ModelRequest(surface: call.surface, askedModel: "", stream: false, body: body, facts: RequestFacts())
        }
        if operation == .realtime { return try RealtimeCall.request(call) }
        if let request = try OpenAIOperationRequest.parse(call, body) { return request }
        let result = body.withUnsafeReadableBytes { Self.read(operation, $0) }
        switch result {
        case .success(let parser):
            return ModelRequest(
                surface: call.surface, askedModel: parser.model ?? call.model ?? "",
                stream: parser.stream && (operation == .chat || operation == .textCompletion),
                body: body, facts: parser.facts)
        case .failure(let problem): throw Failure(inBody: problem)
        }
    }

    private static func read(
        _ operation: Operation, _ bytes: UnsafeRawBufferPointer
    ) -> Result<OpenAIRequestParser, JSONProblem> {
        guard let scanner = JSONScanner(bytes) else {
            return .failure(.member("", "The body is empty; send a JSON object."))
        }
        var parser = OpenAIRequestParser(scanner)
        do throws(JSONProblem) { try parser.parse(operation) } catch { return .failure(error) }
        return .success(parser)
    }

    public func neutral(_ request: ModelRequest) throws(Failure) -> NeutralRequest {
        try OpenAITranslation.neutral(request)
    }

    public func renderer(for request: ModelRequest, exchange: ExchangeID, at time: WallTime) -> any ReplyRenderer {
        OpenAITranslation.renderer(for: request, exchange: exchange, at: time)
    }

    public func fieldName(_ field: ChatField) -> String { field.openAIName }

    public func render(_ failure: Failure) -> Reply { OpenAIError.reply(failure) }

    public func renderInStream(_ failure: Failure) -> ByteBuffer {
        var bytes = ByteBuffer()
        bytes.writeStaticString("data: ")
        OpenAIError.write(failure, to: &bytes)
        bytes.writeStaticString("\n\n")
        return bytes
    }

    /// The reply to `GET /v1/models/{model}`.
    public func modelReply(_ name: String) -> Reply {
        var body = ByteBuffer()
        Self.write(model: name, to: &body)
        return Reply(status: 200, fields: [ReplyField("content-type", "application/json")], body: body)
    }

    private static func write(model name: String, to body: inout ByteBuffer) {
        body.writeStaticString(#"{"id":"#)
        body.writeJSONString(name)
        body.writeStaticString(#","object":"model","created":0,"owned_by":"weir"}"#)
    }

    /// The reply to `GET /v1/models`: the models in the order given. When they were made is not known: `created` is 0.
    public func modelsReply(names: [String]) -> Reply {
        var body = ByteBuffer()
        body.writeStaticString(#"{"object":"list","data":["#)
        for (position, name) in names.enumerated() {
            if position > 0 { body.writeStaticString(",") }
            Self.write(model: name, to: &body)
        }
        body.writeStaticString("]}")
        return Reply(status: 200, fields: [ReplyField("content-type", "application/json")], body: body)
    }
}
