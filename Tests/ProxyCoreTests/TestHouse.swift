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
    /// How long was waited between attempts.
    let naps = Naps()
    private let proxy: Proxy

    init(
        scripts: [[ScriptedUpstream.Step]], journal: RecordingJournal = RecordingJournal(), refusedTarget: Int? = nil,
        follows: Bool = false, reroutes: Bool = false, translates: Bool = false, translatesFirst: Bool = false,
        drops: Bool = false,
        credential: (any Credential)? = nil, retries: (any RetryAdviser)? = nil,
        limits: ExchangeLimits = ExchangeLimits(),
        choice: (@Sendable (Route) -> RouteChoice)? = nil, timeouts: Endpoint.Timeouts = Endpoint.Timeouts(),
        now: @escaping @Sendable () -> Moment = { Moment.now() }
    ) {
        upstream = ScriptedUpstream(scripts)
        self.journal = journal
        gate = CountingGate(refusedTarget: refusedTarget)
        var names = NameTable()
        let provider = names.declare("provider")
        let endpoint = Endpoint(
            id: 0, method: .post, url: "http://127.0.0.1:1/", serverAddress: "127.0.0.1", serverPort: 1, fields: [],
            timeouts: timeouts, http2: false, caFile: nil, credential: credential)
        let ways = [translates || translatesFirst, translates].map { Self.ways(endpoint, isTranslated: $0) }
        let targets = ["first", "second"].enumerated().map { index, model in
            Target(
                index: index, provider: provider, providerKind: "openai", servedModel: names.declare(model), weight: 1,
                ways: ways[index], keyAlias: "",
                injectsStreamUsage: true, dropsUnsupported: drops)
        }
        let route = Route(name: names.declare("smart"), strategy: .ordered, targets: targets)
        let door = ProviderDoor(
            byModel: ["first": Route(name: names.declare("door"), strategy: .ordered, targets: [targets[0]])],
            anyModel: Route(name: names.declare("door"), strategy: .ordered, targets: [targets[1]]), basePath: "/v1")
        var stages: [any Stage] = [AllTargets(choice: choice)]
        if follows {
            stages = [AllTargets(choice: nil), Follower<CacheHop>(trail: trail), Follower<LimitsHop>(trail: trail)]
        }
        if reroutes {
            let override = Override(
                budget: names.declare("search"), rule: names.declare("too \"fast\""),
                action: .reroute(from: route.name, to: names.declare("cheap")))
            stages = [Rerouter(targets: [targets[1]], override: override)]
        }
        let plan = Plan(
            path: Path(
                authentication: Welcome(), stages: stages,
                gates: [CountingGate(refusedTarget: nil, counts: gate), gate]),
            surfaces: SurfaceTable(Self.surfaces, fallback: WordDialect()), routes: ["smart": route],
            doors: ["p": door],
            pricer: FlatPricer(),
            journal: journal, limits: limits, sampler: .standard, trustsIncomingTrace: true,
            retries: retries)
        let telemetry = Telemetry(
            settings: .off, workers: 1, build: BuildInfo(version: "0", revision: "0", swift: "6"))
        proxy = Proxy(
            plan: plan,
            lanes: [
                Lane(
                    index: 0, upstream: upstream, telemetry: telemetry.shards[0], now: now,
                    sleep: { [naps] in naps.add($0) })
            ],
            inFlight: InFlight())
    }

    private static var surfaces: [SurfaceEntry] {
        [
            SurfaceEntry(.post, "/chat", .openAIChat, WordDialect()),
            SurfaceEntry(.post, "/m/{model}:say", .openAIChat, PathDialect()),
            SurfaceEntry(.post, "/embed", .openAIEmbeddings, WordDialect()),
            SurfaceEntry(nil, "/providers/{provider}/", .providerAPI, WordDialect()),
        ]
    }

    private static func ways(_ endpoint: Endpoint, isTranslated: Bool) -> [Way?] {
        func way(isTranslated: Bool) -> Way {
            Way(dialect: WordDialect(), isTranslated: isTranslated, endpoint: endpoint, streamEndpoint: endpoint)
        }
        return Surface.allCases.map { surface in
            switch surface {
            case .openAIChat: way(isTranslated: isTranslated)
            case .providerAPI: way(isTranslated: false)
            default: nil
            }
        }
    }

    func send(
        _ body: String, path: String = "/chat", method: GatewayTypes.Method = .post, query: String? = nil
    ) async {
        let head = RequestHead(
            bytes: ByteBuffer(), method: method, path: path, query: query, fields: [], clientAddress: "127.0.0.1")
        let now = Moment.now()
        await proxy.handle(
            InboundRequest(head: head, body: ByteBuffer(string: body), firstByte: now, lastByte: now), on: 0,
            writer: writer)
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
    private let counts: CountingGate?
    private let grants = Atomic<Int>(0)
    private let settlings = Atomic<Int>(0)

    /// Counts into `counts` where there is one.
    init(refusedTarget: Int?, counts: CountingGate? = nil) {
        self.refusedTarget = refusedTarget
        self.counts = counts
    }

    var granted: Int { grants.load(ordering: .relaxed) }
    var settled: Int { settlings.load(ordering: .relaxed) }

    func admit(_ target: Target, for exchange: borrowing Exchange) throws(Failure) -> any Admission {
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
