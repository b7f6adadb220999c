public import GatewayTypes
public import NIOCore

extension RequestHead {
    /// The head of a request with those fields.
    public static func sample(
        _ fields: [(name: String, value: String)] = [], path: String = "/", clientAddress: String = ""
    ) -> RequestHead {
        var bytes = ByteBuffer()
        let places = fields.map { name, value in
            let start = bytes.writerIndex
            bytes.writeString(name + value)
            return Field(
                nameStart: start, nameLength: name.utf8.count, valueStart: start + name.utf8.count,
                valueLength: value.utf8.count)
        }
        return RequestHead(
            bytes: bytes, method: .post, path: path, query: nil, fields: places, clientAddress: clientAddress)
    }
}

extension TraceContext {
    public static let sample = TraceContext(
        traceHigh: 1, traceLow: 1, spanID: 1, parentSpanID: nil, flags: 0, state: nil)
}

extension Exchange {
    /// A chat completion that somebody asks for, of which a test says what matters to it.
    public static func sample(
        id: UInt64 = 1, arrived: Moment = .zero, arrivedAt: WallTime = .now(), head: RequestHead = .sample(),
        surface: Surface = .openAIChat, askedModel: String = "smart", stream: Bool = false,
        body: ByteBuffer = ByteBuffer(), facts: RequestFacts = RequestFacts(), isAsked: Bool = false
    ) -> Exchange {
        Exchange(
            id: ExchangeID(high: 0, low: id), trace: .sample, arrived: arrived, arrivedAt: arrivedAt,
            deadline: .distantFuture, head: head, surface: surface,
            request: .model(
                ModelRequest(surface: surface, askedModel: askedModel, stream: stream, body: body, facts: facts)),
            isAsked: isAsked)
    }
}
