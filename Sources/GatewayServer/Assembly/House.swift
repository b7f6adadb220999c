import Dialects
import GatewayTypes
import Listener
import Metering
import NIOCore
import OTLP
import ProxyCore
import Routing
import Storage
import Telemetry
import Upstream

/// All rooms of one running gateway, wired to one another.
struct House {
    let configuration: Configuration
    let workers: Workers
    let engines: [CurlUpstream]
    let telemetry: Telemetry
    let renderer: OutcomeRenderer
    let exporter: OTLPExporter?
    let journal: MappedJournal
    let ledger: Ledger
    let ledgerWriter: LedgerWriter
    let prices: PriceBook
    let breakers: BreakerGate
    let routes: RouteTable
    let readiness: Readiness
    let inFlight: InFlight
    let proxy: Proxy
    /// What the log should say about how it was built.
    let remarks: [String]

    init(_ configuration: Configuration, environment: [String: String]) async throws(StartupFailure) {
        self.configuration = configuration
        let workers = Workers(count: configuration.listen.eventLoopCount ?? Machine.coreCount)
        self.workers = workers
        engines = try await Self.engines(on: workers)
        let identities = Identities(configuration)
        routes = RouteTable(configuration)
        breakers = BreakerGate(settings: Self.breaker(configuration), targetCount: routes.targets.count)

        let storage = try Storehouse(configuration, workers: workers.all.count)
        journal = storage.journal
        ledger = storage.ledger
        ledgerWriter = storage.writer
        prices = try Self.priceBook(configuration, routes.targets)

        let observatory = try Observatory(
            configuration, environment: environment, workers: workers.all.count,
            fetcher: LoopFetcher(engine: engines[0]),
            declared: DeclaredNames(teams: identities.teams, routes: routes.routes))
        telemetry = observatory.telemetry
        renderer = observatory.renderer
        exporter = observatory.exporter
        remarks = observatory.remarks

        let writer = storage.writer
        readiness = Readiness(ledgerHealthy: { writer.health().healthy })
        inFlight = InFlight()
        let plan = Plan(
            path: Path(authentication: identities.stage, stages: [TargetOrder()], gates: [breakers]),
            surfaces: Self.surfaces(routes.routes), routes: routes.byName, pricer: prices, journal: journal,
            limits: Self.limits(configuration), sampler: observatory.sampler,
            trustsIncomingTrace: configuration.telemetry.trustIncoming == .always)
        let lanes = zip(engines, telemetry.shards).enumerated().map { index, pair in
            Lane(index: index, upstream: pair.0, telemetry: pair.1)
        }
        proxy = Proxy(plan: plan, lanes: lanes, inFlight: inFlight)
    }

    // MARK: Parts

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

    private static func breaker(_ configuration: Configuration) -> Breaker.Settings {
        var settings = Breaker.Settings()
        settings.failures = configuration.routing.breaker.failures
        settings.cooldownSeconds = configuration.routing.breaker.cooldownSeconds
        return settings
    }

    private static func limits(_ configuration: Configuration) -> ExchangeLimits {
        var limits = ExchangeLimits()
        limits.attemptsMax = configuration.routing.attemptsMax
        limits.drainSeconds = configuration.metering.drainOnClientGoneSeconds
        return limits
    }

    /// The API paths that clients may call; the one list of them.
    private static func surfaces(_ routes: [Route]) -> SurfaceTable {
        let client = OpenAIClient()
        return SurfaceTable(
            [
                SurfaceEntry(
                    method: .post, httpRoute: "/v1/chat/completions", surface: .openAIChat, operation: .chat,
                    dialect: client),
                SurfaceEntry(
                    method: .post, httpRoute: "/v1/embeddings", surface: .openAIEmbeddings, operation: .embeddings,
                    dialect: client),
                SurfaceEntry(
                    method: .get, httpRoute: "/v1/models", surface: .openAIModels, operation: .listModels,
                    dialect: client, answer: client.modelsReply(names: routes.map(\.name.text))),
            ], fallback: client)
    }

    private static func priceBook(
        _ configuration: Configuration, _ targets: [Target]
    ) throws(StartupFailure) -> PriceBook {
        do {
            return try PriceDesk.book(configuration, targets: targets, estimator: TokenEstimator())
        } catch {
            throw StartupFailure("The price catalogue cannot be read: \(error).")
        }
    }
}

/// Why the gateway did not start: a sentence for people.
public struct StartupFailure: Error, CustomStringConvertible {
    public let description: String
    init(_ description: String) { self.description = description }
}
