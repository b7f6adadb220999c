import NIOCore
import NIOPosix
import Synchronization

/// What the server does on one connection, step by step.
enum Step: Sendable {
    /// Waits until a whole request (head and `Content-Length` body) has come.
    case request
    /// Sends text as it stands.
    case send(String)
    case sendBytes([UInt8])
    /// Sends `count` blocks of `size` bytes as fast as the reader takes them.
    case flood(count: Int, size: Int)
    case pause(milliseconds: Int64)
    /// Closes with a FIN.
    case close
    /// Begins again with the first step.
    case again
    /// Does nothing more.
    case stall
}

/// A server on a free port of the loopback that follows a script on every connection.
final class ScriptedServer: Sendable {
    struct Seen: Sendable {
        var connections = 0
        var requests: [String] = []
        var bytesWritten = 0
        var closed = 0
    }

    let port: Int
    private let channel: any Channel
    private let state: Shared

    final class Shared: Sendable {
        let seen = Mutex(Seen())
    }

    /// `scripts`: the first connection follows the first, …; the last is for all further ones.
    init(_ scripts: [Step]...) async throws {
        let shared = Shared()
        state = shared
        let counter = Mutex(0)
        let next: @Sendable () -> [Step] = {
            let index = counter.withLock { value in
                defer { value += 1 }
                return value
            }
            return scripts[min(index, scripts.count - 1)]
        }
        channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.backlog, value: 512)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.socketOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(ScriptHandler(next(), shared))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        port = channel.localAddress?.port ?? 0
    }

    var seen: Seen { state.seen.withLock { $0 } }

    func close() async { try? await channel.close() }
}

private final class ScriptHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let script: [Step]
    private let shared: ScriptedServer.Shared
    private var position = 0
    private var received = ByteBuffer()
    private var isWaiting = false

    init(_ script: [Step], _ shared: ScriptedServer.Shared) {
        self.script = script
        self.shared = shared
    }

    func channelActive(context: ChannelHandlerContext) {
        shared.seen.withLock { $0.connections += 1 }
        proceed(context)
    }

    func channelInactive(context: ChannelHandlerContext) {
        shared.seen.withLock { $0.closed += 1 }
        position = script.count
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        received.writeImmutableBuffer(unwrapInboundIn(data))
        if isWaiting { proceed(context) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    private func proceed(_ context: ChannelHandlerContext) {
        isWaiting = false
        while position < script.count, context.channel.isActive {
            let step = script[position]
            position += 1
            switch step {
            case .request:
                guard let request = takeRequest() else {
                    position -= 1
                    isWaiting = true
                    return
                }
                shared.seen.withLock { $0.requests.append(request) }
            case .send(let text): context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text)), promise: nil)
            case .sendBytes(let bytes): context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: bytes)), promise: nil)
            case .flood(let count, let size): return flood(context, left: count, size: size)
            case .pause(let milliseconds): return later(context, milliseconds)
            case .close: return context.close(promise: nil)
            case .again: position = 0
            case .stall: return
            }
        }
    }

    private func later(_ context: ChannelHandlerContext, _ milliseconds: Int64) {
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        context.eventLoop.scheduleTask(in: .milliseconds(milliseconds)) {
            let (handler, context) = bound.value
            handler.proceed(context)
        }
    }

    private func flood(_ context: ChannelHandlerContext, left: Int, size: Int) {
        guard left > 0 else { return proceed(context) }
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(repeating: UInt8(ascii: "x"), count: size))).whenSuccess {
            let (handler, context) = bound.value
            handler.shared.seen.withLock { $0.bytesWritten += size }
            handler.flood(context, left: left - 1, size: size)
        }
    }

    /// A whole request as text, when there is one.
    private func takeRequest() -> String? {
        let text = String(buffer: received)
        guard let end = text.range(of: "\r\n\r\n") else { return nil }
        var length = 0
        for line in text[..<end.lowerBound].split(separator: "\r\n")
        where line.lowercased().hasPrefix("content-length:") {
            length = Int(line.drop { $0 != ":" }.dropFirst().drop { $0 == " " }) ?? 0
        }
        let total = text[..<end.upperBound].utf8.count + length
        guard received.readableBytes >= total else { return nil }
        return received.readString(length: total)
    }
}

extension String {
    /// The first place of `other`, by bytes.
    fileprivate func range(of other: String) -> Range<String.Index>? {
        let needle = Array(other.utf8)
        var start = utf8.startIndex
        while let end = utf8.index(start, offsetBy: needle.count, limitedBy: utf8.endIndex) {
            if utf8[start..<end].elementsEqual(needle) { return start..<end }
            start = utf8.index(after: start)
        }
        return nil
    }
}
