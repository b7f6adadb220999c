import GatewayTypes
import NIOCore
import ProxyCore
import Synchronization
import Telemetry

/// A core with scripted surroundings: one route `smart` with the targets `first` and `second`.
struct TestHouse {
    let upstream: ScriptedUpstream
    let writer = RecordingWriter()
    let journal: RecordingJournal
    let gate: CountingGate
    let trail = Trail()
    /// What is observed; nothing unless the house `observes`.
    let exporter = KeptSpans()
    private let renderer: OutcomeRenderer
    /// How long was waited between attempts.
    let naps = Naps()
    /// What was started that no client waits for.
    let launched = Launched()
    private let proxy: Proxy
    private let now: @Sendable () -> Moment

    init(
        scripts: [[ScriptedUpstream.Step]], journal: RecordingJournal = RecordingJournal(), refusedTarget: Int? = nil,
        follows: Bool = false, reroutes: Bool = false, translates: Bool = false, translatesFirst: Bool = false,
        drops: Bool = false, holdsBack: Int = 0, repeats: Bool = false, observes: Bool = false,
        refusal: Failure? = nil, early: (any Stage)? = nil, capture: Capture = .none, trust: Tracing.Trust = .always,
        credential: (any Credential)? = nil, retries: (any RetryAdviser)? = nil,
        keys: (any ProviderKeyRing)? = nil,
        limits: ExchangeLimits = ExchangeLimits(),
        hedges: (any HedgeAdviser)? = nil, clock: HandClock? = nil, shadows: (any ShadowKeeper)? = nil,
        choice: (@Sendable (Route) -> RouteChoice)? = nil, timeouts: Endpoint.Timeouts = Endpoint.Timeouts(),
        decoration: Decoration? = nil, templates: (any PromptTemplates)? = nil, callouts: [any Callout] = [],
        now: @escaping @Sendable () -> Moment = { Moment.now() }
    ) {
        upstream = ScriptedUpstream(scripts)
        upstream.clock = clock
        self.journal = journal
        let now = clock?.reading ?? now
        self.now = now
        gate = CountingGate(refusedTarget: refusedTarget, refusal: refusal)
        var names = NameTable()
        let provider = names.declare("provider")
        let endpoint = Self.endpoint(timeouts, credential)
        let ways = [translates || translatesFirst, translates].map { Self.ways(endpoint, isTranslated: $0) }
        let targets = ["first", repeats ? "first" : "second"].enumerated().map { index, model in
            Target(
                index: index, provider: provider, providerKind: "openai", servedModel: names.declare(model), weight: 1,
                ways: ways[index], keyAlias: "",
                injectsStreamUsage: true, dropsUnsupported: drops, keys: index == 0 ? keys : nil)
        }
        let route = Route(
            name: names.declare("smart"), strategy: .ordered, targets: targets, capture: capture,
            decoration: decoration,
            hedge: hedges.map { _ in HedgeRule(after: .seconds(1), shareMax: 1) },
            shadow: shadows.map { _ in Shadow(target: targets[1], share: 1, inFlightMax: 1) })
        let door = ProviderDoor(
            byModel: ["first": Route(name: names.declare("door"), strategy: .ordered, targets: [targets[0]])],
            anyModel: Route(name: names.declare("door"), strategy: .ordered, targets: [targets[1]]), basePath: "/v1")
        var stages = Self.stages(choice, early: early, follows: follows ? trail : nil, holdsBack: holdsBack)
        if reroutes {
            let override = Override(
                budget: names.declare("search"), rule: names.declare("too \"fast\""),
                action: .reroute(from: route.name, to: names.declare("cheap")))
            stages = [Rerouter(targets: [targets[1]], override: override)]
        }
        var tracing = Tracing()
        tracing.trust = trust
        let plan = Plan(
            path: Path(
                authentication: Welcome(), stages: stages,
                gates: [CountingGate(refusedTarget: nil, counts: gate), gate]),
            surfaces: SurfaceTable(Self.surfaces, fallback: WordDialect()), routes: ["smart": route],
            doors: ["p": door], pricer: FlatPricer(), journal: journal, limits: limits, tracing: tracing,
            retries: retries, hedges: hedges, shadows: shadows, templates: templates, callouts: callouts)
        let telemetry = Self.telemetry(observes: observes)
        renderer = OutcomeRenderer(telemetry: telemetry, lines: nil, exporter: exporter)
        let lane = Lane(
            index: 0, upstream: upstream, telemetry: telemetry.shards[0], now: now,
            sleep: { [naps] in naps.add($0) }, launch: { [launched] in launched.add($0) })
        proxy = Proxy(plan: plan, lanes: [lane], inFlight: InFlight())
    }

    private static func stages(
        _ choice: (@Sendable (Route) -> RouteChoice)?, early: (any Stage)?, follows trail: Trail?, holdsBack: Int
    ) -> [any Stage] {
        var stages: [any Stage] = [AllTargets(choice: choice)]
        if let early { stages.insert(early, at: 0) }
        if let trail { stages += [Follower<CacheHop>(trail: trail), Follower<LimitsHop>(trail: trail)] }
        if holdsBack > 0 { stages.append(HoldingStage(events: holdsBack)) }
        return stages
    }

    private static func endpoint(_ timeouts: Endpoint.Timeouts, _ credential: (any Credential)?) -> Endpoint {
        Endpoint(
            id: 0, method: .post, url: "http://127.0.0.1:1/", serverAddress: "127.0.0.1", serverPort: 1, fields: [],
            timeouts: timeouts, http2: false, caFile: nil, credential: credential)
    }

    private static func telemetry(observes: Bool) -> Telemetry {
        var settings = TelemetrySettings.off
        settings.spans = observes
        return Telemetry(
            settings: settings, workers: 1, build: BuildInfo(version: "0", revision: "0", swift: "6"))
    }

    private static let surfaces = [
        SurfaceEntry(.post, "/responses", .openAIResponses, WordDialect()),
        SurfaceEntry(.post, "/messages", .anthropicMessages, WordDialect()),
        SurfaceEntry(.post, "/gemini", .geminiGenerate, WordDialect()),
        SurfaceEntry(.post, "/vectors", .geminiEmbed, WordDialect()),
        SurfaceEntry(.get, "/realtime", .openAIRealtime, WordDialect()),
        SurfaceEntry(.post, "/chat", .openAIChat, WordDialect()),
        SurfaceEntry(.post, "/m/{model}:say", .openAIChat, PathDialect()),
        SurfaceEntry(.post, "/embed", .openAIEmbeddings, WordDialect()),
        SurfaceEntry(nil, "/providers/{provider}/", .providerAPI, WordDialect()),
    ]

    private static func ways(_ endpoint: Endpoint, isTranslated: Bool) -> [Way?] {
        func way(isTranslated: Bool) -> Way {
            Way(dialect: WordDialect(), isTranslated: isTranslated, endpoint: endpoint, streamEndpoint: endpoint)
        }
        return Surface.allCases.map { surface in
            switch surface {
            case .openAIChat: way(isTranslated: isTranslated)
            case .ask: way(isTranslated: true)
            case .providerAPI, .openAIResponses, .anthropicMessages, .geminiGenerate, .geminiEmbed, .openAIRealtime:
                way(isTranslated: false)
            default: nil
            }
        }
    }

    func send(
        _ body: String, path: String = "/chat", method: GatewayTypes.Method = .post, query: String? = nil,
        traceparent: String? = nil
    ) async {
        var bytes = ByteBuffer()
        var fields: [RequestHead.Field] = []
        if let traceparent {
            let name = "traceparent"
            bytes.writeString(name + traceparent)
            fields.append(
                RequestHead.Field(
                    nameStart: 0, nameLength: name.utf8.count, valueStart: name.utf8.count,
                    valueLength: traceparent.utf8.count))
        }
        let head = RequestHead(
            bytes: bytes, method: method, path: path, query: query, fields: fields, clientAddress: "127.0.0.1")
        let now = now()
        await proxy.handle(
            InboundRequest(head: head, body: ByteBuffer(string: body), firstByte: now, lastByte: now), on: 0,
            writer: writer)
    }

    /// Asks the route `smart`, as Weir itself does.
    func ask(_ text: String, purpose: CostPurpose = .classification, for asker: Asker = .gateway) async -> AskResult {
        var facts = RequestFacts()
        facts.textBytes = text.utf8.count
        let request = ModelRequest(
            surface: .ask, askedModel: String(text.prefix { $0 != " " }), stream: false,
            body: ByteBuffer(string: text), facts: facts)
        return await proxy.ask(
            request, in: WordDialect(), purpose: purpose, deadlineSeconds: 5, for: asker, on: 0)
    }

    /// The spans of all that was sent, once they are made.
    func spans() async -> [SpanData] {
        await renderer.drain()
        return exporter.all
    }
}

/// Keeps spans in the order in which they were made.
final class KeptSpans: SpanExporter {
    private let kept = Mutex<[SpanData]>([])
    var all: [SpanData] { kept.withLock { $0 } }
    func wants(_ facts: ExchangeFacts) -> Bool { true }
    func pack(_ spans: [SpanData], of facts: ExchangeFacts) -> PackedItems {
        kept.withLock { $0 += spans }
        return PackedItems(ByteBuffer(), count: spans.count, of: facts)
    }
    func offer(_ exchanges: [PackedItems]) async {}
}

/// Time that only a script moves.
final class HandClock: Sendable {
    private let nanoseconds = Atomic<UInt64>(1_000_000_000_000)
    var now: Moment { Moment(nanoseconds: nanoseconds.load(ordering: .relaxed)) }
    var reading: @Sendable () -> Moment { { self.now } }
    func set(_ moment: Moment) { nanoseconds.store(moment.nanoseconds, ordering: .relaxed) }
    func wait(_ milliseconds: UInt64) -> ScriptedUpstream.Step {
        .act { self.nanoseconds.wrappingAdd(milliseconds * 1_000_000, ordering: .relaxed) }
    }
}

private struct Welcome: Stage {
    static let hop = Hop.authentication
    func enter(_ exchange: inout Exchange) async throws(Failure) -> Passage { .pass }
}

private struct AllTargets: Stage {
    static let hop = Hop.routing
    let choice: (@Sendable (Route) -> RouteChoice)?
    func enter(_ exchange: inout Exchange) async throws(Failure) -> Passage {
        exchange.targets = exchange.route.targets
        exchange.choice = choice?(exchange.route)
        return .pass
    }
}

/// Keeps the first events of a reply back, as one that must see more of it would.
private struct HoldingStage: Stage {
    static let hop = Hop.guardrails
    let events: Int
    func enter(_ exchange: inout Exchange) async throws(Failure) -> Passage { .follow(HoldingFilter(left: events)) }
}

private struct HoldingFilter: ReplyFilter {
    var left: Int
    mutating func filter(_ event: borrowing ReplyEvent) throws(Failure) -> FilterStep {
        switch event {
        case .head, .end: return .forward
        case .bytes:
            left -= 1
            return left < 0 ? .forward : .hold
        }
    }
    mutating func settle(_ outcome: borrowing Outcome) {}
}

/// Moves every exchange, as a budget would.
private struct Rerouter: Stage {
    static let hop = Hop.routing
    let targets: [Target]
    let override: Override
    func enter(_ exchange: inout Exchange) async throws(Failure) -> Passage {
        exchange.targets = targets
        exchange.override = override
        return .pass
    }
}

/// Grants all but one target, and counts.
final class CountingGate: AttemptGate {
    static let hop = Hop.budgets
    private let refusedTarget: Int?
    private let refusal: Failure?
    private let counts: CountingGate?
    private let grants = Atomic<Int>(0)
    private let settlings = Atomic<Int>(0)

    /// Counts into `counts` where there is one. `refusal`: of every target.
    init(refusedTarget: Int?, counts: CountingGate? = nil, refusal: Failure? = nil) {
        self.refusedTarget = refusedTarget
        self.refusal = refusal
        self.counts = counts
    }

    var granted: Int { grants.load(ordering: .relaxed) }
    var settled: Int { settlings.load(ordering: .relaxed) }

    func admit(_ target: Target, for exchange: borrowing Exchange) throws(Failure) -> any Admission {
        if let refusal { throw refusal }
        if target.index == refusedTarget { throw Failure(.breakerOpen, "refused", retryable: true) }
        if let counts { return counts.grant() }
        return Grant(gate: nil)
    }

    private func grant() -> Grant {
        grants.wrappingAdd(1, ordering: .relaxed)
        return Grant(gate: self)
    }

    private struct Grant: Admission {
        let gate: CountingGate?
        func settle(_ outcome: borrowing AttemptOutcome) { gate?.settlings.wrappingAdd(1, ordering: .relaxed) }
    }
}

final class Naps: Sendable {
    private let list = Mutex<[Double]>([])
    func add(_ seconds: Double) { list.withLock { $0.append(seconds) } }
    var all: [Double] { list.withLock { $0 } }
}

final class Trail: Sendable {
    private let list = Mutex<[String]>([])
    func add(_ word: String) { list.withLock { $0.append(word) } }
    var words: [String] { list.withLock { $0 } }
}

protocol NamedHop: Sendable { static var hop: Hop { get } }
enum CacheHop: NamedHop { static let hop = Hop.cache }
enum LimitsHop: NamedHop { static let hop = Hop.limits }

private struct Follower<Name: NamedHop>: Stage {
    static var hop: Hop { Name.hop }
    let trail: Trail
    func enter(_ exchange: inout Exchange) async throws(Failure) -> Passage {
        .follow(TrailFilter(name: Name.hop.rawValue, trail: trail))
    }
}

/// Ends what enters it: with a reply of its own, or a refusal.
struct Ender<Name: NamedHop>: Stage {
    static var hop: Hop { Name.hop }
    let ending: Result<Reply, Failure>
    func enter(_ exchange: inout Exchange) async throws(Failure) -> Passage { .answer(try ending.get()) }
}

private struct TrailFilter: ReplyFilter {
    let name: String
    let trail: Trail

    mutating func filter(_ event: borrowing ReplyEvent) throws(Failure) -> FilterStep {
        switch event {
        case .head: trail.add("\(name) head")
        case .bytes: trail.add("\(name) bytes")
        case .end: trail.add("\(name) end")
        }
        return .forward
    }

    mutating func settle(_ outcome: borrowing Outcome) { trail.add("\(name) settle") }
}

/// Keeps what was started until the test runs it.
final class Launched: Sendable {
    private let list = Mutex<[@Sendable () async -> Void]>([])
    func add(_ operation: @escaping @Sendable () async -> Void) { list.withLock { $0.append(operation) } }
    var count: Int { list.withLock { $0.count } }
    func run() async {
        let operations = list.withLock { list in
            defer { list = [] }
            return list
        }
        for operation in operations { await operation() }
    }
}
