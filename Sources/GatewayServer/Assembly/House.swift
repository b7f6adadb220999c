import Authentication
import Budgets
import Cache
import GatewayTypes
import Limits
import Listener
import Metering
import NIOCore
import OTLP
import ProxyCore
import Routing
import Storage
import Synchronization
import Telemetry
import Upstream

/// All rooms of one running gateway, wired to one another.
final class House: Sendable {
    let workers: Workers
    let engines: [CurlUpstream]
    let telemetry: Telemetry
    let renderer: OutcomeRenderer
    let exporter: OTLPService?
    let storage: Storehouse
    /// What an earlier process left in the journal.
    let recovery: Recovery
    let budgets: BudgetEngine
    let limits: LimitBook
    let keys: KeyRegistry
    let canaries: CanaryBook
    /// What operators took out, and where they move traffic by hand.
    let drains = Drains()
    let forced = ForcedReroutes()
    let messenger: Messenger
    let callouts: CalloutDesk.Ground
    let guardrails = GuardrailDesk.Ground()
    let cache: CacheBook
    let readiness: Readiness
    let inFlight = InFlight()
    let authenticationCounts = AuthenticationCounts()
    let proxy: Proxy
    let models: ModelDesk
    let quality: QualityBook
    /// What the log should say about how it was built.
    let remarks: [String]

    private let ground: Blueprint.Ground
    private let current: Mutex<Blueprint>

    init(_ configuration: Configuration, environment: [String: String]) async throws(StartupFailure) {
        let workers = Workers(count: configuration.listen.eventLoopCount ?? Machine.coreCount)
        self.workers = workers
        engines = try await Self.engines(on: workers)
        storage = try Storehouse(configuration, workers: workers.all.count)
        let observatory = try Observatory(
            configuration, environment: environment, workers: workers.all.count,
            fetcher: LoopFetcher(engine: engines[0]), keeper: storage.recent)
        telemetry = observatory.telemetry
        renderer = observatory.renderer
        exporter = observatory.exporter
        remarks = observatory.remarks

        let budgetBook = BudgetBook()
        budgets = BudgetEngine(book: budgetBook)
        limits = LimitBook()
        // Before the budgets are filled from the ledger: what an earlier process left is part of what was spent.
        do {
            recovery = try await storage.writer.recover()
            keys = try KeyRegistry(storage.ledger)
            canaries = CanaryBook(halts: try CanaryHalts(ledger: storage.ledger).all())
        } catch {
            throw StartupFailure(error.description)
        }
        messenger = Messenger(configuration, fetcher: LoopFetcher(engine: engines[0]), ledger: storage.ledger)
        callouts = CalloutDesk.Ground(engine: engines[0])
        cache = try CacheDesk.book(configuration)
        let writer = storage.writer
        readiness = Readiness(ledgerHealthy: { writer.health().healthy })
        models = ModelDesk(workers: workers)
        quality = QualityBook()
        let feedback = FeedbackPort(storage: storage, quality: quality, exporter: observatory.exporter)
        do { try feedback.restore() } catch { throw StartupFailure(error.description) }
        ground = Blueprint.Ground(
            journal: storage.journal, estimator: TokenEstimator(), tracing: observatory.tracing, budgets: budgets,
            budgetBook: budgetBook, limits: limits, canaries: canaries, drains: drains,
            forced: forced, ledger: storage.ledger, keys: keys,
            providers: ProviderDesk.Ground(fetcher: LoopFetcher(engine: engines[0]), environment: environment),
            issuers: TokenIssuers(fetcher: LoopFetcher(engine: engines[0], replyBytesMax: TokenKeySet.bytesMax)),
            authenticationCounts: authenticationCounts,
            models: models, quality: quality, feedback: feedback, callouts: callouts,
            guardrails: guardrails, cache: cache)
        let blueprint = try Blueprint(configuration, on: ground)
        telemetry.declare(blueprint.declared)
        current = Mutex(blueprint)
        let lanes = zip(engines, telemetry.shards).enumerated().map { index, pair in
            Lane(
                index: index, upstream: pair.0, telemetry: pair.1,
                launch: { [worker = workers.all[index]] in worker.start($0) })
        }
        proxy = Proxy(plan: blueprint.plan, lanes: lanes, inFlight: inFlight)
        models.connect(proxy)
    }

    /// What is in force now.
    var blueprint: Blueprint { current.withLock { $0 } }

    /// Puts what a new configuration decides about exchanges in force; those under way go on by the old one.
    func adopt(_ configuration: Configuration) throws(StartupFailure) {
        let blueprint = try Blueprint(configuration, on: ground, after: self.blueprint)
        telemetry.declare(blueprint.declared)
        proxy.adopt(blueprint.plan)
        messenger.adopt(configuration)
        let old = current.withLock { current in
            defer { current = blueprint }
            return current
        }
        let endpoints =
            old.routes.targets.flatMap { $0.endpoints.map(\.id) } + old.routes.watched.map(\.question.id)
            + old.routes.checked.map(\.endpoint.id)
        for engine in engines { engine.loop.execute { engine.forget(endpoints: endpoints) } }
    }

    /// Sends small requests of Weir's own.
    var fetcher: any HTTPFetcher { LoopFetcher(engine: engines[0]) }

    private static func engines(on workers: Workers) async throws(StartupFailure) -> [CurlUpstream] {
        var engines: [CurlUpstream] = []
        for worker in workers.all {
            do {
                let engine = try CurlUpstream(loop: worker.loop, settings: UpstreamSettings())
                try await engine.attach().get()
                engines.append(engine)
            } catch {
                throw StartupFailure("The engine for upstream requests could not be started: \(error).")
            }
        }
        return engines
    }
}

/// Why the gateway did not start: a sentence for people.
public struct StartupFailure: Error, CustomStringConvertible {
    public let description: String
    init(_ description: String) { self.description = description }
}
