public import GatewayTypes
import NIOCore
import NIOPosix
import Synchronization

/// One port: accepts connections, hands requests to its handler, drains.
public final class ListeningPort: Sendable {
    public let settings: ListenerSettings
    let handler: any RequestHandler
    private let workers: Workers
    private let counters = ListenerCounters()
    private let draining = Atomic<Bool>(false)
    private let lanes: [ListenerLane]
    private let server = Mutex<(any Channel)?>(nil)

    public init(settings: ListenerSettings, workers: Workers, handler: any RequestHandler) {
        self.settings = settings
        self.workers = workers
        self.handler = handler
        lanes = workers.all.map { [counters] in ListenerLane(worker: $0, counters: counters) }
    }

    public var statistics: ListenerStatistics { counters.snapshot }
    var isDraining: Bool { draining.load(ordering: .relaxed) }
    func refused(_ reason: FailureReason) { counters.refused(reason) }

    /// Binds and begins to accept; returns the port that was taken.
    public func open() async throws -> Int {
        for lane in lanes { lane.startSweeping() }
        let channel = try await ServerBootstrap(group: workers.eventLoopGroup)
            .serverChannelOption(.backlog, value: 4096)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.socketOption(.tcp_nodelay), value: 1)
            .childChannelOption(.maxMessagesPerRead, value: 1)
            .childChannelOption(
                .recvAllocator, value: AdaptiveRecvByteBufferAllocator(minimum: 2048, initial: 4096, maximum: 65536)
            )
            .childChannelOption(.writeBufferWaterMark, value: .init(low: 32 * 1024, high: 128 * 1024))
            .childChannelInitializer { child in self.adopt(child) }
            .bind(host: settings.host, port: settings.port).get()
        server.withLock { $0 = channel }
        return channel.localAddress?.port ?? settings.port
    }

    private func adopt(_ child: any Channel) -> EventLoopFuture<Void> {
        guard let lane = lanes.first(where: { $0.worker.loop === child.eventLoop }),
            counters.tryOpen(max: settings.connectionsMax)
        else { return shed(child) }
        let address = child.remoteAddress?.ipAddress ?? ""
        return child.eventLoop.makeCompletedFuture {
            try child.pipeline.syncOperations.addHandler(
                ClientConnection(port: self, lane: lane, clientAddress: address))
        }
    }

    /// Says why in one write, and closes.
    private func shed(_ child: any Channel) -> EventLoopFuture<Void> {
        let reply = handler.render(
            Failure(.overloaded, "Too many connections are open; try again shortly.", retryAfterSeconds: 1))
        var out = ByteBuffer()
        var date = DateText()
        date.update(to: .now())
        ReplyEncoder.writeHead(
            ReplyHead(status: reply.status, fields: reply.fields, bodyBytes: reply.body.readableBytes),
            framing: .length(reply.body.readableBytes), close: true, date: date.text, into: &out)
        var body = reply.body
        out.writeBuffer(&body)
        return child.eventLoop.makeCompletedFuture {
            try child.pipeline.syncOperations.addHandler(SheddingHandler(reply: out))
        }
    }

    // MARK: Draining

    /// From now on every reply says `connection: close`; new connections are still accepted.
    public func beginDraining() { draining.store(true, ordering: .relaxed) }

    /// Stops accepting, closes what idles, lets replies end until `deadline`, then cuts them off.
    public func close(by deadline: Moment) async {
        beginDraining()
        let channel = server.withLock { server in
            defer { server = nil }
            return server
        }
        try? await channel?.close().get()
        while counters.snapshot.open > 0, Moment.now() < deadline {
            for lane in lanes { lane.worker.loop.execute { lane.drain() } }
            try? await Task.sleep(for: .milliseconds(20))
        }
        for lane in lanes { lane.worker.loop.execute { lane.cut() } }
    }
}

/// Writes one reply and closes, without reading.
private final class SheddingHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer
    private let reply: ByteBuffer

    init(reply: ByteBuffer) { self.reply = reply }

    func channelActive(context: ChannelHandlerContext) {
        context.writeAndFlush(wrapOutboundOut(reply)).assumeIsolated().whenComplete { _ in
            context.close(mode: .all, promise: nil)
        }
    }
}
