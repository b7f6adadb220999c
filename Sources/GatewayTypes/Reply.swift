public import NIOCore

/// A header field of a reply.
public struct ReplyField: Sendable {
    public let name: String
    public let value: String

    public init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}

/// A whole reply that Weir gives itself.
public struct Reply: Sendable {
    public let status: Int
    public var fields: [ReplyField]
    public let body: ByteBuffer

    public init(status: Int, fields: [ReplyField], body: ByteBuffer) {
        self.status = status
        self.fields = fields
        self.body = body
    }
}

/// What flows through the filters.
public enum ReplyEvent: Sendable {
    case head(ReplyHead)
    case bytes(ByteBuffer)
    case end
}

/// The head of a reply on its way to the client.
public struct ReplyHead: Sendable {
    public var status: Int
    public var fields: [ReplyField]
    /// Known length of the body in bytes; nil: chunked.
    public var bodyBytes: Int?

    public init(status: Int, fields: [ReplyField], bodyBytes: Int?) {
        self.status = status
        self.fields = fields
        self.bodyBytes = bodyBytes
    }
}

/// What the tap has learned of a provider's reply so far.
public struct ReplyFacts: Sendable {
    /// The model generated something: text, reasoning or a tool call (role-only and empty frames do not count).
    public var tokenSeen = false
    /// The model generated something that the client's user sees: text, a refusal or audio.
    public var visibleTokenSeen = false
    public var usage = Usage()
    /// The provider's words, by choice index.
    public var finishReasons: [String] = []
    /// Bytes of generated text seen: the basis of an estimate.
    public var outputTextBytes = 0
    /// A guard has let nothing of what was generated go on yet.
    public var isTokenWithheld = false
    public var responseID: String?
    public var responseModel: String?
    public var serviceTier: String?
    public var systemFingerprint: String?
    /// The reply came to its proper end (a final marker, a whole JSON document).
    public var terminated = false
    /// In a conversation of messages: the model is at work on something whose usage it has not told yet.
    public var isAnswering = false
    /// An error inside a reply that had begun with success.
    public var failure: Failure?

    public init() {}
}
