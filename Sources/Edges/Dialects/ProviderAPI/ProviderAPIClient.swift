public import GatewayTypes
public import NIOCore

/// Any path of a provider's own API, towards clients: what they send passes as it is, whatever it is.
public struct ProviderAPIClient: ClientDialect {
    public init() {}

    /// Errors of Weir's own are rendered in this dialect.
    public var name: DialectName { .openAI }

    public func parse(_ call: SurfaceCall, body: ByteBuffer) throws(Failure) -> ModelRequest {
        let contentType = call.head[Self.contentType]
        let read = try ProviderAPICall(call, body: body, contentType: contentType)
        var facts = RequestFacts()
        facts.contentType = contentType
        facts.textBytes = read.textBytes
        facts.path = read.path
        facts.opensWebSocket = call.head.opensWebSocket
        return ModelRequest(
            surface: call.surface, askedModel: read.model, stream: read.streams, body: body, facts: facts)
    }

    private static let contentType: HeaderName = "content-type"

    public func neutral(_ request: ModelRequest) throws(Failure) -> NeutralRequest {
        throw Failure(.badRequest, "A provider's own API is served by that provider alone; it is never translated.")
    }

    public func edited(
        _ body: ByteBuffer, of surface: Surface, by edit: RequestEdit
    ) throws(Failure) -> ByteBuffer {
        try RequestEditor(body, edit).finish()
    }

    public func renderer(for request: ModelRequest, exchange: ExchangeID, at time: WallTime) -> any ReplyRenderer {
        Silence()
    }

    /// Renders nothing: no reply to this surface is ever translated.
    private struct Silence: ReplyRenderer {
        let contentType = "application/octet-stream"

        mutating func render(_ event: ModelEvent, into bytes: inout ByteBuffer) {}
        mutating func end(into bytes: inout ByteBuffer) {}
    }

    public func fieldName(_ field: ChatField) -> String { field.rawValue }

    public func render(_ failure: Failure) -> Reply { OpenAIError.reply(failure) }

    /// Nothing: Weir does not know how the reply is framed, and a connection that ends early tells every client.
    public func renderInStream(_ failure: Failure) -> ByteBuffer { ByteBuffer() }
}
