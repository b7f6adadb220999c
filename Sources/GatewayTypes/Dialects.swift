public import NIOCore

/// The shape of an API towards clients: reads requests, renders failures.
public protocol ClientDialect: Sendable {
    /// Finds the facts of a request, or says what is wrong with it.
    func parse(_ operation: Operation, body: ByteBuffer) throws(Failure) -> ModelRequest
    /// The whole reply that tells a client of a failure.
    func render(_ failure: Failure) -> Reply
    /// The bytes that tell a client of a failure inside a stream that has begun.
    func renderInStream(_ failure: Failure) -> ByteBuffer
}

/// The shape of an API towards a provider.
public protocol ProviderDialect: Sendable {
    /// The path below the provider's base URL; nil where the dialect lacks the operation.
    func path(for operation: Operation) -> String?
    /// The request's fields that are passed on to the provider; all others are dropped.
    var forwardedFields: [HeaderName] { get }
    /// The reply's fields that are passed on to the client; all others are dropped.
    var returnedFields: [HeaderName] { get }
    /// The field of the reply that holds the provider's own id of the request.
    var requestIDField: HeaderName { get }
    /// The body to send: the client's bytes with only what must change spliced. `outputTokensMax`: the reply may have no
    /// more output tokens, whatever the client asked for; nil: as the client asked.
    func encode(_ request: ModelRequest, for target: Target, outputTokensMax: Int64?) throws(Failure) -> ByteBuffer
    /// A fresh decoder for the reply to `request`.
    func decoder(for request: ModelRequest, target: Target) -> any ReplyDecoder
    /// Makes a failure of an error reply: reason, retryable, retry-after.
    func failure(status: Int, head: UpstreamHead, body: ByteBuffer) -> Failure
}

/// Follows a reply's bytes: learns facts and says which bytes go on. Equal for every split of the bytes.
public protocol ReplyDecoder {
    /// The bytes to pass on for these bytes; may be empty, may hold bytes of earlier calls.
    mutating func decode(_ bytes: ByteBuffer, into facts: inout ReplyFacts) -> ByteBuffer
    /// The reply has ended; the bytes still to pass on.
    mutating func end(into facts: inout ReplyFacts) -> ByteBuffer
}
