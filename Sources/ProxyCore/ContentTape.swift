import GatewayTypes
import NIOCore

/// What is said in an exchange whose route shows it in traces: the request as it came, and what the provider sends, up
/// to a bound.
struct ContentTape {
    private let capture: Capture
    private let request: ModelRequest
    private let dialect: any ClientDialect
    private var target: Target?
    private var replyDialect: (any ProviderDialect)?
    private var bytes = ByteBuffer()
    private var isCut = false

    /// Nil where nothing is to be kept: the route does not ask for it, or it is no conversation of whole messages.
    init?(_ exchange: Exchange, _ request: ModelRequest, _ dialect: any ClientDialect) {
        guard exchange.route.capture != .none, request.operation == .chat else { return nil }
        capture = exchange.route.capture
        self.request = request
        self.dialect = dialect
    }

    /// An attempt begins: what an earlier one said went to nobody.
    mutating func begin(_ target: Target, _ way: Way) {
        self.target = target
        replyDialect = way.dialect
        bytes = ByteBuffer()
        isCut = false
    }

    mutating func keep(_ more: ByteBuffer) {
        guard capture.hasOutput else { return }
        let room = CapturedContent.replyBytesMax - bytes.readableBytes
        if more.readableBytes > room { isCut = true }
        guard let part = more.getSlice(at: more.readerIndex, length: min(room, more.readableBytes)) else { return }
        bytes.writeImmutableBuffer(part)
    }

    var content: CapturedContent {
        var reply: CapturedContent.Reply?
        if let target, let replyDialect, bytes.readableBytes > 0 {
            reply = CapturedContent.Reply(dialect: replyDialect, target: target, bytes: bytes, isCut: isCut)
        }
        return CapturedContent(capture: capture, request: request, dialect: dialect, reply: reply)
    }
}
