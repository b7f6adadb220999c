public import GatewayTypes
import NIOCore
import Synchronization

/// A provider in OpenAI's shape that needs no model: `POST …/chat/completions` (streamed or not), `POST …/embeddings`,
/// `GET …/models`.
///
/// It keeps no state that a request could change: how a reply behaves is said by the model's name or by the header
/// `x-sim`, which wins, in the grammar of `help`:
///
///     sim-large      sim-large:gap=2ms      sim:ttft=200ms,gap=20ms,tokens=64,cached=100
///     x-sim: ttft=200ms, tokens=64
///
/// The text of a reply follows from the seed and the request's bytes; ids and injected errors from the seed and the
/// number of the request. Every chunk carries `sim_sent_ns`, the monotonic time at which it was made, so that a load
/// generator on the same machine can measure the way of each chunk alone.
public final class SimulatedProvider: RequestHandler {
    private let settings: SimulatorSettings
    private let models: SimulatedModels
    private let clock: ToolClock
    private let requestCount = Atomic<UInt64>(0)
    /// Behaviours by model name, so that a name is read once.
    private let known = Mutex<[String: SimulatedBehaviour]>([:])

    private static let knownMax = 1024
    private static let inputsMax = 2048
    private static let control: HeaderName = "x-sim"
    private static let authorization: HeaderName = "authorization"

    public init(settings: SimulatorSettings = .init(), clock: ToolClock = .system) {
        self.settings = settings
        self.clock = clock
        models = SimulatedModels(settings: settings)
    }

    /// The grammar of model names and of `x-sim`, for the command line.
    public static var help: String { SimulatedModels.help }

    public func handle(_ request: InboundRequest, on worker: Int, writer: any ReplyWriter) async {
        settings.onRequest?(request)
        do throws(SimulatedError) {
            try await answer(request, writer)
        } catch {
            await send(error.reply, to: writer)
        }
    }

    public func render(_ failure: Failure) -> Reply {
        SimulatedError(
            status: failure.reason.status, type: failure.reason.status < 500 ? "invalid_request_error" : "server_error",
            code: failure.reason.rawValue, message: failure.message, param: failure.param,
            retryAfterSeconds: failure.retryAfterSeconds
        ).reply
    }

    private func answer(_ request: InboundRequest, _ writer: any ReplyWriter) async throws(SimulatedError) {
        if let apiKey = settings.apiKey, request.head[Self.authorization] != "Bearer \(apiKey)" {
            throw .injected(.status(401), retryAfterSeconds: 0)
        }
        let path = request.head.path
        if path.hasSuffix("/chat/completions") {
            try expect(.post, request.head)
            try await chat(request, writer)
        } else if path.hasSuffix("/embeddings") {
            try expect(.post, request.head)
            try await embeddings(request, writer)
        } else if path.hasSuffix("/models") {
            try expect(.get, request.head)
            await send(modelList(), to: writer)
        } else {
            throw SimulatedError(
                status: 404, type: "invalid_request_error", code: "unknown_url",
                message: "Unknown request URL: \(request.head.method.rawValue) \(path).")
        }
    }

    private func expect(_ method: Method, _ head: RequestHead) throws(SimulatedError) {
        guard head.method != method else { return }
        throw SimulatedError(
            status: 405, type: "invalid_request_error", code: "method_not_supported",
            message: "Use \(method.rawValue) for \(head.path).")
    }

    private func chat(_ request: InboundRequest, _ writer: any ReplyWriter) async throws(SimulatedError) {
        let scan = request.body.withUnsafeReadableBytes { RequestScan($0, seed: settings.seed) }
        let (behaviour, model, draw) = try behaviour(scan, request.head)
        let pacer = ReplyPacer(behaviour, clock: clock, writer: writer)
        try await injectError(draw, pacer)
        let created = Int(clock.wallNow().nanoseconds / 1_000_000_000)
        let plan = ReplyPlan(behaviour, scan: scan, model: model, identity: draw, created: created)
        if scan.stream {
            let fields = fields("text/event-stream; charset=utf-8", draw) + [ReplyField("cache-control", "no-cache")]
            await ChatStream(plan: plan, fields: fields, clock: clock).send(pacer: pacer)
        } else {
            await ChatReply(plan: plan, fields: fields("application/json", draw), clock: clock).send(pacer: pacer)
        }
    }

    private func embeddings(_ request: InboundRequest, _ writer: any ReplyWriter) async throws(SimulatedError) {
        let scan = request.body.withUnsafeReadableBytes { RequestScan($0, seed: settings.seed) }
        let (behaviour, model, draw) = try behaviour(scan, request.head)
        guard !scan.inputs.isEmpty else { throw .badRequest("'input' is missing or empty.", param: "input") }
        guard scan.inputs.count <= Self.inputsMax else {
            throw .badRequest("'input' may hold at most \(Self.inputsMax) elements.", param: "input")
        }
        let dimensions = scan.dimensions ?? behaviour.dimensions
        guard (1...4096).contains(dimensions) else {
            throw .badRequest("'dimensions' must lie between 1 and 4096.", param: "dimensions")
        }
        let pacer = ReplyPacer(behaviour, clock: clock, writer: writer)
        try await injectError(draw, pacer)
        if behaviour.abortAfter != nil { return writer.abort() }
        await pacer.waitForHead()
        await pacer.waitForPiece(0)
        let digests = request.body.withUnsafeReadableBytes { raw in
            scan.inputs.map { Mix.digest(UnsafeRawBufferPointer(rebasing: raw[$0]), seed: settings.seed) }
        }
        let body = EmbeddingsReply(
            behaviour: behaviour, model: model, seed: settings.seed, inputs: digests, dimensions: dimensions,
            asBase64: scan.wantsBase64, promptTokens: behaviour.inputTokens ?? max(1, (scan.textBytes + 3) / 4)
        ).body()
        await send(Reply(status: 200, fields: fields("application/json", draw), body: body), to: writer)
    }

    /// Waits as the reply would have, then fails, where the behaviour and the draw say so.
    private func injectError(_ draw: UInt64, _ pacer: ReplyPacer) async throws(SimulatedError) {
        guard let error = pacer.behaviour.injectedError(draw: draw) else { return }
        await pacer.waitForHead()
        throw .injected(error, retryAfterSeconds: pacer.behaviour.retryAfterSeconds)
    }

    /// How to answer, the model's name, and the draw of this request.
    private func behaviour(
        _ scan: borrowing RequestScan, _ head: RequestHead
    ) throws(SimulatedError) -> (SimulatedBehaviour, model: String, draw: UInt64) {
        guard scan.isObject else { throw .badRequest("We could not parse the JSON body of your request.") }
        guard let model = scan.model, !model.isEmpty else {
            throw .badRequest("You must provide a 'model' parameter.", param: "model")
        }
        var behaviour = try behaviour(named: model)
        if let controls = head[Self.control] {
            do throws(ControlProblem) {
                behaviour = try SimulatedBehaviour(controls: controls, over: behaviour)
            } catch { throw .badRequest("x-sim: \(error.description)", param: Self.control.text) }
        }
        let number = requestCount.wrappingAdd(1, ordering: .relaxed).oldValue
        return (behaviour, model, Mix.draw(settings.seed, number))
    }

    private func behaviour(named model: String) throws(SimulatedError) -> SimulatedBehaviour {
        if let behaviour = known.withLock({ $0[model] }) { return behaviour }
        let found: SimulatedBehaviour?
        do throws(ControlProblem) {
            found = try models.behaviour(for: model)
        } catch { throw .badRequest("model: \(error.description)", param: "model") }
        guard let found else { throw .modelNotFound(model) }
        known.withLock { if $0.count < Self.knownMax { $0[model] = found } }
        return found
    }

    private func fields(_ type: String, _ draw: UInt64) -> [ReplyField] {
        [
            ReplyField("content-type", type), ReplyField("x-request-id", "req_" + ReplyPlan.hex(draw)),
            ReplyField("openai-version", "2020-10-01"),
        ]
    }

    private func modelList() -> Reply {
        var body = ByteBuffer(staticString: "{\"object\":\"list\",\"data\":[")
        for (index, name) in models.names.enumerated() {
            body.append(index == 0 ? "{\"id\":" : ",{\"id\":")
            body.appendJSON(name)
            body.append(",\"object\":\"model\",\"created\":1767225600,\"owned_by\":\"weir-simulator\"}")
        }
        body.append("]}")
        return Reply(status: 200, fields: [ReplyField("content-type", "application/json")], body: body)
    }

    private func send(_ reply: Reply, to writer: any ReplyWriter) async {
        if writer.isGone { return }
        writer.start(ReplyHead(status: reply.status, fields: reply.fields, bodyBytes: reply.body.readableBytes))
        await writer.write(reply.body)
        writer.end()
    }
}
