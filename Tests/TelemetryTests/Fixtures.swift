import GatewayTypes
import NIOCore

@testable import Telemetry

/// A dialect that is never asked anything.
struct SilentDialect: ProviderDialect {
    var forwardedFields: [HeaderName] { [] }
    var returnedFields: [HeaderName] { [] }
    var requestIDField: HeaderName { "x-request-id" }
    func path(for surface: Surface, model: String, stream: Bool) -> String? { "/" }
    func path(translating operation: GatewayTypes.Operation, model: String, stream: Bool) -> String? { nil }
    func encode(
        _ request: NeutralRequest, for target: Target, outputTokensMax: Int64?
    ) throws(Failure) -> EncodedRequest { EncodedRequest(body: ByteBuffer()) }
    func reader(for operation: GatewayTypes.Operation, target: Target, stream: Bool) -> any ReplyReader {
        SilentReader()
    }
    func encode(
        _ request: ModelRequest, for target: Target, outputTokensMax: Int64?
    ) throws(Failure) -> ByteBuffer { request.body }
    func decoder(for request: ModelRequest, target: Target) -> any ReplyDecoder { SilentDecoder() }
    func failure(status: Int, head: UpstreamHead, body: ByteBuffer) -> Failure { Failure(.upstreamError, "") }

    struct SilentReader: ReplyReader {
        mutating func read(_ bytes: ByteBuffer, into events: inout [ModelEvent]) {}
        mutating func end(into events: inout [ModelEvent]) {}
    }

    struct SilentDecoder: ReplyDecoder {
        mutating func decode(_ bytes: ByteBuffer, into facts: inout ReplyFacts) -> ByteBuffer { bytes }
        mutating func end(into facts: inout ReplyFacts) -> ByteBuffer { ByteBuffer() }
    }
}

/// One team, one caller, one route with two targets; an exchange that fell back to the second.
struct Fixture {
    let team: ConfiguredName
    let caller: Caller
    let route: Route
    let first: Target
    let second: Target
    static let arrived = Moment(nanoseconds: 5_000_000_000)
    static let arrivedAt = WallTime(nanoseconds: 1_795_369_441_042_000_000)

    init(teamName: String = "search") {
        var teams = NameTable()
        var callers = NameTable()
        var routes = NameTable()
        var providers = NameTable()
        var models = NameTable()
        team = teams.declare(teamName)
        caller = Caller(name: callers.declare("ada-app"), team: team, keyAlias: "k1")
        first = Self.target(0, providers.declare("acme"), models.declare("big-1"))
        second = Self.target(1, providers.declare("zeta"), models.declare("small-2"))
        route = Route(name: routes.declare("smart"), strategy: .ordered, targets: [first, second])
    }

    static func target(_ index: Int, _ provider: ConfiguredName, _ model: ConfiguredName) -> Target {
        let endpoint = Endpoint(
            id: index, method: .post, url: "http://127.0.0.1:9/v1/chat/completions", serverAddress: "127.0.0.1",
            serverPort: 9, fields: [], timeouts: Endpoint.Timeouts(), http2: false, caFile: nil)
        let way = Way(dialect: SilentDialect(), isTranslated: false, endpoint: endpoint, streamEndpoint: endpoint)
        return Target(
            index: index, provider: provider, providerKind: "openai", servedModel: model, weight: 1,
            ways: [way], keyAlias: "main", injectsStreamUsage: true)
    }

    static func trace(sampled: Bool = true) -> TraceContext {
        TraceContext(
            traceHigh: 0x0af7_6519_16cd_43dd, traceLow: 0x8448_eb21_1c80_319c, spanID: 0x00f0_67aa_0ba9_02b7,
            parentSpanID: 0xb7ad_6b71_6920_3331, flags: sampled ? 1 : 0, state: "vendor=1")
    }

    static func after(_ milliseconds: Double) -> Moment {
        Moment(nanoseconds: arrived.nanoseconds + UInt64(milliseconds * 1e6))
    }

    /// A streamed chat: refused by the first target, served by the second.
    func outcome(sampled: Bool = true) -> Outcome {
        var outcome = Outcome(
            id: ExchangeID(high: 0x019a_0000_0000_7000, low: 0x8000_0000_0000_0001),
            trace: Self.trace(sampled: sampled), arrived: Self.arrived, arrivedAt: Self.arrivedAt, method: .post,
            httpRoute: "/v1/chat/completions", clientAddress: "127.0.0.1", userAgent: "test \"1\"",
            surface: .openAIChat)
        outcome.operation = .chat
        outcome.askedModel = "smart"
        outcome.stream = true
        outcome.caller = caller
        outcome.route = route
        outcome.moved = .fallback
        outcome.purpose = .fallback
        outcome.notes = [Note(.routing, "first of 2")]
        outcome.kept = sampled ? .base : nil
        outcome.status = 200
        outcome.requestBytes = 120
        outcome.replyBytes = 900
        var refused = AttemptOutcome(target: first, spanID: 0x11, began: Self.after(1))
        refused.ended = Self.after(11)
        refused.status = 429
        refused.failure = Failure(.upstreamRateLimited, "busy", retryable: true)
        var served = AttemptOutcome(target: second, spanID: 0x22, began: Self.after(12))
        served.status = 200
        served.phases.connect = 1_000_000
        served.phases.wait = 30_000_000
        served.phases.stream = 50_000_000
        served.firstToken = Self.after(62)
        served.firstVisibleToken = Self.after(72)
        for moment in [62.0, 72, 102] { served.gaps.piece(at: Self.after(moment)) }
        served.ended = Self.after(112)
        var usage = Usage(source: .provider)
        usage[.input] = 100
        usage[.cacheRead] = 20
        usage[.output] = 7
        usage[.reasoning] = 3
        served.usage = usage
        served.cost = Self.cost
        outcome.attempts = [refused, served]
        outcome.servedAttempt = 1
        outcome.firstTokenSent = Self.after(62)
        outcome.firstVisibleTokenSent = Self.after(72)
        outcome.ended = Self.after(113)
        outcome.overheadNanoseconds = 40_000
        outcome.hops.add(.receive, from: Self.arrived, to: Self.after(0.5))
        outcome.hops.add(.routing, from: Self.after(0.5), to: Self.after(0.75))
        outcome.hops.add(.attempt, from: Self.after(1), to: Self.after(112))
        outcome.hops.add(.settle, from: Self.after(112.5), to: Self.after(113))
        outcome.usage = usage
        outcome.cost = Self.cost
        outcome.reply.finishReasons = ["stop"]
        outcome.reply.responseModel = "small-2-2026"
        outcome.accounted = true
        return outcome
    }

    static let cost = Cost(
        status: .priced,
        lines: [
            CostLine(component: .input, units: 100, price: UnitPrice(picodollarsPerMillion: 150_000_000_000)),
            CostLine(component: .output, units: 7, price: UnitPrice(picodollarsPerMillion: 600_000_000_000)),
        ], tier: "default", catalogHash: "abc")

    static func telemetry(_ settings: TelemetrySettings = TelemetrySettings(), workers: Int = 1) -> Telemetry {
        Telemetry(
            settings: settings, workers: workers, build: BuildInfo(version: "1", revision: "r", swift: "6"))
    }
}

extension Telemetry {
    /// The lines of a scrape that begin with `prefix`.
    func lines(_ prefix: String, accept: String? = nil) -> [String] {
        text(accept: accept).split(separator: "\n").map(String.init).filter { $0.hasPrefix(prefix) }
    }

    func text(accept: String? = nil) -> String { String(buffer: exposition(accept: accept, acceptEncoding: nil).body) }

    static var openMetrics: String { "application/openmetrics-text; version=1.0.0" }
}
