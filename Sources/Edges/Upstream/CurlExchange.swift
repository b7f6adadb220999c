import CCurl
import GatewayTypes
import NIOCore

/// One request under way in libcurl. Confined to the engine's loop; the engine holds it until it has ended.
final class CurlExchange: UpstreamExchange {
    /// Who wants to hear that `poll` has something.
    private enum Waiter {
        case none
        case continuation(UnsafeContinuation<Void, Never>)
        case action(() -> Void)
    }

    let request: UpstreamRequest
    /// Keeps URL and fields alive while libcurl points at them.
    let prepared: PreparedEndpoint?
    /// Position in the engine's list of exchanges under way.
    var position = 0
    /// Whether the engine has it on the list of those to be told.
    var isTouched = false
    /// Whether the request was sent a second time because its pooled connection had died.
    var resent = false

    private let engine: CurlUpstream
    private(set) var handle: CurlHandle?
    private var reader: ReplyHeadReader
    private var head: UpstreamHead?
    private var pending: ByteBuffer?
    /// When the first of the pending bytes came, and of those that were taken last.
    private var pendingSince = Moment.zero
    private(set) var readAt: Moment?
    private var isPaused = false
    private var failure: Failure?
    private var isEnded = false
    private var waiter = Waiter.none
    private var endPhases = AttemptPhases()

    private let began: Moment
    private var deadline: Moment
    /// When its first token must have come, as far as it is told.
    private var tokenDue = Moment.distantFuture
    /// When whoever waits wants to be told at the latest.
    private var alarm = Moment.distantFuture
    private var lastActivity: Moment
    private var isReplaceable: Bool

    init(_ request: UpstreamRequest, _ prepared: PreparedEndpoint?, engine: CurlUpstream, now: Moment) {
        self.request = request
        self.prepared = prepared
        self.engine = engine
        began = now
        lastActivity = now
        isReplaceable = request.isReplaceable
        deadline = min(request.deadline, now.advanced(bySeconds: request.endpoint.timeouts.totalSeconds))
        reader = ReplyHeadReader(bytesMax: engine.settings.headBytesMax)
    }

    // MARK: UpstreamExchange

    func next() async throws(Failure) -> UpstreamEvent {
        while true {
            if let event = try poll() { return event }
            await withUnsafeContinuation { waiter = .continuation($0) }
        }
    }

    /// The next event if there is one now.
    func poll() throws(Failure) -> UpstreamEvent? {
        engine.loop.assertInEventLoop()
        if let head {
            self.head = nil
            return .head(head)
        }
        if let bytes = pending {
            pending = nil
            readAt = pendingSince
            if isPaused { resume() }
            return .body(bytes)
        }
        if let failure { throw failure }
        return isEnded ? .end : nil
    }

    /// Outside libcurl.
    func whenReady(by moment: Moment?, _ action: @escaping () -> Void) {
        waiter = .action(action)
        alarm = moment ?? .distantFuture
        if let moment, handle != nil { engine.expect(moment) }
    }

    /// Whether somebody wants to be told now, though nothing came.
    func rings(now: Moment) -> Bool {
        guard alarm <= now else { return false }
        alarm = .distantFuture
        return true
    }

    func limit(to deadline: Moment) {
        engine.loop.assertInEventLoop()
        guard deadline < self.deadline else { return }
        self.deadline = deadline
        if handle != nil { engine.expect(deadline) }
    }

    func expectToken(by moment: Moment?) {
        engine.loop.assertInEventLoop()
        tokenDue = moment ?? .distantFuture
        // The token has come: what was said cannot be unsaid.
        if moment == nil { isReplaceable = false }
        if let moment, handle != nil { engine.expect(moment) }
    }

    func cancel() {
        engine.loop.assertInEventLoop()
        guard !isOver else { return }
        head = nil
        pending = nil
        engine.abandon(self, Failure(.interrupted, "The request to the upstream was given up."))
    }

    var phases: AttemptPhases { handle?.phases ?? endPhases }

    /// What came after the body; complete when the exchange has ended.
    var trailers: [ReplyField] { reader.trailers }

    private var isOver: Bool { isEnded || failure != nil }

    // MARK: The engine's side

    func attach(_ handle: CurlHandle) {
        self.handle = handle
        request.endpoint.vitals?.asked(now: began)
    }

    /// Whether it may be given up because its provider says nothing to anybody, nor to it for so many seconds.
    func isForsaken(by vitals: Vitals, seconds: Double, now: Moment) -> Bool {
        isReplaceable && request.endpoint.vitals === vitals && now.seconds(since: lastActivity) >= seconds
    }

    /// Ends it; what has arrived stays readable. The handle is the engine's again.
    func finish(_ failure: Failure?) -> CurlHandle? {
        if let failure { self.failure = failure } else { isEnded = true }
        guard let handle else { return nil }
        endPhases = handle.phases
        self.handle = nil
        request.endpoint.vitals?.ended()
        return handle
    }

    /// What becomes of a transfer that libcurl ended with `code`; nil: the request is to be sent once more.
    func verdict(_ code: CURLcode, _ handle: CurlHandle) -> Result<Void, Failure>? {
        if let failure { return .failure(failure) }
        if code == CURLE_OK {
            return reader.isComplete ? .success(()) : .failure(CurlFailure.framing(request.endpoint.serverAddress))
        }
        if isStale(code), !resent, handle.connectionReused {
            resent = true
            return nil
        }
        let state = TransferState(
            requestBegan: handle.requestBegan, headSeen: reader.isComplete, detail: handle.detail(of: code))
        return .failure(CurlFailure.failure(for: code, at: request.endpoint, state))
    }

    /// Nothing of a reply came on a pooled connection: the peer had closed it before the request reached it.
    private func isStale(_ code: CURLcode) -> Bool {
        !reader.began && (code == CURLE_GOT_NOTHING || code == CURLE_SEND_ERROR || code == CURLE_RECV_ERROR)
    }

    /// Tells whoever waits.
    func wake() {
        isTouched = false
        let waiter = waiter
        self.waiter = .none
        switch waiter {
        case .none: return
        case .continuation(let continuation): continuation.resume()
        case .action(let action): action()
        }
    }

    private func resume() {
        isPaused = false
        lastActivity = .now()
        guard let handle else { return }
        engine.expect(stepDue(now: lastActivity))
        engine.unpause(handle)
    }

    // MARK: Time

    /// When a timeout strikes next, as things stand.
    func due(now: Moment) -> Moment { min(deadline, tokenDue, alarm, stepDue(now: now)) }

    private func stepDue(now: Moment) -> Moment {
        let timeouts = request.endpoint.timeouts
        if reader.isComplete {
            // While the reader is slower than the upstream, silence is our own doing.
            return isPaused ? .distantFuture : lastActivity.advanced(bySeconds: timeouts.idleSeconds)
        }
        // Until the request leaves, libcurl's own limit on connecting holds.
        guard let sent = handle?.nanosecondsToRequest else { return now.advanced(bySeconds: timeouts.firstByteSeconds) }
        return Moment(nanoseconds: began.nanoseconds &+ UInt64(sent)).advanced(bySeconds: timeouts.firstByteSeconds)
    }

    /// Why it must end now, if it must.
    func overdue(now: Moment) -> Failure? {
        let place = "\(request.endpoint.serverAddress):\(request.endpoint.serverPort)"
        let timeouts = request.endpoint.timeouts
        if deadline <= now {
            let milliseconds = (deadline.seconds(since: began) * 1000).rounded()
            return CurlFailure.timeout(place, "finish its reply", seconds: milliseconds / 1000)
        }
        if tokenDue <= now {
            let milliseconds = (tokenDue.seconds(since: began) * 1000).rounded()
            return CurlFailure.timeout(place, "send its first token", seconds: milliseconds / 1000)
        }
        guard stepDue(now: now) <= now else { return nil }
        return reader.isComplete
            ? CurlFailure.timeout(place, "send more of its reply", seconds: timeouts.idleSeconds)
            : CurlFailure.timeout(place, "begin to reply", seconds: timeouts.firstByteSeconds)
    }

    // MARK: Called by libcurl

    /// The number of bytes taken: all of them, or another number to make libcurl give up.
    func takeHeadLine(_ line: UnsafeRawBufferPointer) -> Int {
        switch reader.take(line) {
        case .more: return line.count
        case .complete:
            head = reader.head()
            lastActivity = engine.now
            request.endpoint.vitals?.heard(now: lastActivity)
            // From here on silence counts, and its limit may be the nearest of all.
            engine.expect(stepDue(now: lastActivity))
            engine.touch(self)
            return line.count
        case .tooLarge: failure = CurlFailure.headTooLarge(request.endpoint, bytesMax: engine.settings.headBytesMax)
        case .malformed: failure = CurlFailure.framing(request.endpoint.serverAddress)
        }
        return 0
    }

    func takeBody(_ bytes: UnsafeRawBufferPointer) -> Int {
        let held = pending?.readableBytes ?? 0
        guard held < engine.settings.pendingBytesMax else {
            isPaused = true
            return Int(CURL_WRITEFUNC_PAUSE)
        }
        lastActivity = engine.now
        request.endpoint.vitals?.heard(now: lastActivity)
        if held == 0 {
            pending = engine.allocator.buffer(capacity: bytes.count)
            pendingSince = lastActivity
        }
        pending?.writeBytes(bytes)
        engine.touch(self)
        return bytes.count
    }
}
