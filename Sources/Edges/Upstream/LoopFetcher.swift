public import GatewayTypes
public import NIOCore

/// Fetches whole small replies through an engine, from any task.
public struct LoopFetcher: HTTPFetcher {
    private let engine: CurlUpstream
    private let replyBytesMax: Int

    /// A reply with a longer body than `replyBytesMax` fails.
    public init(engine: CurlUpstream, replyBytesMax: Int = 4 * 1024 * 1024) {
        self.engine = engine
        self.replyBytesMax = replyBytesMax
    }

    /// Fails as an exchange does; with `interrupted` when the calling task is cancelled.
    public func fetch(_ request: UpstreamRequest) async throws(Failure) -> (head: UpstreamHead, body: ByteBuffer) {
        let collector = ReplyCollector(engine, replyBytesMax: replyBytesMax)
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                engine.loop.execute { collector.begin(request, continuation) }
            }
        } onCancel: {
            engine.loop.execute { collector.cancel() }
        }
        return try result.get()
    }
}

/// Gathers one reply on the engine's loop.
private final class ReplyCollector: @unchecked Sendable {
    // Sound: both `let`s are Sendable; all else is touched on the engine's loop only.
    typealias Result = Swift.Result<(head: UpstreamHead, body: ByteBuffer), Failure>

    private let engine: CurlUpstream
    private let replyBytesMax: Int
    private var exchange: CurlExchange?
    private var continuation: CheckedContinuation<Result, Never>?
    private var head: UpstreamHead?
    private var body = ByteBuffer()
    private var isCancelled = false

    init(_ engine: CurlUpstream, replyBytesMax: Int) {
        self.engine = engine
        self.replyBytesMax = replyBytesMax
    }

    func begin(_ request: UpstreamRequest, _ continuation: CheckedContinuation<Result, Never>) {
        self.continuation = continuation
        exchange = engine.begin(request)
        if isCancelled { exchange?.cancel() }
        gather()
    }

    func cancel() {
        isCancelled = true
        exchange?.cancel()
    }

    private func gather() {
        guard let exchange else { return }
        do throws(Failure) {
            while let event = try exchange.poll() {
                switch event {
                case .head(let head): self.head = head
                case .body(let bytes):
                    body.writeImmutableBuffer(bytes)
                    guard body.readableBytes <= replyBytesMax else {
                        exchange.cancel()
                        throw Failure(.upstreamProtocol, "The reply is longer than \(replyBytesMax) bytes.")
                    }
                case .end:
                    guard let head else { throw Failure(.internalError, "A reply ended without a head.") }
                    let whole = UpstreamHead(status: head.status, fields: head.fields, trailers: exchange.trailers)
                    return finish(.success((whole, body)))
                }
            }
            exchange.whenReady(by: nil) { self.gather() }
        } catch {
            finish(.failure(error))
        }
    }

    private func finish(_ result: Result) {
        exchange = nil
        continuation?.resume(returning: result)
        continuation = nil
    }
}
