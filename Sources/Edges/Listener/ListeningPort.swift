public import Crypto
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
    private let tls: Mutex<TLSServer?>

    /// `tls`: nil, connections are not encrypted.
    public init(settings: ListenerSettings, workers: Workers, handler: any RequestHandler, tls: TLSServer? = nil) {
        self.tls = Mutex(tls)
        self.settings = settings
        self.workers = workers
        self.handler = handler
        lanes = workers.all.map { [counters] in ListenerLane(worker: $0, counters: counters) }
    }

    /// Shows other certificates to connections that begin from now on. A port without TLS stays without.
    public func renew(_ server: TLSServer) {
        tls.withLock { tls in
            if tls != nil { tls = server }
        }
    }

    public var isEncrypted: Bool { tls.withLock { $0 != nil } }
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
        let encryption: TLSHandler?
        do { encryption = try makeEncryption() } catch {
            counters.closed()
            counters.handshake(.failed)
            return child.close()
        }
        return child.eventLoop.makeCompletedFuture {
            if let encryption { try child.pipeline.syncOperations.addHandler(encryption) }
            try child.pipeline.syncOperations.addHandler(
                ClientConnection(port: self, lane: lane, clientAddress: address))
        }
    }

    private func makeEncryption() throws(TLSFault) -> TLSHandler? {
        guard let tls = tls.withLock({ $0 }) else { return nil }
        return TLSHandler(
            session: try tls.accept(), counters: counters, handshakeSecondsMax: settings.handshakeTimeoutSeconds)
    }

    /// Says why in one write, and closes. An encrypted port says nothing: a handshake is the work that it has no room for.
    private func shed(_ child: any Channel) -> EventLoopFuture<Void> {
        guard !isEncrypted else { return child.close() }
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
