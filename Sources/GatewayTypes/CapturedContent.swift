public import NIOCore

/// Which of its exchanges' content a route shows in traces; nothing unless its configuration asks for it.
public enum Capture: String, CaseIterable, Sendable {
    case none, input, output, both

    public var hasInput: Bool { self == .input || self == .both }
    public var hasOutput: Bool { self == .output || self == .both }
}

/// What a request says to a model.
public enum RequestContent: Sendable {
    case chat(ChatRequest)
    /// Each by itself: inputs of an embedding, a question and its documents, prompts.
    case texts([String])

    public init(_ neutral: NeutralRequest) {
        switch neutral {
        case .chat(let chat): self = .chat(chat)
        case .embeddings(let embeddings): self = .texts(embeddings.inputs)
        case .rerank(let rerank): self = .texts([rerank.query] + rerank.documents)
        }
    }
}

/// What was said in one exchange, as bytes: those that the loop had at hand anyway. They are read when its spans are
/// made, off the loop.
public final class CapturedContent: Sendable {
    /// How the reply is read.
    public struct Reply: Sendable {
        public let dialect: any ProviderDialect
        public let target: Target
        /// As the provider sent them.
        public let bytes: ByteBuffer
        /// Whether more came than was kept.
        public let isCut: Bool

        public init(dialect: any ProviderDialect, target: Target, bytes: ByteBuffer, isCut: Bool) {
            self.dialect = dialect
            self.target = target
            self.bytes = bytes
            self.isCut = isCut
        }
    }

    public let capture: Capture
    private let request: ModelRequest
    private let dialect: any ClientDialect
    private let reply: Reply?

    /// Longest request that is read, in bytes.
    public static let requestBytesMax = 4 << 20
    /// Most bytes of a reply that are kept.
    public static let replyBytesMax = 1 << 20

    /// `reply`: nil where no provider answered.
    public init(capture: Capture, request: ModelRequest, dialect: any ClientDialect, reply: Reply?) {
        self.capture = capture
        self.request = request
        self.dialect = dialect
        self.reply = reply
    }

    /// Memory that it keeps from being freed, in bytes.
    public var byteCount: Int { request.body.readableBytes + (reply?.bytes.readableBytes ?? 0) }

    public var replyIsCut: Bool { reply?.isCut ?? false }

    /// What was asked; nil where it is too long, or holds what cannot be read.
    public var asked: RequestContent? {
        guard request.body.readableBytes <= Self.requestBytesMax else { return nil }
        return dialect.content(of: request)
    }

    /// What the provider said.
    public var events: [ModelEvent] {
        guard let reply else { return [] }
        var reader = reply.dialect.reader(for: request.operation, target: reply.target, stream: request.stream)
        var events: [ModelEvent] = []
        reader.read(reply.bytes, into: &events)
        reader.end(into: &events)
        return events
    }
}
