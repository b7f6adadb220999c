import GatewayTypes
import Listener
import NIOCore
import Upstream

/// One loop with an engine, for commands that are clients.
struct ClientBench {
    let worker: Worker
    let engine: CurlUpstream
    private let workers: Workers
    /// A PEM file; nil: the system's certificate authorities.
    private let authorities: String?

    struct Answer {
        let status: Int
        let fields: [ReplyField]
        let text: String

        subscript(name: String) -> String? { fields.first { $0.name == name }?.value }
    }

    init(
        authorities: String? = nil, proxies: ProxySettings = ProxySettings()
    ) async throws(Commands.Refusal) {
        self.authorities = authorities
        workers = Workers(count: 1)
        worker = workers.all[0]
        do {
            var settings = UpstreamSettings()
            settings.proxies = proxies
            engine = try CurlUpstream(loop: worker.loop, settings: settings)
            try await engine.attach().get()
        } catch {
            throw Commands.Refusal("The client's engine could not be started: \(error).")
        }
    }

    func get(_ url: String, fields: [ReplyField]) async throws(Commands.Refusal) -> Answer {
        try await send(.get, url, fields: fields, body: ByteBuffer())
    }

    func post(_ url: String, fields: [ReplyField], json: String) async throws(Commands.Refusal) -> Answer {
        let all = fields + [ReplyField("content-type", "application/json")]
        return try await send(.post, url, fields: all, body: ByteBuffer(string: json))
    }

    func send(
        _ method: Method, _ url: String, fields: [ReplyField], body: ByteBuffer
    ) async throws(Commands.Refusal) -> Answer {
        let endpoint = Endpoint(
            id: 0, method: method, url: url, serverAddress: "", serverPort: 0, fields: [],
            timeouts: Endpoint.Timeouts(), http2: false, caFile: authorities)
        let request = UpstreamRequest(
            endpoint: endpoint, fields: fields, body: body, deadline: Moment.now().advanced(bySeconds: 60))
        do {
            let (head, body) = try await LoopFetcher(engine: engine).fetch(request)
            return Answer(status: head.status, fields: head.fields, text: String(buffer: body))
        } catch {
            throw Commands.Refusal("\(url): \(error.message)")
        }
    }

    func close() async throws(Commands.Refusal) {
        do {
            try await engine.shutDown().get()
            try await workers.shutDown()
        } catch {
            throw Commands.Refusal("\(error)")
        }
    }
}
