import GatewayTypes
import NIOCore
import Synchronization
import TestSupport

@testable import Budgets

/// Both clocks, moved by hand.
final class TestClock: Sendable {
    private let time: Mutex<BudgetTime>

    /// Starts on 2026-07-01T00:00:00Z, a Wednesday.
    init(wallSeconds: Int64 = 1_782_864_000) {
        time = Mutex(
            BudgetTime(
                moment: Moment(nanoseconds: 5_000_000_000_000),
                wall: WallTime(nanoseconds: wallSeconds * 1_000_000_000)))
    }

    var now: BudgetTime { time.withLock { $0 } }
    func advance(seconds: Double) { time.withLock { $0 = $0.advanced(byNanoseconds: Int64(seconds * 1e9)) } }
    func stepWall(seconds: Double) {
        time.withLock { $0.wall = $0.wall.advanced(byNanoseconds: Int64(seconds * 1e9)) }
    }
}

/// The bound is what the test says, by target; nil: unknown price.
final class FixedBounds: CostBounds {
    let bounds: [Money?]
    let assumed: Money

    init(_ bounds: [Money?], assumed: Money = usd("1")) {
        self.bounds = bounds
        self.assumed = assumed
    }

    func bound(_ target: Target, for exchange: borrowing Exchange) -> Money? { bounds[target.index] }
    func outputTokensMax(_ target: Target, for exchange: borrowing Exchange) -> Int64? { nil }
    func assumedBound(for exchange: borrowing Exchange) -> Money { assumed }
    /// Each token of output costs a thousandth of the bound.
    func cost(of usage: Usage, at target: Target, operation: Operation, nanoseconds: Int64) -> Money? {
        bounds[target.index].map {
            Money(picodollars: $0.picodollars / 1000 * Int128(usage[.output] ?? 0))
        }
    }
    func assumedCost(of usage: Usage, operation: Operation) -> Money {
        Money(picodollars: assumed.picodollars / 1000 * Int128(usage[.output] ?? 0))
    }
    func isFree(_ target: Target) -> Bool { bounds[target.index] == .zero }
}

func usd(_ text: String) -> Money { Money(text) ?? .zero }

/// Names, two routes (`smart` by a dear target, `fast` by a cheap one) and exchanges on them.
struct Town: Sendable {
    var teams = NameTable()
    var callers = NameTable()
    var routeNames = NameTable()
    var names = NameTable()
    let smart: Route
    let fast: Route
    let dear: Target
    let cheap: Target

    init() {
        let dear = Self.target(0, "dear")
        let cheap = Self.target(1, "cheap")
        self.dear = dear
        self.cheap = cheap
        smart = Route(name: routeNames.declare("smart"), strategy: .ordered, targets: [dear])
        fast = Route(name: routeNames.declare("fast"), strategy: .ordered, targets: [cheap])
        for name in ["search", "ads"] { _ = teams.declare(name) }
        for name in ["ann", "bot"] { _ = callers.declare(name) }
    }

    static func target(_ index: Int, _ model: String) -> Target {
        var models = NameTable()
        return Target(
            index: index, provider: models.declare("sim"), providerKind: "sim", servedModel: models.declare(model),
            weight: 1, ways: [], keyAlias: "", injectsStreamUsage: false)
    }

    func exchange(
        team: String = "search", caller: String = "ann", route: Route? = nil, id: UInt64 = 1, at: WallTime = .now()
    ) -> Exchange {
        var exchange = Exchange.sample(id: id, arrivedAt: at)
        exchange.caller = Caller(name: callers[caller], team: teams[team], keyAlias: "")
        exchange.route = route ?? smart
        return exchange
    }

    func outcome(_ target: Target, cost: Money, outputTokens: Int64 = 0, status: PriceStatus = .priced)
        -> AttemptOutcome
    {
        var outcome = AttemptOutcome(target: target, spanID: 1, began: .zero)
        outcome.usage = Usage(source: .provider)
        outcome.usage[.output] = outputTokens
        // One unit at 10⁶ times the amount per million is the amount itself.
        let line = CostLine(
            component: .output, units: 1,
            price: UnitPrice(picodollarsPerMillion: cost.picodollars * 1_000_000))
        outcome.cost = Cost(status: status, lines: status == .priced ? [line] : [], tier: "", catalogHash: "")
        return outcome
    }

    mutating func rule(
        _ name: String, _ when: String, until: String? = nil, holdFor: TimeSpan = .zero, minDwell: TimeSpan = .zero,
        severity: BudgetRule.Severity? = nil, then: BudgetRule.Action? = nil,
        except: [BudgetRule.Exception] = [.free]
    ) throws -> BudgetRule {
        BudgetRule(
            name: names.declare(name), when: try BudgetRuleParser.condition(when),
            until: try until.map { try BudgetRuleParser.condition($0) }, holdFor: holdFor, minDwell: minDwell,
            severity: severity, action: then, except: except)
    }

    /// `smart` by `fast`.
    func economy(share: Int = 100) -> BudgetRule.Action {
        .reroute(
            map: "economy", moves: [BudgetRule.Move(from: smart.name, to: fast.name)], sharePercent: share)
    }

    mutating func budget(
        _ name: String = "search", scope: BudgetScope = BudgetScope(), limit: String = "10",
        window: BudgetWindow = .lifetime, enforcement: BudgetDefinition.Enforcement = .hard,
        unpriced: BudgetDefinition.Unpriced = .assume,
        reserving: BudgetDefinition.Reserving = .strict, rules: [BudgetRule] = []
    ) -> BudgetDefinition {
        BudgetDefinition(
            name: names.declare(name), scope: scope, limit: usd(limit), window: window, enforcement: enforcement,
            unpriced: unpriced, reserving: reserving, owner: "search-oncall", rules: rules)
    }
}

/// A whole room over handed-in parts.
struct House: Sendable {
    let book: BudgetBook
    let engine: BudgetEngine
    let overrides: PublishedOverrides
    let gate: BudgetGate
    let set: BudgetSet

    init(_ definitions: [BudgetDefinition], bounds: any CostBounds, clock: TestClock) {
        book = BudgetBook(clock: { clock.now })
        engine = BudgetEngine(book: book)
        set = book.adopt(definitions)
        overrides = engine.adopt(set, bounds: bounds)
        gate = BudgetGate(book: book, set: set, overrides: overrides, bounds: bounds)
    }

    var first: BudgetReading { engine.readings()[0] }
}
