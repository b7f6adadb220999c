import Crypto
import GatewayTypes
import NIOCore

/// Between a socket and its connection: TLS by OpenSSL, through memory.
///
/// Confined to its channel's loop.
final class TLSHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private enum State { case shakingHands, open, ended }

    /// The most plaintext of one record (RFC 8446 §5.1).
    private static let recordBytesMax = 16 * 1_024

    private let session: TLSSession
    private let counters: ListenerCounters
    private let handshakeSecondsMax: Double
    private var state = State.shakingHands
    private var timer: Scheduled<Void>?

    init(session: TLSSession, counters: ListenerCounters, handshakeSecondsMax: Double) {
        self.session = session
        self.counters = counters
        self.handshakeSecondsMax = handshakeSecondsMax
    }

    func handlerAdded(context: ChannelHandlerContext) {
        let limit = TimeAmount.nanoseconds(Int64(handshakeSecondsMax * 1e9))
        timer = context.eventLoop.assumeIsolated().scheduleTask(in: limit) { [counters] in
            counters.handshake(.timedOut)
            context.close(mode: .all, promise: nil)
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        timer?.cancel()
        state = .ended
    }

    // MARK: From the socket

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        do {
            try unwrapInboundIn(data).withUnsafeReadableBytes { bytes throws(TLSFault) in try session.receive(bytes) }
            if case .shakingHands = state { try shakeHands(context) }
            if case .open = state { try deliver(context) }
        } catch {
            fail(context)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        if case .shakingHands = state, timer != nil { counters.handshake(.abandoned) }
        timer?.cancel()
        timer = nil
        state = .ended
        context.fireChannelInactive()
    }

    private func shakeHands(_ context: ChannelHandlerContext) throws(TLSFault) {
        let isComplete = try session.handshake()
        sendPending(context, promise: nil)
        context.flush()
        guard isComplete else { return }
        timer?.cancel()
        timer = nil
        state = .open
        counters.handshake(.completed)
        context.fireUserInboundEventTriggered(
            ConnectionSecurity(clientCertificate: session.peer.map(PeerCertificate.init)))
    }

    private func deliver(_ context: ChannelHandlerContext) throws(TLSFault) {
        while case .open = state {
            var plain = context.channel.allocator.buffer(capacity: Self.recordBytesMax)
            let reading = try plain.withUnsafeMutableWritableBytes { room throws(TLSFault) in
                try session.read(into: room)
            }
            switch reading {
            case .bytes(let count):
                plain.moveWriterIndex(forwardBy: count)
                context.fireChannelRead(wrapInboundOut(plain))
            case .needsMore:
                // A key update asks for an answer.
                if session.pendingBytes > 0 {
                    sendPending(context, promise: nil)
                    context.flush()
                }
                return
            case .ended:
                close(context: context, mode: .all, promise: nil)
                return
            }
        }
    }

    /// Sends the alert that says why, and closes.
    private func fail(_ context: ChannelHandlerContext) {
        if case .shakingHands = state { counters.handshake(.failed) }
        timer?.cancel()
        timer = nil
        state = .ended
        sendPending(context, promise: nil)
        context.flush()
        context.close(mode: .all, promise: nil)
    }

    // MARK: To the socket

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard case .open = state else {
            promise?.fail(ChannelError.ioOnClosedChannel)
            return
        }
        do {
            try unwrapOutboundIn(data).withUnsafeReadableBytes { bytes throws(TLSFault) in try session.write(bytes) }
            sendPending(context, promise: promise)
        } catch {
            promise?.fail(error)
            fail(context)
        }
    }

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        switch mode {
        case .input: break
        case .output, .all:
            if case .open = state {
                session.end()
                sendPending(context, promise: nil)
                context.flush()
            }
            if case .all = mode { state = .ended }
        }
        context.close(mode: mode, promise: promise)
    }

    private func sendPending(_ context: ChannelHandlerContext, promise: EventLoopPromise<Void>?) {
        let pending = session.pendingBytes
        guard pending > 0 else {
            promise?.succeed()
            return
        }
        var out = context.channel.allocator.buffer(capacity: pending)
        out.writeWithUnsafeMutableBytes(minimumWritableBytes: pending) { session.send(into: $0) }
        context.write(wrapOutboundOut(out), promise: promise)
    }
}

extension PeerCertificate {
    fileprivate init(_ certificate: TLSCertificate) {
        self.init(
            commonName: certificate.commonName, names: certificate.dnsNames + certificate.otherNames,
            fingerprint: certificate.fingerprint)
    }
}
