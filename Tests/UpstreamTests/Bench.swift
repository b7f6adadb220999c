import GatewayTypes
import Listener
import NIOCore
import Upstream

/// An engine on a worker of its own, for one test.
struct Bench: Sendable {
    let workers: Workers
    let worker: Worker
    let engine: CurlUpstream

    init(_ settings: UpstreamSettings = .direct) async throws {
        workers = Workers(count: 1)
        worker = workers.all[0]
        engine = try CurlUpstream(loop: worker.loop, settings: settings)
        try await engine.attach().get()
    }

    func shutDown() async throws {
        try await engine.shutDown().get()
        try await workers.shutDown()
    }

    /// Runs `operation` on the worker's loop, as request code does.
    func run<Value: Sendable>(_ operation: @escaping @Sendable (CurlUpstream) async -> Value) async -> Value {
        let engine = engine
        return await withCheckedContinuation { continuation in
            worker.start { continuation.resume(returning: await operation(engine)) }
        }
    }

    /// To be called on the loop.
    func cancel(_ exchange: any UpstreamExchange, afterMilliseconds delay: Int64) {
        let bound = NIOLoopBound(exchange, eventLoop: worker.loop)
        worker.loop.scheduleTask(in: .milliseconds(delay)) { bound.value.cancel() }
    }

    /// The whole of one reply.
    func send(_ request: UpstreamRequest) async -> Taken {
        await run { engine in await Taken.all(of: engine.start(request)) }
    }
}

/// What came of one exchange.
struct Taken: Sendable {
    var head: UpstreamHead?
    var body = ""
    var pieces = 0
    var failure: Failure?
    var phases = AttemptPhases()
    var ended = false

    static func all(of exchange: any UpstreamExchange) async -> Taken {
        var taken = Taken()
        do throws(Failure) {
            loop: while true {
                switch try await exchange.next() {
                case .head(let head): taken.head = head
                case .body(let bytes):
                    taken.body += String(buffer: bytes)
                    taken.pieces += 1
                case .end:
                    taken.ended = true
                    break loop
                }
            }
        } catch { taken.failure = error }
        taken.phases = exchange.phases
        return taken
    }
}

extension UpstreamSettings {
    /// Without the proxies that the machine's environment may name.
    static var direct: UpstreamSettings {
        var settings = UpstreamSettings()
        settings.proxies = ProxySettings()
        return settings
    }

    static var threaded: UpstreamSettings {
        var settings = direct
        settings.waking = .thread
        return settings
    }
}

extension Endpoint {
    static func test(
        _ port: Int, method: GatewayTypes.Method = .post, scheme: String = "http", host: String = "127.0.0.1",
        fields: [ReplyField] = [ReplyField("Authorization", "Bearer secret")], caFile: String? = nil, id: Int = 0,
        _ adjust: (inout Timeouts) -> Void = { _ in }
    ) -> Endpoint {
        var timeouts = Timeouts()
        timeouts.connectSeconds = 5
        timeouts.firstByteSeconds = 20
        timeouts.idleSeconds = 20
        timeouts.totalSeconds = 60
        adjust(&timeouts)
        return Endpoint(
            id: id, method: method, url: "\(scheme)://\(host):\(port)/v1/chat?q=1", serverAddress: host,
            serverPort: port, fields: fields, timeouts: timeouts, http2: false, caFile: caFile)
    }

    func request(
        _ body: String = #"{"a":1}"#, _ fields: [ReplyField] = [ReplyField("content-type", "application/json")],
        deadline: Moment = .distantFuture
    ) -> UpstreamRequest {
        UpstreamRequest(endpoint: self, fields: fields, body: ByteBuffer(string: body), deadline: deadline)
    }
}

/// A reply of known length.
func fixed(_ body: String) -> String { "HTTP/1.1 200 OK\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)" }
