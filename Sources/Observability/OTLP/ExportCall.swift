import Compression
import GatewayTypes
import NIOCore
import Telemetry

/// One request to one destination, and what its answer means in OTLP.
struct ExportCall: Sendable {
    let target: OTLPTarget
    let endpoint: Endpoint
    let fetcher: any HTTPFetcher
    let clock: ServiceClock

    /// What goes over the wire for an encoded message; nil where it cannot be compressed.
    func wire(_ message: ByteBuffer) -> ByteBuffer? {
        guard target.gzip else { return framed(message) }
        return (try? Gzip.compress(message)).map(framed)
    }

    /// The same for a message that is compressed already.
    func wire(packed: ByteBuffer) -> ByteBuffer? {
        if target.gzip { return framed(packed) }
        return (try? Gzip.decompress(packed, bytesMax: Self.messageBytesMax)).map(framed)
    }

    private func framed(_ content: ByteBuffer) -> ByteBuffer {
        target.encoding == .grpc ? GRPC.frame(content, compressed: target.gzip) : content
    }

    /// OTLP's limit of one message before compression.
    private static let messageBytesMax = 64 << 20

    func send(_ wire: ByteBuffer, until deadline: Moment) async -> ExportAnswer {
        let limit = min(deadline, clock.now().advanced(bySeconds: target.timeoutSeconds))
        let request = UpstreamRequest(endpoint: endpoint, fields: [], body: wire, deadline: limit)
        let reply: (head: UpstreamHead, body: ByteBuffer)
        do { reply = try await fetcher.fetch(request) } catch {
            return ExportAnswer(
                .again(afterSeconds: nil), failure: .connection, errorType: error.reason.rawValue, words: error.message)
        }
        return target.encoding == .grpc ? gRPCAnswer(reply.head, reply.body) : answer(reply.head, reply.body)
    }

    private func answer(_ head: UpstreamHead, _ body: ByteBuffer) -> ExportAnswer {
        switch head.status {
        case 200..<300:
            let reply = ExportReply(body, isText: target.encoding.isText)
            return ExportAnswer(
                .taken(rejected: reply.rejected), words: ["\(head.status)", reply.message].joinedWords)
        case 429, 502, 503, 504:
            let asked = head["retry-after"].flatMap { RetryAfter.seconds($0, now: clock.wallNow()) }
            return ExportAnswer(
                .again(afterSeconds: asked), failure: head.status == 429 ? .throttled : .unavailable,
                errorType: "\(head.status)", words: "\(head.status)")
        default:
            return ExportAnswer(.refused, failure: .refused, errorType: "\(head.status)", words: "\(head.status)")
        }
    }

    /// Without a code of its own a reply means what its HTTP status does, as between a proxy and gRPC's clients.
    private func gRPCAnswer(_ head: UpstreamHead, _ body: ByteBuffer) -> ExportAnswer {
        guard let code = GRPC.code(of: head) else {
            guard (200..<300).contains(head.status) else { return answer(head, body) }
            return ExportAnswer(
                .refused, failure: .refused, errorType: GRPC.Code.unknown.name, words: "no grpc-status")
        }
        let words = [code.name, GRPC.words(of: head)].joinedWords
        guard code != .ok else {
            let reply = ExportReply(GRPC.message(in: body), isText: false)
            return ExportAnswer(.taken(rejected: reply.rejected), words: [words, reply.message].joinedWords)
        }
        let asked = GRPC.retrySeconds(of: head)
        guard code.isRetryable(asked: asked != nil) else {
            return ExportAnswer(.refused, failure: .refused, errorType: code.name, words: words)
        }
        return ExportAnswer(
            .again(afterSeconds: asked), failure: code == .resourceExhausted ? .throttled : .unavailable,
            errorType: code.name, words: words)
    }
}

/// What a destination said to one request.
struct ExportAnswer {
    enum Meaning: Equatable {
        /// For good, but for so many items.
        case taken(rejected: Int)
        case refused
        case again(afterSeconds: Double?)
    }

    let meaning: Meaning
    /// Nil where it was taken.
    let failure: ExportCounts.FailedRequest?
    /// The attribute `error.type`; empty where it was taken.
    let errorType: String
    /// For people.
    let words: String

    init(
        _ meaning: Meaning, failure: ExportCounts.FailedRequest? = nil, errorType: String = "", words: String
    ) {
        self.meaning = meaning
        self.failure = failure
        self.errorType = errorType
        self.words = words
    }
}

extension [String] {
    /// With a colon between two, without what is empty.
    fileprivate var joinedWords: String { filter { !$0.isEmpty }.joined(separator: ": ") }
}
