import Cache
import Callouts
import GatewayTypes
import Glibc
import Listener
import NIOCore
import Notifications
import OTLP
import ProxyCore
import Storage
import Logging
import Telemetry
import Upstream

/// A gateway from its start to its last booked exchange.
public struct Server: Sendable {
    private let house: House
    private let spend: SpendGauge
    private let reloader: Reloader
    private let steering: Steering
    private let budgets: BudgetService
    private let audit: AuditLog
    private let keys: KeyService
    private let app: ListeningPort
    private let metrics: ListeningPort
    private let admin: ListeningPort
    /// The loop of the two: it gives way to those of the exchanges.
    private let operators = Workers(count: 1, niceness: 10)
    private let certificates: Certificates?
    private let examples: ExampleService
    private let logger: Logger

    /// Where a running gateway listens.
    public struct Addresses: Sendable {
        public let app: String
        public let metrics: String
        public let admin: String
    }

    /// `path` is where a reload reads the configuration again, `stored` what the admin API declares beside it; nil: it is
    /// left out.
    init(
        _ loaded: LoadedConfiguration, stored: [StoredResource]?, path: String, environment: [String: String],
        logger: Logger
    ) async throws(StartupFailure) {
        let configuration = loaded.configuration
        let descriptors = DescriptorLimit.raise()
        let house = try await House(configuration, environment: environment)
        self.house = house
        self.logger = logger
        let certificates = try Certificates(configuration, logger: logger)
        self.certificates = certificates
        let audit = AuditTrail.log(ledger: house.storage.ledger, exporter: house.exporter, logger: logger)
        self.audit = audit
        keys = KeyService(of: house, audit: audit, logger: logger)
        let adminKeys = AdminKeys(configuration.admin)
        let reloader = Reloader(
            path: path, house: house, loaded: loaded, stored: stored, keys: adminKeys, certificates: certificates,
            audit: audit, logger: logger)
        let steering = Steering(house: house, audit: audit, logger: logger)
        self.reloader = reloader
        self.steering = steering
        app = ListeningPort(
            settings: Self.appSettings(configuration, descriptors), workers: house.workers, handler: house.proxy,
            tls: certificates?.server(for: .listen))
        metrics = ListeningPort(
            settings: Self.smallSettings(configuration.metrics.address), workers: operators,
            handler: MetricsPort(telemetry: house.telemetry, readiness: house.readiness),
            tls: certificates?.server(for: .metrics))
        admin = ListeningPort(
            settings: Self.smallSettings(configuration.admin.address), workers: operators,
            handler: AdminPort(
                house: house, audit: audit, keeper: KeyKeeper(registry: house.keys, ledger: house.storage.ledger),
                keys: adminKeys, reloader: reloader, steering: steering),
            tls: certificates?.server(for: .admin))
        certificates?.serve(app: app, others: [metrics, admin])
        spend = SpendGauge(ledger: house.storage.ledger, teams: { house.blueprint.declared.teams })
        budgets = BudgetService(
            engine: house.budgets, ledger: house.storage.ledger, logger: logger,
            tell: { transitions in
                for transition in transitions { audit.record(AuditEvent(of: transition)) }
                await house.messenger.tell(transitions)
                await house.exporter?.offer(transitions.map { LogRecord(of: $0) })
            })
        budgets.restore()
        examples = ExampleService(
            caller: house.models, classifiers: { Array(house.blueprint.routes.classifiers.values) }, logger: logger)
        try await steering.restore()
        Readings(
            house: house, app: app, spend: spend, reloader: reloader, steering: steering, certificates: certificates,
            audit: audit
        ).register()
        for (worker, shard) in zip(house.workers.all, house.telemetry.shards) {
            LoopLagProbe.start(worker, shard: shard)
        }
        logger.info("starting", metadata: ["version": "\(Build.version)", "open_files_max": "\(descriptors)"])
        tellOfRecovery()
        AuditTrail.recordStart(of: configuration, house: house, in: audit)
        for remark in house.remarks { logger.warning("\(remark)") }
    }

    private func tellOfRecovery() {
        let recovery = house.recovery
        guard recovery.closed + recovery.interrupted + recovery.damaged > 0 else { return }
        logger.notice(
            "recovered what an earlier process left",
            metadata: [
                "closed": "\(recovery.closed)", "interrupted": "\(recovery.interrupted)",
                "damaged": "\(recovery.damaged)",
            ])
    }

    // MARK: Start

    /// Opens the three ports.
    public func open() async throws(StartupFailure) -> Addresses {
        return Addresses(
            app: try await open(app, "listen"), metrics: try await open(metrics, "metrics"),
            admin: try await open(admin, "admin"))
    }

    private func open(_ port: ListeningPort, _ section: String) async throws(StartupFailure) -> String {
        let host = port.settings.host
        do {
            let number = try await port.open()
            return "\(port.isEncrypted ? "https" : "http")://\(host.contains(":") ? "[\(host)]" : host):\(number)"
        } catch {
            let user = PortUser.describe(port.settings.port).map { "; it is used by \($0)" } ?? ""
            throw StartupFailure("\(section): \(host):\(port.settings.port) cannot be bound: \(error)\(user).")
        }
    }

    // MARK: Run

    /// Serves until SIGTERM or SIGINT, then drains; SIGHUP reloads.
    public func run(until signals: Signals) async {
        await withTaskGroup(of: Void.self) { services in
            services.addTask { await house.storage.writer.run() }
            services.addTask { await house.renderer.run() }
            services.addTask { await spend.run() }
            services.addTask { await examples.run() }
            services.addTask { await audit.run() }
            services.addTask { await house.guardrails.meters.tell(audit) }
            services.addTask { await keys.run() }
            services.addTask { await budgets.run() }
            services.addTask { await reloader.run() }
            services.addTask { await steering.run() }
            services.addTask { await house.messenger.notifier.run() }
            services.addTask { await TokenKeyService(house: house, logger: logger).run() }
            services.addTask { await CanaryService(house: house, audit: audit, logger: logger).run() }
            services.addTask { await HealthService(house: house, logger: logger).run() }
            services.addTask { await SilenceService(house: house, logger: logger).run() }
            services.addTask { await house.callouts.courier.run() }
            if let certificates {
                services.addTask { await certificates.run() }
            }
            if let exporter = house.exporter { services.addTask { await exporter.run() } }
            let signal = await signals.waitForEnd { await reloader.reload(by: "signal:SIGHUP") }
            audit.record(AuditEvent(actor: "signal:" + signal, action: .stop))
            await drain()
            services.cancelAll()
        }
        await close()
    }

    /// Not ready any more, but still accepting for a while; then no new connections, and streams end by the deadline.
    private func drain() async {
        let drainTimes = reloader.status.drain
        logger.notice("draining", metadata: ["delay_seconds": "\(drainTimes.delaySeconds)"])
        house.readiness.beginDraining()
        app.beginDraining()
        try? await Task.sleep(for: .seconds(drainTimes.delaySeconds))
        await app.close(by: Moment.now().advanced(bySeconds: drainTimes.deadlineSeconds))
        house.inFlight.endSoon()
        // What is left of an exchange whose client was cut off ends within a turn of its loop.
        let patience = Moment.now().advanced(bySeconds: 2)
        while house.inFlight.exchanges > 0, Moment.now() < patience { try? await Task.sleep(for: .milliseconds(10)) }
    }

    private func close() async {
        await house.renderer.drain()
        house.guardrails.meters.record(in: audit, all: true)
        if await !audit.drain() { logger.error("the ledger did not take the last entries of the audit log") }
        await house.cache.archive?.flush()
        await house.exporter?.shutdown(withinSeconds: 5)
        await house.messenger.notifier.flush(within: 2)
        if await !house.storage.writer.flush() {
            logger.error("the ledger did not take the last rows; the journal keeps them")
        }
        let now = Moment.now()
        await metrics.close(by: now)
        await admin.close(by: now)
        for engine in house.engines {
            do { try await engine.shutDown().get() } catch { logger.error("\(error)") }
        }
        for workers in [house.workers, operators] {
            do { try await workers.shutDown() } catch { logger.error("\(error)") }
        }
        logger.notice("stopped")
    }

    // MARK: Settings

    private static func appSettings(_ configuration: Configuration, _ descriptors: Int) -> ListenerSettings {
        let listen = configuration.listen
        var settings = smallSettings(listen.address)
        settings.headBytesMax = listen.headBytesMax
        settings.headerCountMax = listen.headerCountMax
        settings.bodyBytesMax = listen.bodyBytesMax
        settings.requestTimeoutSeconds = listen.bodyTimeoutSeconds
        settings.idleTimeoutSeconds = listen.idleTimeoutSeconds
        settings.connectionsMax = DescriptorLimit.connectionsMax(under: descriptors)
        return settings
    }

    private static func smallSettings(_ address: ListenAddress) -> ListenerSettings {
        var settings = ListenerSettings()
        settings.host = address.host
        settings.port = address.port
        settings.bodyBytesMax = 1 << 20
        settings.connectionsMax = 256
        return settings
    }
}
