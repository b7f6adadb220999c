import Authentication
import Budgets
import Cache
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
    let hedges: HedgeDesk?
    let canaries: CanaryGate?
    let shadows: ShadowDesk?
    let prices: PriceBook
    let declared: DeclaredNames
    let budgets: BudgetSet
    let limits: LimitSet
    let callers: CallerDesk
    /// Every stage of the path, in its order.
    let stages: [any Stage]
    /// Nil where no tokens are taken.
    let tokens: TokenAuthentication?
    /// The hop `routing`, the hop `limits` and the bounds of cost, for those who ask what a request would do.
    let order: TargetOrder
    let limiting: LimitStage
    let bounds: PriceBounds
    let caching: Configuration.Caching

    /// What outlives a configuration: where exchanges are written down, what was learned, and which traces are kept.
    struct Ground: Sendable {
        let journal: any Journal
        let estimator: TokenEstimator
        let tracing: TracingDesk
        let budgets: BudgetEngine
        let budgetBook: BudgetBook
        let limits: LimitBook
        let canaries: CanaryBook
        let drains: Drains
        let forced: ForcedReroutes
        let ledger: Ledger
        let keys: KeyRegistry
        let providers: ProviderDesk.Ground
        let issuers: TokenIssuers
        let authenticationCounts: AuthenticationCounts
        let models: ModelDesk
        let quality: QualityBook
        let feedback: FeedbackPort
        let callouts: CalloutDesk.Ground
        let guardrails: GuardrailDesk.Ground
        let cache: CacheBook
    }

    /// `old`: what was in force before it, whose targets' health is known.
    init(_ configuration: Configuration, on ground: Ground, after old: Blueprint? = nil) throws(StartupFailure) {
        let catalog = try Self.catalog(configuration)
        let names = NameBook(configuration)
        routes = try RouteTable(
            configuration, names: names, catalog: catalog, ground: ground.providers, caller: ground.models)
        let succession = Self.succession(of: routes, after: old?.routes)
        breakers = BreakerGate(
            settings: configuration.routing.breaker.settings, targetCount: routes.targets.count, after: old?.breakers,
            succession)
        headroom = HeadroomGate(targetCount: routes.targets.count, after: old?.headroom, succession)
        watch = TargetWatch(
            targets: routes.targets, routes: routes.routes, outliers: configuration.routing.outliers.settings,
            after: old?.watch, succession)
        retries = RetryDesk(settings: configuration.routing.retries.settings, routes: routes.routes)
        hedges = HedgeDesk(routes: routes.routes, targetCount: routes.targets.count)
        canaries = ground.canaries.adopt(routes.routes, targetCount: routes.targets.count)
        shadows = ShadowDesk(routes: routes.routes)
        prices = PriceDesk.book(
            configuration, catalog: catalog, targets: routes.targets, estimator: ground.estimator)
        declared = Self.declared(configuration, names, routes)
        let overrides: PublishedOverrides
        (budgets, overrides) = try Self.adopt(configuration, names, prices, routes, ground)
        bounds = PriceBounds(prices: prices, targets: routes.targets)
        let gate = BudgetGate(book: ground.budgetBook, set: budgets, overrides: overrides, bounds: bounds)
        limits = ground.limits.adopt(
            LimitDesk.definitions(configuration, names: names),
            names: LimitSet.Names(teams: names.teams, callers: names.callers, routes: names.routes))
        callers = CallerDesk(configuration, names: names)
        tokens = TokenDesk.authentication(configuration, names: names, issuers: ground.issuers)
        let authentication = Identities(configuration, callers: callers, keys: ground.keys).stage(
            tokens: tokens, counts: ground.authenticationCounts)
        let permission = PermissionStage(watch: ground.keys.watch)
        limiting = LimitStage(book: ground.limits, set: limits, pricer: prices)
        order = TargetOrder(
            overrides: OperatorOverrides(forced: ground.forced, routes: routes.byName, others: overrides),
            routes: routes.byName, headroom: headroom, watch: watch, pricer: prices,
            quality: ground.quality, canaries: canaries)
        // A hop that has nothing to do is left out: it would show in every trace.
        let cache = CacheDesk.stage(configuration, names: names, book: ground.cache, caller: ground.models)
        let guarding = try GuardrailDesk.stage(configuration, names: names, on: ground)
        let present: [(any Stage)?] = [limits.isEmpty ? nil : limiting, guarding, cache, order]
        let others = present.compactMap { $0 }
        caching = configuration.caching
        stages = [authentication, permission] + others
        plan = Plan(
            path: Path(
                authentication: authentication, permission: permission, stages: others,
                gates: [DrainGate(drains: ground.drains), breakers, headroom, watch] + Self.observers(hedges, canaries)
                    + [gate]),
            surfaces: SurfaceList.table(
                for: configuration.models.flatMap { [$0.name] + $0.aliases }, feedback: ground.feedback),
            routes: routes.byAskedModel, doors: routes.doors, pricer: prices,
            journal: ground.journal,
            limits: Self.limits(configuration), tracing: ground.tracing.tracing(configuration),
            rateLimits: { RateLimitFields.read($0, now: $1) }, retries: retries, hedges: hedges,
            shadows: shadows, templates: TemplateDesk.book(configuration, names: names),
            callouts: CalloutDesk.callouts(configuration, names: names, on: ground.callouts))
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

    private static func catalog(_ configuration: Configuration) throws(StartupFailure) -> PriceCatalog {
        do {
            return try PriceDesk.catalog(configuration)
        } catch {
            throw StartupFailure("The price catalogue cannot be read: \(error).")
        }
    }

    /// Which targets are known already.
    private static func succession(of routes: RouteTable, after old: RouteTable?) -> Succession {
        guard let old else { return .none }
        return Succession(of: routes.targets, in: routes.routes, after: old.targets, in: old.routes)
    }

    private static func declared(
        _ configuration: Configuration, _ names: NameBook, _ routes: RouteTable
    ) -> DeclaredNames {
        var declared = DeclaredNames(teams: Array(names.teams.names.dropFirst()), routes: routes.routes)
        declared.callers = Array(names.callers.names.dropFirst())
        declared.routeNames = Array(names.routes.names.dropFirst())
        declared.targets = routes.targets
        declared.hasCache = configuration.models.contains { $0.cache != nil }
        return declared
    }

    /// The gates that only watch, those that have something to watch.
    private static func observers(_ hedges: HedgeDesk?, _ canaries: CanaryGate?) -> [any AttemptGate] {
        var gates: [any AttemptGate] = []
        if let hedges { gates.append(hedges) }
        if let canaries { gates.append(canaries) }
        return gates
    }

    private static func limits(_ configuration: Configuration) -> ExchangeLimits {
        var limits = ExchangeLimits()
        limits.attemptsMax = configuration.routing.attemptsMax
        limits.drainSeconds = configuration.metering.drainOnClientGoneSeconds
        return limits
    }
}
