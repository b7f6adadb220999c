public import GatewayTypes
import JSON
import NIOCore
import Synchronization

/// A provider that needs no model and speaks every provider's shape, told apart by the path: OpenAI (chat, responses,
/// completions, embeddings, images, audio, moderations, files, batches; Azure's paths too), Anthropic, Gemini, Bedrock,
/// Cohere, Ollama. One conversation gets the same text in each of them.
///
/// It writes them by itself, not with the gateway's dialects, which are checked against it. It keeps no state that a
/// request could change, but for a few uploaded files: how a reply behaves is said by the model's name or by the header
/// `x-sim`, which wins, in the grammar of `help`:
///
///     sim-large      sim-large:gap=2ms      sim:ttft=200ms,gap=20ms,tokens=64,cached=100
///     x-sim: ttft=200ms, tokens=64
///
/// The text of a reply follows from the seed and what the conversation says; ids and injected errors from the seed and the
/// number of the request. Every chunk of a chat carries `sim_sent_ns`, the monotonic time at which it was made, so that a load
/// generator on the same machine can measure the way of each chunk alone.
public final class SimulatedProvider: RequestHandler {
    let settings: SimulatorSettings
    let models: SimulatedModels
    let clock: ToolClock
    let shelf = FileShelf()
    private let requestCount = Atomic<UInt64>(0)
    /// Behaviours by model name, so that a name is read once.
    private let known = Mutex<[String: SimulatedBehaviour]>([:])

    private static let knownMax = 1024
    static let inputsMax = 2048
    private static let control: HeaderName = "x-sim"
    private static let authorization: HeaderName = "authorization"
    private static let anthropicVersion: HeaderName = "anthropic-version"
    private static let keys: [HeaderName] = ["x-api-key", "api-key", "x-goog-api-key"]

    public init(settings: SimulatorSettings = .init(), clock: ToolClock = .system) {
        self.settings = settings
        self.clock = clock
        models = SimulatedModels(settings: settings)
    }

    /// The grammar of model names and of `x-sim`, for the command line.
    public static var help: String { SimulatedModels.help }

    public func handle(_ request: InboundRequest, on worker: Int, writer: any ReplyWriter) async {
        settings.onRequest?(request)
        let found = SimulatedAPI.recognise(request.head.path)
        do throws(SimulatedError) {
            guard let found else {
                throw SimulatedError(
                    status: 404, type: "invalid_request_error", code: "unknown_url",
                    message: "Unknown request URL: \(request.head.method.rawValue) \(request.head.path).")
            }
            try await answer(found.api, found.model, request, writer)
        } catch {
            await send((found?.api.errors ?? .openAI).reply(error), to: writer)
        }
    }

    public func render(_ failure: Failure) -> Reply {
        ErrorShape.openAI.reply(
            SimulatedError(
                status: failure.reason.status,
                type: failure.reason.status < 500 ? "invalid_request_error" : "server_error",
                code: failure.reason.rawValue, message: failure.message, param: failure.param,
                retryAfterSeconds: failure.retryAfterSeconds))
    }

    private func answer(
        _ api: SimulatedAPI, _ model: String?, _ request: InboundRequest, _ writer: any ReplyWriter
    ) async throws(SimulatedError) {
        try admit(api, request.head)
        switch api {
        case .models, .geminiModels:
            try expect(.get, request.head)
            await send(modelList(api, request.head), to: writer)
        case .files, .batches: try await files(api, request, writer)
        case .chat:
            try expect(.post, request.head)
            try await chat(request, model, writer)
        case .imageEdits, .transcriptions, .translations:
            try expect(.post, request.head)
            try await form(api, request, model, writer)
        case .responses, .completions, .anthropicMessages, .anthropicCountTokens, .gemini, .bedrockConverse,
            .bedrockConverseStream, .cohereChat, .ollamaChat:
            try expect(.post, request.head)
            try await converse(api, try ask(request, model, writer))
        case .embeddings, .images, .speech, .moderations, .rerank, .bedrockInvoke, .cohereEmbed, .cohereRerank:
            try expect(.post, request.head)
            try await serve(api, try ask(request, model, writer))
        }
    }

    /// The key, in whichever header the provider's clients send it, and what the real ones insist on.
    private func admit(_ api: SimulatedAPI, _ head: RequestHead) throws(SimulatedError) {
        if let apiKey = settings.apiKey, api.errors != .bedrock, head[Self.authorization] != "Bearer \(apiKey)",
            !Self.keys.contains(where: { head[$0] == apiKey })
        {
            throw .injected(.status(401), retryAfterSeconds: 0)
        }
        switch api.errors {
        case .bedrock:
            let authorization = head[Self.authorization] ?? ""
            if !authorization.hasPrefix("AWS4-HMAC-SHA256 ") && !authorization.hasPrefix("Bearer ") {
                throw SimulatedError(status: 403, type: "", code: nil, message: "Missing Authentication Token")
            }
        case .anthropic:
            if head[Self.anthropicVersion] == nil {
                throw .badRequest("anthropic-version: header is required")
            }
        case .openAI, .gemini, .cohere, .ollama: break
        }
    }

    func expect(_ method: Method, _ head: RequestHead) throws(SimulatedError) {
        guard head.method != method else { return }
        throw SimulatedError(
            status: 405, type: "invalid_request_error", code: "method_not_supported",
            message: "Use \(method.rawValue) for \(head.path).")
    }

    private func chat(
        _ request: InboundRequest, _ named: String?, _ writer: any ReplyWriter
    ) async throws(SimulatedError) {
        let asked = try ask(request, named, writer)
        try await injectError(asked.draw, asked.pacer)
        let plan = plan(asked, asksUsage: asked.scan.stream ? asked.scan.includeUsage : true)
        if asked.scan.stream {
            var stream = ChatStream(plan: plan, clock: clock, received: request.lastByte)
            await stream.send(fields: eventFields(asked.draw) + limits(asked.behaviour), pacer: asked.pacer)
        } else {
            let reply = ChatReply(plan: plan, clock: clock)
            let fields = fields("application/json", asked.draw) + limits(asked.behaviour)
            await WholeReply(fields: fields, pieceCount: plan.pieceCount)
                .send(pacer: asked.pacer) { reply.body() }
        }
    }

    /// What one request asks, settled before it is answered.
    struct Asked {
        let request: InboundRequest
        let scan: RequestScan
        let model: String
        let draw: UInt64
        let pacer: ReplyPacer
        var behaviour: SimulatedBehaviour { pacer.behaviour }
    }

    func ask(
        _ request: InboundRequest, _ named: String?, _ writer: any ReplyWriter
    ) throws(SimulatedError) -> Asked {
        let scan = request.body.withUnsafeReadableBytes { RequestScan($0, seed: settings.seed) }
        guard scan.isObject else { throw .badRequest("We could not parse the JSON body of your request.") }
        let (behaviour, model, draw) = try behaviour(named ?? scan.model, request.head)
        return Asked(
            request: request, scan: scan, model: model, draw: draw,
            pacer: ReplyPacer(behaviour, clock: clock, writer: writer))
    }

    func plan(_ asked: Asked, asksUsage: Bool = true) -> ReplyPlan {
        ReplyPlan(
            asked.behaviour, scan: asked.scan, model: asked.model, identity: asked.draw, created: created,
            asksUsage: asksUsage)
    }

    /// Unix seconds.
    var created: Int { Int(clock.wallNow().nanoseconds / 1_000_000_000) }

    /// Waits as the reply would have, then fails, where the behaviour and the draw say so.
    func injectError(_ draw: UInt64, _ pacer: ReplyPacer) async throws(SimulatedError) {
        guard let error = pacer.behaviour.injectedError(draw: draw) else { return }
        await pacer.waitForHead()
        throw .injected(error, retryAfterSeconds: pacer.behaviour.retryAfterSeconds)
    }

    /// How to answer, the model's name, and the draw of this request.
    func behaviour(
        _ model: String?, _ head: RequestHead
    ) throws(SimulatedError) -> (SimulatedBehaviour, model: String, draw: UInt64) {
        guard let model, !model.isEmpty else {
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
        let found = try models.known(model)
        known.withLock { if $0.count < Self.knownMax { $0[model] = found } }
        return found
    }

    func fields(_ type: String, _ draw: UInt64) -> [ReplyField] {
        [
            ReplyField("content-type", type), ReplyField("x-request-id", "req_" + Hex.text(draw)),
            ReplyField("openai-version", "2020-10-01"),
        ]
    }

    func eventFields(_ draw: UInt64) -> [ReplyField] {
        fields("text/event-stream; charset=utf-8", draw) + [ReplyField("cache-control", "no-cache")]
    }

    /// What is left of a limit of requests by the minute, in OpenAI's fields.
    private func limits(_ behaviour: SimulatedBehaviour) -> [ReplyField] {
        guard let remaining = behaviour.remainingRequests else { return [] }
        return [
            ReplyField("x-ratelimit-limit-requests", String(max(1000, remaining))),
            ReplyField("x-ratelimit-remaining-requests", String(remaining)),
            ReplyField("x-ratelimit-reset-requests", "60s"),
        ]
    }

    /// Two providers list their models under one path; Anthropic's clients name its version.
    private func modelList(_ api: SimulatedAPI, _ head: RequestHead) -> Reply {
        func list(_ one: (String) -> String) -> String { models.names.map(one).joined(separator: ",") }
        let body =
            if api == .geminiModels {
                "{\"models\":["
                    + list {
                        #"{"name":\#("models/\($0)".json),"displayName":\#($0.json),"#
                            + #""supportedGenerationMethods":["generateContent","countTokens","embedContent"]}"#
                    } + "]}"
            } else if head[Self.anthropicVersion] != nil {
                "{\"data\":["
                    + list {
                        #"{"type":"model","id":\#($0.json),"display_name":\#($0.json),"#
                            + #""created_at":"2026-01-01T00:00:00Z"}"#
                    } + "],\"has_more\":false,\"first_id\":null,\"last_id\":null}"
            } else {
                "{\"object\":\"list\",\"data\":["
                    + list {
                        #"{"id":\#($0.json),"object":"model","created":1767225600,"owned_by":"weir-simulator"}"#
                    } + "]}"
            }
        return Reply(
            status: 200, fields: [ReplyField("content-type", "application/json")], body: ByteBuffer(string: body))
    }

    func send(_ reply: Reply, to writer: any ReplyWriter) async {
        if writer.isGone { return }
        writer.start(ReplyHead(status: reply.status, fields: reply.fields, bodyBytes: reply.body.readableBytes))
        await writer.write(reply.body)
        writer.end()
    }
}
