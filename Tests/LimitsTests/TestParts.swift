import GatewayTypes
import NIOCore
import Synchronization
import TestSupport

@testable import Limits

/// A monotonic clock, moved by hand.
final class TestClock: Sendable {
    private let time: Mutex<Moment>

    init(seconds: Double = 5_000) { time = Mutex(Moment(nanoseconds: UInt64(seconds * 1e9))) }

    var now: Moment { time.withLock { $0 } }
    func advance(seconds: Double) { time.withLock { $0 = $0.advanced(bySeconds: seconds) } }
    func set(nanoseconds: UInt64) { time.withLock { $0 = Moment(nanoseconds: nanoseconds) } }
}

/// A token is four bytes, nothing costs anything.
struct FourBytes: Pricer {
    func cost(of use: MeteredUse, target: Target) -> Cost { .nothing }
    func estimateTokens(textBytes: Int, target: Target, output: Bool) -> Int64 { Int64(textBytes / 4) }
    func observe(textBytes: Int, tokens: Int64, target: Target, output: Bool) {}
}

/// Names, a route, and exchanges on it.
struct Town: Sendable {
    var teams = NameTable()
    var callers = NameTable()
    var routeNames = NameTable()
    var plans = NameTable()
    var limits = NameTable()
    let smart: Route
    let fast: Route

    init() {
        var models = NameTable()
        let target = Target(
            index: 0, provider: models.declare("sim"), providerKind: "sim", servedModel: models.declare("m"),
            weight: 1, ways: [], keyAlias: "", injectsStreamUsage: false)
        smart = Route(name: routeNames.declare("smart"), strategy: .ordered, targets: [target])
        fast = Route(name: routeNames.declare("fast"), strategy: .ordered, targets: [target])
        for name in ["search", "ads"] { _ = teams.declare(name) }
        for name in ["ann", "bot"] { _ = callers.declare(name) }
        for name in ["free", "team"] { _ = plans.declare(name) }
    }

    var names: LimitSet.Names { LimitSet.Names(teams: teams, callers: callers, routes: routeNames) }

    mutating func limit(
        _ name: String = "chat", plan: String? = nil, each: LimitDefinition.Each = .caller, team: String? = nil,
        model: String? = nil, requests: [String] = [], tokens: String? = nil, outputTokens: String? = nil,
        concurrent: Int? = nil, maxTokens: Int64? = nil, over: LimitDefinition.Over = .clamp, body: Int? = nil,
        queue: LimitDefinition.Queue? = nil
    ) throws -> LimitDefinition {
        var rates = try requests.map { LimitDefinition.Rate(.requests, try LimitRate(parsing: $0)) }
        if let tokens { rates.append(LimitDefinition.Rate(.tokens, try LimitRate(parsing: tokens))) }
        if let outputTokens { rates.append(LimitDefinition.Rate(.outputTokens, try LimitRate(parsing: outputTokens))) }
        return LimitDefinition(
            name: limits.declare(name), plan: plan.map { plans.declare($0) }, each: each,
            teams: team.map { [teams.declare($0)] } ?? [], routes: model.map { [routeNames.declare($0)] } ?? [],
            rates: rates, concurrent: concurrent, outputTokensMax: maxTokens, over: over, bodyBytesMax: body,
            queue: queue)
    }

    func exchange(
        team: String = "search", caller: String = "ann", key: String = "k", plan: String = "", route: Route? = nil,
        user: String? = nil, maxTokens: Int64? = nil, textBytes: Int = 0, bodyBytes: Int = 0
    ) -> Exchange {
        var facts = RequestFacts()
        facts.outputTokensMax = maxTokens
        facts.textBytes = textBytes
        var exchange = Exchange.sample(
            head: .sample(user.map { [("X-Weir-End-User", $0)] } ?? []),
            body: ByteBuffer(repeating: 0x20, count: bodyBytes), facts: facts)
        exchange.caller = Caller(name: callers[caller], team: teams[team], keyAlias: key, plan: plans[plan])
        exchange.route = route ?? smart
        return exchange
    }

    func outcome(input: Int64? = nil, output: Int64? = nil, failure: Failure? = nil, isServed: Bool = true) -> Outcome {
        var outcome = Outcome(
            id: ExchangeID(high: 0, low: 1),
            trace: TraceContext(traceHigh: 1, traceLow: 1, spanID: 1, parentSpanID: nil, flags: 0, state: nil),
            arrived: .zero, arrivedAt: .now(), method: .post, httpRoute: "", clientAddress: "", userAgent: nil,
            surface: .openAIChat)
        if input != nil || output != nil { outcome.usage = Usage(source: .provider) }
        outcome.usage[.input] = input
        outcome.usage[.output] = output
        outcome.failure = failure
        outcome.servedAttempt = isServed ? 0 : nil
        return outcome
    }
}

/// The room over a handed-in clock.
struct House: Sendable {
    let town: Town
    let book: LimitBook
    let stage: LimitStage

    init(_ town: Town, _ definitions: [LimitDefinition], clock: TestClock) {
        self.init(town, definitions, book: LimitBook(clock: { clock.now }))
    }

    init(_ town: Town, _ definitions: [LimitDefinition], book: LimitBook) {
        self.town = town
        self.book = book
        stage = LimitStage(book: book, set: book.adopt(definitions, names: town.names), pricer: FourBytes())
    }

    /// What became of one exchange: its end, or why it was refused.
    func enter(_ exchange: Exchange) async -> Result<LimitGrant?, Failure> {
        var exchange = exchange
        return await enter(&exchange)
    }

    func enter(_ exchange: inout Exchange) async -> Result<LimitGrant?, Failure> {
        do throws(Failure) {
            switch try await stage.enter(&exchange) {
            case .pass, .answer, .keep, .replay: return .success(nil)
            case .follow(let filter): return .success(filter as? LimitGrant)
            }
        } catch {
            return .failure(error)
        }
    }

    /// How many of `count` exchanges get through, each settled at once.
    func pass(_ count: Int, _ exchange: Exchange) async -> Int {
        var passed = 0
        for _ in 0..<count {
            guard case .success(let grant) = await enter(exchange) else { continue }
            grant?.settle(town.outcome())
            passed += 1
        }
        return passed
    }
}
