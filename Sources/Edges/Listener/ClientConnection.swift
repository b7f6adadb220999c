import Compression
import GatewayTypes
import NIOCore

/// One client connection: bytes to requests, one exchange at a time, replies to bytes.
///
/// Confined to its loop. It is the `ReplyWriter` of the exchange under way; a new exchange begins only after the last
/// one has ended, so the two never meet.
final class ClientConnection: ChannelInboundHandler, ReplyWriter, ByteSource, @unchecked Sendable {
    // Sound: every member is touched on the channel's loop only; handlers get it as a ticket, on that same loop.
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private enum State {
        /// Waiting for a request, or reading one.
        case reading
        /// An exchange is under way; its head has not been written.
        case answering
        /// The head is written; the rest flows.
        case replying(ReplyEncoder.BodyFraming)
        /// HTTP has ended; bytes flow both ways as they are.
        case upgraded
        case closed
    }

    /// Copying so many bytes behind their frame costs less than a second buffer in the write.
    private static let copiedBytesMax = 16 * 1024

    private let port: ListeningPort
    private let lane: ListenerLane
    private var framer: RequestFramer
    private var state = State.reading
    private var framing = RequestFraming()
    private var requestBegan: Moment?
    private var lastRead = Moment.zero
    /// When the sweep ends the connection unless something happens before.
    private(set) var deadline: Moment
    private var heldHead: ReplyHead?
    private var closesAfterReply = false
    private var context: ChannelHandlerContext?
    private var writable = true
    private var writeWaiter: UnsafeContinuation<Void, Never>?
    private var goneAction: (() -> Void)?
    private var isHead = false
    private var readingPaused = false
    /// Once upgraded: what the client has sent and nobody has taken, and who waits for it.
    private var arrived = ByteBuffer()
    private var readWaiter: UnsafeContinuation<Void, Never>?

    init(port: ListeningPort, lane: ListenerLane, clientAddress: String) {
        self.port = port
        self.lane = lane
        framer = RequestFramer(settings: port.settings, clientAddress: clientAddress)
        deadline = Moment.now().advanced(bySeconds: port.settings.idleTimeoutSeconds)
    }

    // MARK: From the socket

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        lane.add(self)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        lane.remove(self)
        leave()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        lastRead = .now()
        switch state {
        case .upgraded: return take(unwrapInboundIn(data))
        case .closed: return
        case .reading, .answering, .replying: break
        }
        framer.append(unwrapInboundIn(data))
        switch state {
        case .reading: advance()
        // A client may send its next requests early, to a bound.
        case .answering, .replying: if framer.pendingBytes > port.settings.headBytesMax { pauseReading(true) }
        case .upgraded, .closed: break
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if let security = event as? ConnectionSecurity { framer.security = security }
        context.fireUserInboundEventTriggered(event)
    }

    func channelInactive(context: ChannelHandlerContext) {
        leave()
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        writable = context.channel.isWritable
        if writable { resumeWriter() }
        context.fireChannelWritabilityChanged()
    }

    // MARK: Requests

    private func advance() {
        guard case .reading = state else { return }
        do throws(Failure) {
            switch try framer.next() {
            case .needMore: waitForMore()
            case .expectContinue:
                context?.writeAndFlush(wrapOutboundOut(ReplyEncoder.continueLine), promise: nil)
                waitForMore()
            case .request(let head, let framing, let body):
                try begin(head, framing, body)
            }
        } catch {
            refuse(error)
        }
    }

    private func waitForMore() {
        if framer.isInsideRequest {
            if requestBegan == nil { requestBegan = lastRead }
            let began = requestBegan ?? lastRead
            deadline = began.advanced(bySeconds: port.settings.requestTimeoutSeconds)
        } else {
            requestBegan = nil
            deadline = Moment.now().advanced(bySeconds: port.settings.idleTimeoutSeconds)
        }
    }

    private func begin(_ head: RequestHead, _ framing: RequestFraming, _ body: ByteBuffer) throws(Failure) {
        let body = framing.gzip ? try Self.inflate(body, bytesMax: port.settings.bodyBytesMax) : body
        self.framing = framing
        isHead = head.method == .head
        closesAfterReply = !framing.keepAlive
        state = .answering
        deadline = .distantFuture
        let request = InboundRequest(head: head, body: body, firstByte: requestBegan ?? lastRead, lastByte: lastRead)
        requestBegan = nil
        let handler = port.handler
        let index = lane.worker.index
        lane.worker.start { await handler.handle(request, on: index, writer: self) }
    }

    private static func inflate(_ body: ByteBuffer, bytesMax: Int) throws(Failure) -> ByteBuffer {
        do {
            return try Gzip.decompress(body, bytesMax: bytesMax)
        } catch {
            switch error {
            case .tooLarge: throw Failure.bodyTooLarge(bytesMax)
            case .corrupt: throw Failure(.badRequest, "The body is not valid gzip, though Content-Encoding says so.")
            case .outOfMemory:
                throw Failure(.overloaded, "There is no memory to decompress the body; try again shortly.")
            }
        }
    }

    /// Answers what cannot be understood, and closes: where the next request would begin is not known.
    private func refuse(_ failure: Failure) {
        port.refused(failure.reason)
        state = .answering
        closesAfterReply = true
        framing = RequestFraming(keepAlive: false)
        isHead = false
        send(port.handler.render(failure))
    }

    private func send(_ reply: Reply) {
        start(ReplyHead(status: reply.status, fields: reply.fields, bodyBytes: reply.body.readableBytes))
        emit(reply.body)
        end()
    }

    // MARK: The way back

    var isGone: Bool {
        if case .closed = state { return true }
        return false
    }

    func whenGone(_ action: @escaping () -> Void) {
        if isGone { action() } else { goneAction = action }
    }

    func start(_ head: ReplyHead) {
        guard case .answering = state else { return }
        heldHead = head
    }

    func write(_ bytes: ByteBuffer) async {
        guard !isGone else { return }
        emit(bytes)
        guard !writable, !isGone else { return }
        deadline = Moment.now().advanced(bySeconds: port.settings.writeTimeoutSeconds)
        await withUnsafeContinuation { writeWaiter = $0 }
        if !isGone { deadline = .distantFuture }
    }

    func end() {
        if case .upgraded = state { return abort() }
        if heldHead != nil { emit(ByteBuffer()) }
        guard case .replying(let framing) = state else { return }
        switch framing {
        case .chunked:
            context?.writeAndFlush(wrapOutboundOut(ByteBuffer(staticString: "0\r\n\r\n")), promise: nil)
        case .untilClose: closesAfterReply = true
        case .length, .none: break
        }
        finishExchange()
    }

    /// The client sees the connection end before the reply does: no final chunk, but all that was written.
    func abort() {
        guard !isGone else { return }
        goneAction = nil
        state = .closed
        resumeReader()
        pauseReading(false)
        closeGently()
    }

    // MARK: Upgraded

    func upgrade(_ head: ReplyHead) -> any ByteSource {
        guard case .answering = state, let context else { return self }
        var out = context.channel.allocator.buffer(capacity: 1024)
        ReplyEncoder.writeHead(head, framing: .none, close: false, date: lane.dateText(), into: &out)
        state = .upgraded
        pauseReading(false)
        arrived = framer.takePending()
        context.writeAndFlush(wrapOutboundOut(out), promise: nil)
        return self
    }

    func read() async -> ByteBuffer? {
        while true {
            if arrived.readableBytes > 0 {
                defer { arrived = ByteBuffer() }
                pauseReading(false)
                return arrived
            }
            guard case .upgraded = state else { return nil }
            await withUnsafeContinuation { readWaiter = $0 }
        }
    }

    private func take(_ bytes: consuming ByteBuffer) {
        if arrived.readableBytes == 0 { arrived = bytes } else { arrived.writeBuffer(&bytes) }
        // One read of the socket may wait while the last one is worked off.
        if readWaiter == nil { pauseReading(true) }
        resumeReader()
    }

    private func resumeReader() {
        guard let waiter = readWaiter else { return }
        readWaiter = nil
        waiter.resume()
    }

    /// Writes the held head, if there is one, and `bytes`, in one write.
    private func emit(_ bytes: ByteBuffer) {
        guard let context else { return }
        if case .upgraded = state { return context.writeAndFlush(wrapOutboundOut(bytes), promise: nil) }
        // Room for a head and what is copied behind it, so that the buffer need not grow.
        let headRoom = heldHead == nil ? 32 : 1024
        var out = context.channel.allocator.buffer(capacity: headRoom + min(bytes.readableBytes, Self.copiedBytesMax))
        if let head = heldHead {
            heldHead = nil
            if port.isDraining { closesAfterReply = true }
            let framing = bodyFraming(of: head)
            if case .untilClose = framing { closesAfterReply = true }
            ReplyEncoder.writeHead(
                head, framing: framing, close: closesAfterReply, date: lane.dateText(), into: &out)
            state = .replying(framing)
        }
        guard case .replying(let framing) = state else { return }
        if bytes.readableBytes > 0, !isHead { append(bytes, framing, &out, context) }
        if out.readableBytes > 0 { context.write(wrapOutboundOut(out), promise: nil) }
        context.flush()
    }

    private func append(
        _ bytes: ByteBuffer, _ framing: ReplyEncoder.BodyFraming, _ out: inout ByteBuffer,
        _ context: ChannelHandlerContext
    ) {
        var bytes = bytes
        if case .chunked = framing { ReplyEncoder.writeChunkSize(bytes.readableBytes, into: &out) }
        if bytes.readableBytes <= Self.copiedBytesMax {
            out.writeBuffer(&bytes)
        } else {
            context.write(wrapOutboundOut(out), promise: nil)
            context.write(wrapOutboundOut(bytes), promise: nil)
            out = ByteBuffer()
        }
        if case .chunked = framing { out.writeStaticString("\r\n") }
    }

    private func bodyFraming(of head: ReplyHead) -> ReplyEncoder.BodyFraming {
        if head.status == 204 || head.status == 304 { return .none }
        if let bytes = head.bodyBytes { return .length(bytes) }
        if isHead { return .none }
        return framing.knowsChunks ? .chunked : .untilClose
    }

    private func finishExchange() {
        goneAction = nil
        guard !closesAfterReply, !port.isDraining else {
            state = .closed
            context?.flush()
            return closeGently()
        }
        state = .reading
        pauseReading(false)
        deadline = Moment.now().advanced(bySeconds: port.settings.idleTimeoutSeconds)
        // The reply may have been written inside the very call that began the request: go on from the loop.
        if framer.pendingBytes > 0 { lane.worker.loop.assumeIsolated().execute { self.advance() } }
    }

    /// Closes once what was written has left, without cutting off bytes that the client has not read yet.
    private func closeGently() {
        guard let context else { return }
        context.close(mode: .output, promise: nil)
        deadline = Moment.now().advanced(bySeconds: 2)
    }

    // MARK: Ends

    /// Called by the lane's sweep.
    func expire() {
        switch state {
        case .reading where framer.isInsideRequest:
            refuse(
                Failure(.clientTimeout, "The request did not arrive within \(port.settings.requestTimeoutSeconds) s."))
        case .reading, .answering, .replying, .upgraded, .closed:
            context?.close(mode: .all, promise: nil)
        }
    }

    /// At the end of draining: nothing new is read, and what idles is closed.
    func drain() {
        if case .reading = state, !framer.isInsideRequest { context?.close(mode: .all, promise: nil) }
    }

    func cut() { context?.close(mode: .all, promise: nil) }

    private func leave() {
        state = .closed
        deadline = .distantFuture
        resumeWriter()
        resumeReader()
        if let action = goneAction {
            goneAction = nil
            action()
        }
    }

    private func resumeWriter() {
        guard let waiter = writeWaiter else { return }
        writeWaiter = nil
        waiter.resume()
    }

    private func pauseReading(_ paused: Bool) {
        guard let context, readingPaused != paused else { return }
        readingPaused = paused
        do {
            try context.channel.syncOptions?.setOption(.autoRead, value: !paused)
        } catch {
            context.close(promise: nil)
        }
    }
}
