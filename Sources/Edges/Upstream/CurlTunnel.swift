import CCurl
import GatewayTypes
import Glibc
import NIOCore

/// One connection that libcurl makes and this object then speaks on: it asks for an upgrade, and hands bytes on.
///
/// It has a multi handle of its own: in a shared one libcurl takes a connection that is used this way for idle, and may
/// close it when another request comes. Confined to the engine's loop; the engine holds it until it has ended.
final class CurlTunnel: UpstreamTunnel {
    private enum State {
        case connecting
        /// The request leaves, or the answer's head comes.
        case asking
        case open
        /// The body of a refusal, until it is complete.
        case refused(RefusalBody)
        case ended(Failure?)
    }

    /// Bytes that one `read` gives at most.
    private static let readBytesMax = 64 * 1024

    private let request: UpstreamRequest
    private let engine: CurlUpstream
    private var sockets: CurlSockets?
    private var handle: CurlHandle?
    private var prepared: PreparedEndpoint?
    private var state = State.connecting
    private var socket: Int32?
    /// What the inner epoll watches the socket for.
    private var watched: UInt32 = 0
    private var connectWaiter: UnsafeContinuation<Void, Never>?
    private var readWaiter: UnsafeContinuation<Void, Never>?
    private var writeWaiter: UnsafeContinuation<Void, Never>?
    /// Behind the answer's head.
    private var early = ByteBuffer()
    private var alarm: Scheduled<Void>?
    private var alarmAt = Moment.distantFuture
    /// When libcurl, which connects, wants its timers looked at.
    private var curlDue = Moment.distantFuture
    private let began = Moment.now()
    private var deadline: Moment
    private(set) var phases = AttemptPhases()
    private var asked = Moment.zero

    init(_ request: UpstreamRequest, engine: CurlUpstream) {
        self.request = request
        self.engine = engine
        deadline = min(request.deadline, began.advanced(bySeconds: request.endpoint.timeouts.totalSeconds))
    }

    private var endpoint: Endpoint { request.endpoint }
    private var place: String { "\(endpoint.serverAddress):\(endpoint.serverPort)" }

    // MARK: Connecting

    func begin() {
        do throws(Failure) {
            let prepared = try PreparedEndpoint(endpoint)
            guard let sockets = CurlSockets(engine.settings) else {
                throw Failure(.internalError, "There is no descriptor or memory for a connection.")
            }
            let handle = try CurlHandle(for: prepared, engine.settings, sockets: sockets)
            handle.setConnectOnly()
            self.prepared = prepared
            self.sockets = sockets
            self.handle = handle
            engine.host(sockets.epoll, for: self)
            curl_multi_add_handle(sockets.multi, handle.easy)
            curlDue = began
            turn()
            setAlarm()
        } catch {
            end(error)
        }
    }

    /// Something is ready: a socket, or time has passed.
    func turn() {
        switch state {
        case .connecting: turnConnecting()
        case .asking, .open, .refused: turnSocket()
        case .ended: break
        }
    }

    private func turnConnecting() {
        guard let sockets else { return }
        sockets.handleReadySockets()
        takeTimer(sockets)
        var rounds = 0
        while curlDue <= .now(), rounds < 16 {
            curlDue = .distantFuture
            sockets.handleTimers()
            takeTimer(sockets)
            rounds += 1
        }
        setAlarm()
        guard let (_, code) = sockets.nextFinished(), let handle else { return }
        phases = handle.phases
        guard code == CURLE_OK, let socket = handle.activeSocket else {
            let state = TransferState(requestBegan: false, headSeen: false, detail: handle.detail(of: code))
            return end(CurlFailure.failure(for: code == CURLE_OK ? CURLE_COULDNT_CONNECT : code, at: endpoint, state))
        }
        // From here on it is watched only while somebody waits for it.
        weir_epoll_set(sockets.epoll, EPOLL_CTL_DEL, socket, 0)
        self.socket = socket
        curlDue = .distantFuture
        state = .asking
        resume(&connectWaiter)
    }

    private func takeTimer(_ sockets: CurlSockets) {
        guard sockets.timerChanged else { return }
        sockets.timerChanged = false
        curlDue =
            sockets.timerMilliseconds.map { Moment.now().advanced(bySeconds: Double($0) / 1000) } ?? .distantFuture
    }

    // MARK: Readiness

    /// Whoever waits tries again; what it still waits for is watched anew.
    private func turnSocket() {
        guard let socket, let sockets else { return }
        if watched != 0 { weir_epoll_set(sockets.epoll, EPOLL_CTL_DEL, socket, 0) }
        watched = 0
        resume(&readWaiter)
        resume(&writeWaiter)
    }

    private func watch(for events: UInt32) {
        guard let socket, let sockets, watched & events != events else { return }
        let operation = watched == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD
        watched |= events
        weir_epoll_set(sockets.epoll, operation, socket, watched)
    }

    private func resume(_ waiter: inout UnsafeContinuation<Void, Never>?) {
        guard let waiting = waiter else { return }
        waiter = nil
        waiting.resume()
    }

    // MARK: The handshake

    func head() async throws(Failure) -> UpstreamHead {
        engine.loop.assertInEventLoop()
        while case .connecting = state { await withUnsafeContinuation { connectWaiter = $0 } }
        asked = .now()
        setAlarm()
        try await write(try TunnelRequest.bytes(request))
        var answer = AnswerHead(bytesMax: engine.settings.headBytesMax)
        while true {
            guard let bytes = try await readSocket() else {
                let failure = Failure(
                    .upstreamCut, "\(place) closed the connection before it replied.", retryable: true)
                end(failure)
                throw failure
            }
            switch answer.take(bytes) {
            case .more: continue
            case .malformed:
                let failure = CurlFailure.framing(place)
                end(failure)
                throw failure
            case .complete(let head, let rest):
                early = rest
                phases.wait = Moment.now().nanoseconds(since: asked)
                state = head.status == 101 ? .open : .refused(RefusalBody(head))
                setAlarm()
                return head
            }
        }
    }

    // MARK: Bytes

    func read() async throws(Failure) -> ByteBuffer? {
        engine.loop.assertInEventLoop()
        if case .refused(let body) = state {
            while body.isIncomplete(early), let bytes = try await readSocket() { early.writeImmutableBuffer(bytes) }
            defer { end(nil) }
            return body.decoded(early)
        }
        if early.readableBytes > 0 {
            defer { early = ByteBuffer() }
            return early
        }
        guard let bytes = try await readSocket() else {
            end(nil)
            return nil
        }
        return bytes
    }

    /// What has come, at least a byte; nil at the end.
    private func readSocket() async throws(Failure) -> ByteBuffer? {
        while true {
            if case .ended(let failure) = state {
                if let failure { throw failure }
                return nil
            }
            var bytes = engine.allocator.buffer(capacity: 16 * 1024)
            let code = receive(&bytes)
            if bytes.readableBytes > 0 { return bytes }
            switch code {
            case CURLE_AGAIN:
                watch(for: EPOLLIN.rawValue)
                await withUnsafeContinuation { readWaiter = $0 }
            case CURLE_OK: return nil
            default: throw broken(code)
            }
        }
    }

    /// Reads until nothing is there, or enough is; `CURLE_OK` where the upstream has ended.
    private func receive(_ bytes: inout ByteBuffer) -> CURLcode {
        guard let handle else { return CURLE_OK }
        while true {
            var count = 0
            var code = CURLE_OK
            bytes.writeWithUnsafeMutableBytes(minimumWritableBytes: 16 * 1024) { space in
                code = curl_easy_recv(handle.easy, space.baseAddress, space.count, &count)
                return code == CURLE_OK ? count : 0
            }
            guard code == CURLE_OK, count > 0, bytes.readableBytes < Self.readBytesMax else {
                return code == CURLE_OK && count > 0 ? CURLE_AGAIN : code
            }
        }
    }

    func write(_ bytes: ByteBuffer) async throws(Failure) {
        engine.loop.assertInEventLoop()
        var bytes = bytes
        while bytes.readableBytes > 0 {
            if case .ended(let failure) = state { throw failure ?? broken(CURLE_SEND_ERROR) }
            guard let handle else { return }
            // OpenSSL wants a write that it could not finish repeated with the same bytes: so it is.
            var count = 0
            let code = bytes.withUnsafeReadableBytes {
                curl_easy_send(handle.easy, $0.baseAddress, $0.count, &count)
            }
            switch code {
            case CURLE_OK: bytes.moveReaderIndex(forwardBy: count)
            case CURLE_AGAIN:
                watch(for: EPOLLOUT.rawValue)
                await withUnsafeContinuation { writeWaiter = $0 }
            default: throw broken(code)
            }
        }
    }

    private func broken(_ code: CURLcode) -> Failure {
        let isAsking = if case .asking = state { true } else { false }
        let detail = handle?.detail(of: code) ?? ""
        let state = TransferState(requestBegan: true, headSeen: !isAsking, detail: detail)
        return CurlFailure.failure(for: code, at: endpoint, state)
    }

    // MARK: Time

    func limit(to deadline: Moment) {
        engine.loop.assertInEventLoop()
        guard deadline < self.deadline else { return }
        self.deadline = deadline
        setAlarm()
    }

    /// The moment by which the answer's head must have come.
    private var answerDue: Moment {
        guard case .asking = state, asked > .zero else { return .distantFuture }
        return asked.advanced(bySeconds: endpoint.timeouts.firstByteSeconds)
    }

    private func setAlarm() {
        if case .ended = state { return }
        let next = min(deadline, curlDue, answerDue)
        guard next != alarmAt else { return }
        alarm?.cancel()
        alarmAt = next
        let delay = max(0, next.nanoseconds(since: .now()))
        alarm = engine.loop.assumeIsolated().scheduleTask(in: .nanoseconds(delay)) { self.ring() }
    }

    private func ring() {
        alarm = nil
        alarmAt = .distantFuture
        let now = Moment.now()
        if deadline <= now {
            let seconds = (deadline.seconds(since: began) * 1000).rounded() / 1000
            guard case .open = state else {
                return end(CurlFailure.timeout(place, "open a WebSocket", seconds: seconds))
            }
            // No upstream is to blame for a session that lasted as long as it may.
            return end(Failure(.interrupted, "The session was ended after \(seconds) s, the longest that it may last."))
        }
        if answerDue <= now {
            return end(CurlFailure.timeout(place, "begin to reply", seconds: endpoint.timeouts.firstByteSeconds))
        }
        if case .connecting = state { turnConnecting() }
        setAlarm()
    }

    // MARK: The end

    func cancel() {
        engine.loop.assertInEventLoop()
        end(Failure(.interrupted, "The request to the upstream was given up."))
    }

    /// Closes the connection; whoever waits hears of it. Once.
    func end(_ failure: Failure?) {
        if case .ended = state { return }
        state = .ended(failure)
        alarm?.cancel()
        alarm = nil
        if asked > .zero, phases.wait > 0 { phases.stream = Moment.now().nanoseconds(since: asked) - phases.wait }
        if let sockets {
            if let socket, watched != 0 { weir_epoll_set(sockets.epoll, EPOLL_CTL_DEL, socket, 0) }
            engine.forget(self, sockets.epoll)
            // libcurl closes a connection of this kind with its handle.
            if let handle { curl_multi_remove_handle(sockets.multi, handle.easy) }
        } else {
            engine.forget(self, nil)
        }
        handle = nil
        sockets = nil
        prepared = nil
        socket = nil
        resume(&connectWaiter)
        resume(&readWaiter)
        resume(&writeWaiter)
    }
}
