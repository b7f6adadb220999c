import GatewayTypes
import NIOCore

/// Cuts a connection's bytes into requests. Pure: bytes in, steps out, equal for every split of the bytes.
struct RequestFramer {
    enum Step {
        case needMore
        /// The client waits for "100 Continue" before it sends the body.
        case expectContinue
        case request(RequestHead, RequestFraming, body: ByteBuffer)
    }

    private enum State {
        case head(scanned: Int)
        case body(RequestHead, RequestFraming, left: Int)
        case chunks(RequestHead, RequestFraming)
        case expecting(RequestHead, RequestFraming)
    }

    private let settings: ListenerSettings
    private let clientAddress: String
    /// Set once the connection is encrypted.
    var security: ConnectionSecurity?
    private var state = State.head(scanned: 0)
    private var pending = ByteBuffer()
    private var decoder = ChunkedDecoder()
    private var decoded = ByteBuffer()

    init(settings: ListenerSettings, clientAddress: String) {
        self.settings = settings
        self.clientAddress = clientAddress
    }

    /// Bytes held that no request has taken yet.
    var pendingBytes: Int { pending.readableBytes }

    /// Whether a request has begun and is not whole.
    var isInsideRequest: Bool {
        if case .head = state { return pending.readableBytes > 0 }
        return true
    }

    mutating func append(_ bytes: consuming ByteBuffer) {
        if pending.readableBytes == 0 { pending = bytes } else { pending.writeBuffer(&bytes) }
    }

    /// Bytes held that no request has taken, for who goes on in another protocol.
    mutating func takePending() -> ByteBuffer {
        defer { pending = ByteBuffer() }
        return pending
    }

    /// The next step; after a failure the connection cannot be understood any more and must be closed.
    mutating func next() throws(Failure) -> Step {
        switch state {
        case .head(let scanned): try nextHead(scanned)
        case .expecting(let head, let framing): try begin(head, framing)
        case .body(let head, let framing, let left): try nextBody(head, framing, left)
        case .chunks(let head, let framing): try nextChunks(head, framing)
        }
    }

    private mutating func nextHead(_ scanned: Int) throws(Failure) -> Step {
        if scanned == 0 { skipEmptyLine() }
        guard let length = try headLength(from: scanned) else { return .needMore }
        guard length <= settings.headBytesMax, let bytes = pending.readSlice(length: length) else {
            throw Failure(.headTooLarge, "The head has more than \(settings.headBytesMax) bytes.")
        }
        let (head, framing) = try RequestHeadParser.parse(
            bytes, settings: settings, clientAddress: clientAddress, security: security)
        if case .length(let length) = framing.body, length > settings.bodyBytesMax {
            throw Failure.bodyTooLarge(settings.bodyBytesMax)
        }
        if framing.expectsContinue, framing.body != .none, pending.readableBytes == 0 {
            state = .expecting(head, framing)
            return .expectContinue
        }
        return try begin(head, framing)
    }

    /// One empty line before a request is allowed (RFC 9112 §2.2).
    private mutating func skipEmptyLine() {
        if pending.getInteger(at: pending.readerIndex, as: UInt16.self) == 0x0D0A {
            pending.moveReaderIndex(forwardBy: 2)
        }
    }

    /// The length of the head with its empty line; nil until it is there.
    private mutating func headLength(from scanned: Int) throws(Failure) -> Int? {
        let found: Result<Int?, Failure> = pending.withUnsafeReadableBytes { raw in
            var from = scanned
            while let end = raw[from...].firstIndex(of: .lineFeed) {
                guard end > 0, raw[end - 1] == .carriageReturn else {
                    return .failure(Failure(.badRequest, "A line of the head does not end with CRLF."))
                }
                if end >= 3, raw[end - 2] == .lineFeed { return .success(end + 1) }
                from = end + 1
            }
            return .success(nil)
        }
        if let length = try found.get() { return length }
        guard pending.readableBytes <= settings.headBytesMax else {
            throw Failure(.headTooLarge, "The head has more than \(settings.headBytesMax) bytes.")
        }
        // A line end may be cut between its two bytes and between two lines: look at the last three again.
        state = .head(scanned: max(0, pending.readableBytes - 1))
        return nil
    }

    private mutating func begin(_ head: RequestHead, _ framing: RequestFraming) throws(Failure) -> Step {
        switch framing.body {
        case .none:
            state = .head(scanned: 0)
            return .request(head, framing, body: ByteBuffer())
        case .length(let length):
            return try nextBody(head, framing, length)
        case .chunked:
            decoder = ChunkedDecoder()
            decoded = ByteBuffer()
            return try nextChunks(head, framing)
        }
    }

    private mutating func nextBody(
        _ head: RequestHead, _ framing: RequestFraming, _ left: Int
    ) throws(Failure) -> Step {
        guard let body = pending.readSlice(length: left) else {
            state = .body(head, framing, left: left)
            return .needMore
        }
        state = .head(scanned: 0)
        return .request(head, framing, body: body)
    }

    private mutating func nextChunks(_ head: RequestHead, _ framing: RequestFraming) throws(Failure) -> Step {
        guard try decoder.decode(&pending, into: &decoded, bytesMax: settings.bodyBytesMax) else {
            state = .chunks(head, framing)
            return .needMore
        }
        state = .head(scanned: 0)
        defer { decoded = ByteBuffer() }
        return .request(head, framing, body: decoded)
    }
}
