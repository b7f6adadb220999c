public import NIOCore

/// The shapes of API that Weir knows. The same on both sides of an exchange: its bytes pass. Different: it is translated.
public enum DialectName: String, CaseIterable, Sendable {
    /// OpenAI's API but for `/responses`: chat completions, embeddings, images, audio …
    case openAI = "openai"
    case responses, anthropic, gemini, bedrock, cohere
}

/// What a client called: the surface, and what its path and head say beside the body.
public struct SurfaceCall: Sendable {
    public let surface: Surface
    /// The model where the path names it (Gemini, Azure), decoded; nil: the body does.
    public let model: String?
    /// Whether the path asks for a stream (Gemini's `:streamGenerateContent`).
    public let pathStreams: Bool
    public let head: RequestHead

    public init(surface: Surface, model: String? = nil, pathStreams: Bool = false, head: RequestHead) {
        self.surface = surface
        self.model = model
        self.pathStreams = pathStreams
        self.head = head
    }
}

/// The shape of an API towards clients: reads requests, renders replies and failures.
public protocol ClientDialect: Sendable {
    var name: DialectName { get }
    /// Finds the facts of a request, or says what is wrong with it.
    func parse(_ call: SurfaceCall, body: ByteBuffer) throws(Failure) -> ModelRequest
    /// The request apart from its dialect, for a target of another. Only of surfaces that can be translated.
    func neutral(_ request: ModelRequest) throws(Failure) -> NeutralRequest
    /// What the request says to a model, for those who may see it; nil where that cannot be read.
    func content(of request: ModelRequest) -> RequestContent?
    /// The body with only that changed, for `parse` to read again. Parameters that the dialect has no word for are left out.
    func edited(_ body: ByteBuffer, of surface: Surface, by edit: RequestEdit) throws(Failure) -> ByteBuffer
    /// Renders a translated reply to `request`. `exchange` stands in for a reply's id where the provider gives none.
    func renderer(for request: ModelRequest, exchange: ExchangeID, at time: WallTime) -> any ReplyRenderer
    /// What this dialect calls a part of the neutral form.
    func fieldName(_ field: ChatField) -> String
    /// The whole reply that tells a client of a failure.
    func render(_ failure: Failure) -> Reply
    /// The bytes that tell a client of a failure inside a stream that has begun.
    func renderInStream(_ failure: Failure) -> ByteBuffer
    /// The same inside a stream of that framing.
    func renderInStream(_ failure: Failure, framing: StreamFraming) -> ByteBuffer
}

extension ClientDialect {
    public func content(of request: ModelRequest) -> RequestContent? {
        (try? neutral(request)).map { RequestContent($0) }
    }

    public func renderInStream(_ failure: Failure, framing: StreamFraming) -> ByteBuffer { renderInStream(failure) }
}

/// Turns events into a reply's bytes in one dialect.
public protocol ReplyRenderer {
    /// The media type of what it renders.
    var contentType: String { get }
    /// Appends what an event looks like; nothing where it shows only later.
    mutating func render(_ event: ModelEvent, into bytes: inout ByteBuffer)
    /// All events have been: appends what is left (of a whole reply, all).
    mutating func end(into bytes: inout ByteBuffer)
}

/// A body for a provider, and what of the neutral form it could not say.
public struct EncodedRequest: Sendable {
    public var body: ByteBuffer
    /// What the dialect or model cannot do: refused, or dropped where the configuration says so.
    public var unsupported: [ChatField]

    public init(body: ByteBuffer, unsupported: [ChatField] = []) {
        self.body = body
        self.unsupported = unsupported
    }
}

/// The shape of an API towards a provider.
public protocol ProviderDialect: Sendable {
    /// The path and query below the provider's base URL by which it serves a surface as the client wrote it; nil where
    /// it does not.
    func path(for surface: Surface, model: String, stream: Bool) -> String?
    /// The path and query for a translated request; nil where the dialect lacks the operation.
    func path(translating operation: Operation, model: String, stream: Bool) -> String?
    /// The request's fields that are passed on to the provider; all others are dropped.
    var forwardedFields: [HeaderName] { get }
    /// The fields that the provider must be sent where the client gave none to pass on (its API's version).
    var defaultFields: [ReplyField] { get }
    /// The reply's fields that are passed on to the client; all others are dropped.
    var returnedFields: [HeaderName] { get }
    /// The field of the reply that holds the provider's own id of the request.
    var requestIDField: HeaderName { get }
    /// The body to send: the client's bytes with only what must change spliced. `outputTokensMax`: the reply may have no
    /// more output tokens, whatever the client asked for; nil: as the client asked.
    func encode(_ request: ModelRequest, for target: Target, outputTokensMax: Int64?) throws(Failure) -> ByteBuffer
    /// The body of a translated request. Throws where a part of the conversation itself cannot be said.
    func encode(_ request: NeutralRequest, for target: Target, outputTokensMax: Int64?) throws(Failure)
        -> EncodedRequest
    /// A fresh decoder for the reply to `request`, whose bytes pass.
    func decoder(for request: ModelRequest, target: Target) -> any ReplyDecoder
    /// A fresh reader for the reply to a translated request.
    func reader(for operation: Operation, target: Target, stream: Bool) -> any ReplyReader
    /// Makes a failure of an error reply: reason, retryable, retry-after.
    func failure(status: Int, head: UpstreamHead, body: ByteBuffer) -> Failure
}

extension ProviderDialect {
    public var defaultFields: [ReplyField] { [] }
}

/// Follows a reply's bytes: learns facts and says which bytes go on. Equal for every split of the bytes.
public protocol ReplyDecoder {
    /// The media type of what it passes on; nil: the provider's.
    var contentType: String? { get }
    /// The reply's head, before any of its bytes: some providers tell usage there, and how the body is framed.
    mutating func begin(_ head: UpstreamHead, into facts: inout ReplyFacts)
    /// The bytes to pass on for these bytes; may be empty, may hold bytes of earlier calls.
    mutating func decode(_ bytes: ByteBuffer, into facts: inout ReplyFacts) -> ByteBuffer
    /// What the client sends while the reply comes, where both talk at once (`RequestFacts.opensWebSocket`).
    mutating func follow(sent bytes: ByteBuffer, into facts: inout ReplyFacts)
    /// The reply has ended; the bytes still to pass on.
    mutating func end(into facts: inout ReplyFacts) -> ByteBuffer
    /// Nothing more will be read; the bytes that were held back until then.
    mutating func release(into facts: inout ReplyFacts) -> ByteBuffer
}

extension ReplyDecoder {
    public mutating func release(into facts: inout ReplyFacts) -> ByteBuffer { ByteBuffer() }

    public var contentType: String? { nil }

    public mutating func begin(_ head: UpstreamHead, into facts: inout ReplyFacts) {}

    public mutating func follow(sent bytes: ByteBuffer, into facts: inout ReplyFacts) {}
}

/// Turns a reply's bytes into events. The same events for every split of the bytes, but for where text is cut.
public protocol ReplyReader {
    mutating func read(_ bytes: ByteBuffer, into events: inout [ModelEvent])
    /// The reply has ended.
    mutating func end(into events: inout [ModelEvent])
}

/// A reply on its way from one dialect into another.
public struct TranslatedReply: ReplyDecoder {
    private var reader: any ReplyReader
    private var renderer: any ReplyRenderer
    private var events: [ModelEvent] = []
    /// The most bytes rendered at once: the next ones seldom need more.
    private var bytesMost = 512

    public init(reader: any ReplyReader, renderer: any ReplyRenderer) {
        self.reader = reader
        self.renderer = renderer
    }

    public var contentType: String? { renderer.contentType }

    public mutating func decode(_ bytes: ByteBuffer, into facts: inout ReplyFacts) -> ByteBuffer {
        reader.read(bytes, into: &events)
        return render(into: &facts)
    }

    public mutating func end(into facts: inout ReplyFacts) -> ByteBuffer {
        reader.end(into: &events)
        return render(into: &facts)
    }

    /// The renderer ends its reply as soon as the provider has: what follows is of no use to the client.
    private mutating func render(into facts: inout ReplyFacts) -> ByteBuffer {
        guard !events.isEmpty else { return ByteBuffer() }
        var bytes = ByteBufferAllocator().buffer(capacity: bytesMost)
        for event in events {
            facts.note(event)
            // What follows a failure would give the reply the look of a proper end.
            if facts.failure != nil { continue }
            renderer.render(event, into: &bytes)
            if case .ended = event { renderer.end(into: &bytes) }
        }
        events.removeAll(keepingCapacity: true)
        bytesMost = min(max(bytesMost, bytes.readableBytes), 1 << 16)
        return bytes
    }
}

/// A reply whose bytes pass as they came, read for its facts by the same reader that a translation uses.
public struct TappedReply: ReplyDecoder {
    private var reader: any ReplyReader
    private var events: [ModelEvent] = []

    public init(_ reader: any ReplyReader) { self.reader = reader }

    public mutating func decode(_ bytes: ByteBuffer, into facts: inout ReplyFacts) -> ByteBuffer {
        reader.read(bytes, into: &events)
        note(into: &facts)
        return bytes
    }

    public mutating func end(into facts: inout ReplyFacts) -> ByteBuffer {
        reader.end(into: &events)
        note(into: &facts)
        return ByteBuffer()
    }

    private mutating func note(into facts: inout ReplyFacts) {
        for event in events { facts.note(event) }
        events.removeAll(keepingCapacity: true)
    }
}
