import CCurl
public import GatewayTypes
import Glibc
public import NIOCore
import Synchronization

/// Sends requests with libcurl on an event loop of NIO: sockets, timers and callbacks all run on that loop, so that a
/// request costs neither a lock nor a switch of threads.
public final class CurlUpstream: Upstream, @unchecked Sendable {
    // Sound: everything but the `let`s below is touched on `loop` only, which each entry asserts in debug builds.
    public let loop: any EventLoop
    let settings: UpstreamSettings
    let allocator = ByteBufferAllocator()

    /// When the current turn began.
    private(set) var now = Moment.now()
    private let sockets: CurlSockets
    private let wakeup: Wakeup
    /// As they were at the end of the last turn, for other threads.
    private let openConnections = Atomic<Int>(0)
    private let busyConnections = Atomic<Int>(0)
    private var isOpen = true
    private var isTurning = false
    private var active: [CurlExchange] = []
    private var touched: [CurlExchange] = []
    private var tunnels: [ObjectIdentifier: CurlTunnel] = [:]
    private var prepared: [PreparedEndpoint?] = []
    private var idleHandles = 0
    /// When libcurl wants its timers looked at.
    private var curlDue: Moment?
    private var alarm: Scheduled<Void>?
    private var alarmAt = Moment.distantFuture

    /// libcurl's global state and the signal of a broken connection, once for the process.
    private static let processReady: Bool = {
        // OpenSSL writes to sockets without MSG_NOSIGNAL.
        signal(SIGPIPE, SIG_IGN)
        return curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK
    }()

    /// Fails where the system has no descriptors, memory or threads left.
    public init(loop: any EventLoop, settings: UpstreamSettings) throws(Failure) {
        guard Self.processReady, let sockets = CurlSockets(settings),
            let wakeup = Wakeup(watching: sockets.epoll, settings.waking)
        else { throw Failure(.internalError, "The engine for upstream requests could not be set up.") }
        self.loop = loop
        self.settings = settings
        self.sockets = sockets
        self.wakeup = wakeup
    }

    /// Begins to hear from the sockets; to be awaited before the first request. From any thread.
    public func attach() -> EventLoopFuture<Void> {
        loop.flatSubmit { self.wakeup.attach(to: self.loop) { self.turn(readSockets: true) } }
    }

    /// Ends all requests and closes all connections. From any thread.
    public func shutDown() -> EventLoopFuture<Void> {
        loop.flatSubmit {
            guard self.isOpen else { return self.loop.makeSucceededVoidFuture() }
            for exchange in self.active.reversed() {
                self.end(exchange, Failure(.interrupted, "Weir is shutting down."), keepHandle: false)
            }
            for tunnel in Array(self.tunnels.values) { tunnel.end(Failure(.interrupted, "Weir is shutting down.")) }
            self.isOpen = false
            self.alarm?.cancel()
            self.alarm = nil
            self.prepared = []
            self.tellTouched()
            return self.wakeup.shutDown(on: self.loop).map { self.sockets.shutDown() }
        }
    }

    /// Requests under way; on the loop.
    public var exchangesUnderWay: Int { active.count }

    /// Connections that are open, and of these as many as exchanges and sessions are under way at most. From any thread.
    public var connections: (open: Int, active: Int) {
        let open = openConnections.load(ordering: .relaxed)
        return (open, min(open, busyConnections.load(ordering: .relaxed)))
    }

    /// Whether a waiter thread stands in for Linux AIO; on the loop.
    public var usesWaiterThread: Bool { wakeup.usesThread }

    // MARK: Upstream

    public func start(_ request: UpstreamRequest) -> any UpstreamExchange { begin(request) }

    func begin(_ request: UpstreamRequest) -> CurlExchange {
        loop.assertInEventLoop()
        now = .now()
        do throws(Failure) {
            guard isOpen else { throw Failure(.interrupted, "Weir is shutting down.") }
            let prepared = try prepare(request.endpoint)
            let exchange = CurlExchange(request, prepared, engine: self, now: now)
            let handle = try takeHandle(prepared)
            do throws(Failure) {
                try handle.begin(request, prepared, exchange: exchange)
            } catch {
                giveBack(handle, to: prepared)
                throw error
            }
            exchange.attach(handle)
            exchange.position = active.count
            active.append(exchange)
            curl_multi_add_handle(sockets.multi, handle.easy)
            expect(exchange.due(now: now))
            turn(readSockets: false)
            return exchange
        } catch {
            let exchange = CurlExchange(request, nil, engine: self, now: now)
            _ = exchange.finish(error)
            return exchange
        }
    }

    public func connect(_ request: UpstreamRequest) -> any UpstreamTunnel {
        loop.assertInEventLoop()
        let tunnel = CurlTunnel(request, engine: self)
        guard isOpen else {
            tunnel.end(Failure(.interrupted, "Weir is shutting down."))
            return tunnel
        }
        tunnels[ObjectIdentifier(tunnel)] = tunnel
        tunnel.begin()
        return tunnel
    }

    /// Ends the requests to a provider that is silent which somebody else can serve, and to which it has said nothing for so
    /// many seconds; on the loop.
    public func giveUp(on vitals: Vitals, silentSeconds: Double) {
        loop.assertInEventLoop()
        // First what has arrived.
        turn(readSockets: true)
        for exchange in active.reversed() where exchange.isForsaken(by: vitals, seconds: silentSeconds, now: now) {
            let place = "\(exchange.request.endpoint.serverAddress):\(exchange.request.endpoint.serverPort)"
            end(
                exchange,
                Failure(.upstreamTimeout, "\(place) gives no sign of life to anybody.", retryable: true),
                keepHandle: true)
        }
        turn(readSockets: false)
    }

    // MARK: For the tunnels

    /// Calls the tunnel whenever one of its sockets is ready; it is held until `forget`.
    func host(_ descriptor: Int32, for tunnel: CurlTunnel) {
        sockets.host(descriptor) { [unowned tunnel] in tunnel.turn() }
    }

    func forget(_ tunnel: CurlTunnel, _ descriptor: Int32?) {
        if let descriptor { sockets.dismiss(descriptor) }
        tunnels[ObjectIdentifier(tunnel)] = nil
    }

    // MARK: For the exchanges

    /// Puts it on the list of those to be told at the end of the turn.
    func touch(_ exchange: CurlExchange) {
        guard !exchange.isTouched else { return }
        exchange.isTouched = true
        touched.append(exchange)
    }

    /// Lets a paused transfer go on. libcurl hands over at once what it held back.
    func unpause(_ handle: CurlHandle) {
        curl_easy_pause(handle.easy, CURLPAUSE_CONT)
        turn(readSockets: false)
    }

    /// Ends `exchange` before libcurl would.
    func abandon(_ exchange: CurlExchange, _ failure: Failure) {
        end(exchange, failure, keepHandle: true)
        turn(readSockets: false)
    }

    /// Makes sure that the engine looks at its timeouts at `moment` at the latest.
    func expect(_ moment: Moment) {
        guard moment < alarmAt else { return }
        alarm?.cancel()
        alarmAt = moment
        let delay = max(0, moment.nanoseconds(since: .now()))
        alarm = loop.scheduleTask(in: .nanoseconds(delay)) { self.ring() }
    }

    // MARK: Turning

    /// One turn: libcurl works off what is ready, ended transfers are taken from it, and whoever waits is told once.
    private func turn(readSockets: Bool) {
        guard !isTurning, isOpen else { return }
        isTurning = true
        now = .now()
        if readSockets { sockets.handleReadySockets() }
        collect()
        // Adding and ending transfers sets timers of 0 ms: they are due now. The bound keeps the loop responsive.
        var rounds = 0
        takeTimer()
        while let due = curlDue, due <= now, rounds < 16 {
            curlDue = nil
            sockets.handleTimers()
            collect()
            takeTimer()
            rounds += 1
        }
        isTurning = false
        openConnections.store(sockets.openCount, ordering: .relaxed)
        busyConnections.store(active.count + tunnels.count, ordering: .relaxed)
        tellTouched()
        if let curlDue { expect(curlDue) }
    }

    private func takeTimer() {
        guard sockets.timerChanged else { return }
        sockets.timerChanged = false
        curlDue = sockets.timerMilliseconds.map {
            $0 == 0 ? now : now.advanced(bySeconds: Double($0) / 1000)
        }
    }

    private func collect() {
        while let (easy, code) = sockets.nextFinished() {
            curl_multi_remove_handle(sockets.multi, easy)
            guard let handle = CurlHandle.of(easy), let exchange = handle.exchange else { continue }
            switch exchange.verdict(code, handle) {
            case .none:
                handle.setFresh(true)
                curl_multi_add_handle(sockets.multi, easy)
            case .success: end(exchange, nil, keepHandle: true)
            case .failure(let failure): end(exchange, failure, keepHandle: true)
            }
        }
    }

    private func tellTouched() {
        guard !touched.isEmpty else { return }
        let told = touched
        touched.removeAll(keepingCapacity: true)
        for exchange in told { exchange.wake() }
    }

    /// Takes `exchange` off libcurl and the list.
    private func end(_ exchange: CurlExchange, _ failure: Failure?, keepHandle: Bool) {
        guard let handle = exchange.finish(failure) else { return }
        curl_multi_remove_handle(sockets.multi, handle.easy)
        let last = active.removeLast()
        if last !== exchange {
            active[exchange.position] = last
            last.position = exchange.position
        }
        if exchange.resent { handle.setFresh(false) }
        handle.end()
        if keepHandle, let prepared = exchange.prepared { giveBack(handle, to: prepared) }
        touch(exchange)
    }

    /// Looks at libcurl's timers and at every exchange's timeouts, and sets the alarm for the next.
    private func ring() {
        alarm = nil
        alarmAt = .distantFuture
        // First what has arrived: where the loop itself was late, no upstream is to blame.
        turn(readSockets: true)
        for exchange in active.reversed() {
            if let failure = exchange.overdue(now: now) {
                end(exchange, failure, keepHandle: true)
            } else if exchange.rings(now: now) {
                touch(exchange)
            }
        }
        turn(readSockets: false)
        var next = Moment.distantFuture
        for exchange in active { next = min(next, exchange.due(now: now)) }
        // Rounded up, so that many streams with a timeout each ring 50 times a second at most.
        if next != .distantFuture { expect(max(next, now.advanced(bySeconds: 0.02))) }
    }

    // MARK: Endpoints and handles

    private func prepare(_ endpoint: Endpoint) throws(Failure) -> PreparedEndpoint {
        if endpoint.id < prepared.count, let known = prepared[endpoint.id], known.endpoint === endpoint { return known }
        let made = try PreparedEndpoint(endpoint)
        while prepared.count <= endpoint.id { prepared.append(nil) }
        if let replaced = prepared[endpoint.id] { idleHandles -= replaced.idle.count }
        prepared[endpoint.id] = made
        return made
    }

    /// Lets go of what was prepared for endpoints that the configuration no longer has; on the loop. Requests under way
    /// go on.
    public func forget(endpoints ids: some Sequence<Int>) {
        loop.assertInEventLoop()
        for id in ids where prepared.indices.contains(id) {
            idleHandles -= prepared[id]?.idle.count ?? 0
            prepared[id] = nil
        }
    }

    private func takeHandle(_ prepared: PreparedEndpoint) throws(Failure) -> CurlHandle {
        if let handle = prepared.idle.popLast() {
            idleHandles -= 1
            return handle
        }
        return try CurlHandle(for: prepared, settings, sockets: sockets)
    }

    private func giveBack(_ handle: CurlHandle, to prepared: PreparedEndpoint) {
        let isKnown = prepared.endpoint.id < self.prepared.count && self.prepared[prepared.endpoint.id] === prepared
        guard isKnown, idleHandles < settings.idleHandlesMax else { return }
        prepared.idle.append(handle)
        idleHandles += 1
    }
}
