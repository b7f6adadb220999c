import GatewayTypes
import NIOCore

/// The request for an upgrade, as HTTP/1.1 (RFC 9112 §3).
enum TunnelRequest {
    /// Fails where a field would break the framing.
    static func bytes(_ request: UpstreamRequest) throws(Failure) -> ByteBuffer {
        let (authority, target) = parts(of: request.url)
        var bytes = ByteBuffer()
        bytes.reserveCapacity(1024)
        bytes.writeString(
            "GET \(target) HTTP/1.1\r\nhost: \(authority)\r\nconnection: Upgrade\r\nupgrade: websocket\r\n")
        for field in request.fields + request.endpoint.fields where !belongsToEngine(field.name) {
            bytes.writeString("\(field.name): \(field.value)\r\n")
        }
        bytes.writeStaticString("\r\n")
        let lines = request.fields + request.endpoint.fields
        let texts = lines.flatMap { [$0.name, $0.value] } + [String(authority), target]
        guard texts.allSatisfy({ $0.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 } }) else {
            throw Failure(.internalError, "A header field for the upstream holds a control character.")
        }
        return bytes
    }

    private static func belongsToEngine(_ name: String) -> Bool {
        ["host", "connection", "upgrade", "content-length", "content-type", "transfer-encoding", "expect"]
            .contains(name.lowercased())
    }

    /// Host with port, and path with query, of an absolute URL.
    static func parts(of url: String) -> (authority: Substring, target: String) {
        let rest = url.firstRange(of: "://").map { url[$0.upperBound...] } ?? url[...]
        let end = rest.firstIndex { $0 == "/" || $0 == "?" || $0 == "#" } ?? rest.endIndex
        let authority = rest[..<end]
        let target = rest[end...].prefix { $0 != "#" }
        let host = authority.lastIndex(of: "@").map { authority[authority.index(after: $0)...] } ?? authority
        return (host, target.hasPrefix("/") ? String(target) : "/" + target)
    }
}

/// Gathers the head of the answer.
struct AnswerHead {
    enum Step {
        case more, malformed
        case complete(UpstreamHead, rest: ByteBuffer)
    }

    private let bytesMax: Int
    private var pending = ByteBuffer()
    private var reader: ReplyHeadReader

    init(bytesMax: Int) {
        self.bytesMax = bytesMax
        reader = ReplyHeadReader(bytesMax: bytesMax, mayUpgrade: true)
    }

    mutating func take(_ bytes: ByteBuffer) -> Step {
        pending.writeImmutableBuffer(bytes)
        while let end = pending.readableBytesView.firstIndex(of: UInt8(ascii: "\n")) {
            let line = pending.readSlice(length: end + 1 - pending.readerIndex) ?? ByteBuffer()
            let step = line.withUnsafeReadableBytes { reader.take($0) }
            switch step {
            case .more: continue
            case .complete: return .complete(reader.head(), rest: pending)
            case .tooLarge, .malformed: return .malformed
            }
        }
        return pending.readableBytes > bytesMax ? .malformed : .more
    }
}

/// What follows the head of a refusal, to a bound: a provider's words.
struct RefusalBody {
    private static let bytesMax = 64 * 1024

    private enum Framing {
        case length(Int)
        case chunked
        case untilClose
    }

    private let framing: Framing

    init(_ head: UpstreamHead) {
        if head["transfer-encoding"]?.lowercased().hasSuffix("chunked") ?? false {
            framing = .chunked
        } else {
            framing = head["content-length"].flatMap { Int($0) }.map { .length(max(0, $0)) } ?? .untilClose
        }
    }

    /// Whether more should come than `bytes`.
    func isIncomplete(_ bytes: ByteBuffer) -> Bool {
        guard bytes.readableBytes < Self.bytesMax else { return false }
        switch framing {
        case .length(let length): return bytes.readableBytes < length
        case .chunked: return Self.unchunk(bytes).isOpen
        case .untilClose: return true
        }
    }

    /// Nil where there is none.
    func decoded(_ bytes: ByteBuffer) -> ByteBuffer? {
        let body =
            switch framing {
            case .length(let length): bytes.getSlice(at: bytes.readerIndex, length: min(length, bytes.readableBytes))
            case .chunked: Self.unchunk(bytes).body
            case .untilClose: bytes
            }
        return body.flatMap { $0.readableBytes > 0 ? $0 : nil }
    }

    /// Takes the chunked coding off what has come (RFC 9112 §7.1); what is none ends it.
    private static func unchunk(_ bytes: ByteBuffer) -> (body: ByteBuffer, isOpen: Bool) {
        var rest = bytes
        var body = ByteBuffer()
        while let end = rest.readableBytesView.firstIndex(of: UInt8(ascii: "\n")) {
            let line = String(decoding: rest.readableBytesView[..<end], as: UTF8.self)
            let digits = line.prefix { $0.isHexDigit }
            guard let size = Int(digits, radix: 16), size > 0, size <= bytesMax else { return (body, false) }
            rest.moveReaderIndex(to: end + 1)
            guard var chunk = rest.readSlice(length: min(size, rest.readableBytes)) else { return (body, true) }
            let isWhole = chunk.readableBytes == size && rest.readableBytes >= 2
            body.writeBuffer(&chunk)
            guard isWhole else { return (body, true) }
            rest.moveReaderIndex(forwardBy: 2)
        }
        return (body, true)
    }
}
