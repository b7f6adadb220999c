import Budgets
import Dialects
import GatewayTypes
import Limits
import Metering
import ProxyCore
import Routing
import Storage
import Telemetry

/// What a configuration decides about exchanges, ready to be used; a reload makes a new one.
struct Blueprint: Sendable {
    let plan: Plan
    let routes: RouteTable
    let breakers: BreakerGate
    let headroom: HeadroomGate
    let watch: TargetWatch
    let retries: RetryDesk
    let prices: PriceBook
    let declared: DeclaredNames
    let budgets: BudgetSet
    let limits: LimitSet

    /// What outlives a configuration: where exchanges are written down, what was learned, and which traces are kept.
    struct Ground: Sendable {
        let journal: any Journal
        let estimator: TokenEstimator
        let tracing: TracingDesk
        let budgets: BudgetEngine
        let budgetBook: BudgetBook
        let limits: LimitBook
        let drains: Drains
        let forced: ForcedReroutes
        let ledger: Ledger
        let providers: ProviderDesk.Ground
    }

    init(_ configuration: Configuration, on ground: Ground) throws(StartupFailure) {
        let catalog: PriceCatalog
        do {
            catalog = try PriceDesk.catalog(configuration)
        } catch {
            throw StartupFailure("The price catalogue cannot be read: \(error).")
        }
        let names = NameBook(configuration)
        routes = try RouteTable(configuration, names: names, catalog: catalog, ground: ground.providers)
        breakers = BreakerGate(settings: configuration.routing.breaker.settings, targetCount: routes.targets.count)
        headroom = HeadroomGate(targetCount: routes.targets.count)
        watch = TargetWatch(
            targets: routes.targets, routes: routes.routes, outliers: configuration.routing.outliers.settings)
        retries = RetryDesk(settings: configuration.routing.retries.settings, routes: routes.routes)
        prices = PriceDesk.book(
            configuration, catalog: catalog, targets: routes.targets, estimator: ground.estimator)
        declared = Self.declared(names, routes)
        let overrides: PublishedOverrides
        (budgets, overrides) = try Self.adopt(configuration, names, prices, routes, ground)
        let gate = BudgetGate(
            book: ground.budgetBook, set: budgets, overrides: overrides,
            bounds: PriceBounds(prices: prices, targets: routes.targets))
        limits = ground.limits.adopt(
            LimitDesk.definitions(configuration, names: names),
            names: LimitSet.Names(teams: names.teams, callers: names.callers, routes: names.routes))
        plan = Plan(
            path: Path(
                authentication: Identities(configuration, names: names).stage,
                stages: Self.limiting(limits, prices, ground) + [
                    TargetOrder(
                        overrides: OperatorOverrides(forced: ground.forced, routes: routes.byName, others: overrides),
                        routes: routes.byName, headroom: headroom, watch: watch, pricer: prices)
                ],
                gates: [DrainGate(drains: ground.drains), breakers, headroom, watch, gate]),
            surfaces: SurfaceList.table(for: routes.routes), routes: routes.byName, doors: routes.doors, pricer: prices,
            journal: ground.journal,
            limits: Self.limits(configuration), tracing: ground.tracing.tracing(configuration),
            rateLimits: { RateLimitFields.read($0, now: $1) }, retries: retries)
    }

    /// Puts the budgets in force. Those whose sums begin empty are filled from the ledger.
    private static func adopt(
        _ configuration: Configuration, _ names: NameBook, _ prices: PriceBook, _ routes: RouteTable, _ ground: Ground
    ) throws(StartupFailure) -> (BudgetSet, PublishedOverrides) {
        let bounds = PriceBounds(prices: prices, targets: routes.targets)
        let set = ground.budgetBook.adopt(BudgetDesk.definitions(configuration, names: names))
        do {
            try BudgetSeeding(book: ground.budgetBook, ledger: ground.ledger, bounds: bounds).seed(set)
        } catch {
            throw StartupFailure("The budgets cannot be filled from the ledger: \(error).")
        }
        return (set, ground.budgets.adopt(set, bounds: bounds))
    }

    private static func declared(_ names: NameBook, _ routes: RouteTable) -> DeclaredNames {
        var declared = DeclaredNames(teams: Array(names.teams.names.dropFirst()), routes: routes.routes)
        declared.callers = Array(names.callers.names.dropFirst())
        declared.routeNames = Array(names.routes.names.dropFirst())
        declared.targets = routes.targets
        return declared
    }

    /// A hop that has nothing to do is left out: it would show in every trace.
    private static func limiting(_ limits: LimitSet, _ prices: PriceBook, _ ground: Ground) -> [any Stage] {
        limits.isEmpty ? [] : [LimitStage(book: ground.limits, set: limits, pricer: prices)]
    }

    private static func limits(_ configuration: Configuration) -> ExchangeLimits {
        var limits = ExchangeLimits()
        limits.attemptsMax = configuration.routing.attemptsMax
        limits.drainSeconds = configuration.metering.drainOnClientGoneSeconds
        return limits
    }
}
