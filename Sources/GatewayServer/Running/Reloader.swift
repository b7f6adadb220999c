import Crypto
import GatewayTypes
import Logging
import Storage
import Synchronization
import Telemetry

/// Takes changed configurations over, one at a time, wholly or not at all, and says how that went: the file with what the
/// admin API declares beside it.
actor Reloader {
    /// How it stands, for metrics and the admin API.
    struct Status: Sendable {
        var succeeded: UInt64 = 0
        var failed: UInt64 = 0
        var lastSucceeded = true
        var lastSuccess = WallTime.now()
        /// What the last reload failed by; empty where it did not.
        var problems: [ConfigurationProblem] = []
        /// From 1; each configuration in force counts one up.
        var version: Int64 = 1
        var fingerprint: ConfigurationFingerprint
        var restartNeeded: [String] = []
        var resources: [ResourceKind: Int] = [:]
        var drain: Configuration.Drain
    }

    /// What came of a change.
    struct Report: Sendable {
        let changes: [SettingChange]
        let warnings: [ConfigurationProblem]
        let restartNeeded: [String]
        let hash: String
    }

    let path: String
    let house: House
    let logger: Logger
    let audit: AuditLog
    private let certificates: Certificates?
    private let keys: AdminKeys
    private let startTree: SettingTree
    private let executor = QueueExecutor(label: "weir.reload")
    private let state: Mutex<Status>
    private var watch: FileWatch
    /// Of the file as it was read last.
    private var digest: [UInt8]
    private(set) var inForce: LoadedConfiguration
    /// What the admin API declares; nil: this process goes without.
    private(set) var stored: [StoredResource]?

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    /// `certificates`: nil where nothing is encrypted.
    init(
        path: String, house: House, loaded: LoadedConfiguration, stored: [StoredResource]?, keys: AdminKeys,
        certificates: Certificates?, audit: AuditLog, logger: Logger
    ) {
        self.path = path
        self.house = house
        self.audit = audit
        self.certificates = certificates
        self.keys = keys
        self.logger = logger
        self.stored = stored
        inForce = loaded
        startTree = loaded.tree
        watch = FileWatch(known: FileStamp(path))
        digest = Self.digest(of: path) ?? []
        var status = Status(fingerprint: loaded.configuration.fingerprint, drain: loaded.configuration.drain)
        status.resources = Self.counts(stored)
        state = Mutex(status)
    }

    nonisolated var status: Status { state.withLock { $0 } }

    // MARK: The file

    /// Looks every second whether the file has changed, until cancelled.
    func run() async {
        while !Task.isCancelled {
            if inForce.configuration.config.watch, watch.look(FileStamp(path)), Self.digest(of: path) != digest {
                reload(by: "file")
            }
            try? await Task.sleep(for: .seconds(1))
        }
    }

    private static func digest(of path: String) -> [UInt8]? {
        do throws(BoundedFile.Fault) {
            return SHA256.digest(try BoundedFile.read(path, bytesMax: YAMLDocument.bytesMax))
        } catch {
            return nil
        }
    }

    /// Reads the file again. What only a new process can change (ports, storage, where telemetry goes) stays as it is, and
    /// is named.
    @discardableResult
    func reload(by actor: String) -> Result<Report, ConfigurationProblems> {
        digest = Self.digest(of: path) ?? []
        let result = Configuration.load(
            path: path, declared: declared(), environment: Commands.environment, knowledge: Knowledge.current)
        switch result {
        case .failure(let problems): return fail(problems, by: actor)
        case .success(let loaded):
            let old = inForce
            do {
                try adopt(loaded, showsCertificates: true, by: actor)
            } catch {
                return fail(Self.problems(error), by: actor)
            }
            for warning in loaded.warnings { logger.warning("\(warning)") }
            let report = report(from: old, to: loaded)
            audit.record(AuditEvent(reloaded: report, from: old.configuration.fingerprint, by: actor))
            log(report, by: actor)
            return .success(report)
        }
    }

    private func log(_ report: Report, by actor: String) {
        let changes = report.changes.prefix(50).map(\.text).joined(separator: "; ")
        logger.notice(
            "reloaded",
            metadata: [
                "by": "\(actor)", "hash": "\(report.hash.prefix(12))", "changes": "\(report.changes.count)",
                "changed": "\(changes)",
            ])
        guard !report.restartNeeded.isEmpty else { return }
        logger.warning(
            "settings have changed that only a new process takes over",
            metadata: ["settings": "\(report.restartNeeded.prefix(50).joined(separator: ", "))"])
    }

    private func fail(_ problems: ConfigurationProblems, by actor: String) -> Result<Report, ConfigurationProblems> {
        state.withLock { state in
            state.failed += 1
            state.lastSucceeded = false
            state.problems = problems.errors
        }
        audit.record(AuditEvent(actor: actor, action: .reloadFailed, reason: problems.description))
        logger.error("not reloaded, the old configuration stays in force:\n\(problems)")
        return .failure(problems)
    }

    /// What a text would change if it were the file; nil: the file itself. Nothing is changed, and no secret is read.
    func rehearse(_ text: String?) -> Result<Report, ConfigurationProblems> {
        let result =
            text.map {
                Configuration.load(text: $0, declared: declared(), file: "body", knowledge: Knowledge.current)
            }
            ?? Configuration.load(
                path: path, declared: declared(), environment: Commands.environment, resolveSecrets: false,
                knowledge: Knowledge.current)
        return result.map { report(from: inForce, to: $0) }
    }

    // MARK: What is in force

    func declared(_ resources: [StoredResource]? = nil) -> [DeclaredResource] {
        (resources ?? stored ?? []).compactMap { resource in
            ResourceKind(rawValue: resource.kind).map {
                DeclaredResource(kind: $0, name: resource.name, spec: resource.tree)
            }
        }
    }

    /// Puts it in force. Throws where that cannot be done; then nothing has changed.
    func adopt(_ loaded: LoadedConfiguration, showsCertificates: Bool, by actor: String) throws(StartupFailure) {
        let tls = showsCertificates ? loaded.configuration.tls : nil
        let servers = try tls.map { tls throws(StartupFailure) in try Certificates.Servers(tls) }
        let prices = house.blueprint.prices
        try house.adopt(loaded.configuration)
        if let tls, let servers { certificates?.show(servers, of: tls) }
        keys.adopt(loaded.configuration.admin)
        inForce = loaded
        let needed = RestartNeed.paths(from: startTree, to: loaded.tree)
        state.withLock { state in
            state.succeeded += 1
            state.lastSucceeded = true
            state.lastSuccess = .now()
            state.problems = []
            state.version += 1
            state.fingerprint = loaded.configuration.fingerprint
            state.restartNeeded = needed
            state.drain = loaded.configuration.drain
        }
        if let change = AuditEvent(prices: house.blueprint.prices, after: prices.auditText, by: actor) {
            audit.record(change)
        }
    }

    func report(from old: LoadedConfiguration, to new: LoadedConfiguration) -> Report {
        Report(
            changes: SettingDiff.changes(from: old.tree, to: new.tree), warnings: new.warnings,
            restartNeeded: RestartNeed.paths(from: startTree, to: new.tree),
            hash: new.configuration.fingerprint.hash)
    }

    /// Takes over what the admin API declares from now on; it is in the ledger already.
    func keep(_ resources: [StoredResource]) {
        stored = resources
        let counts = Self.counts(resources)
        state.withLock { $0.resources = counts }
    }

    private static func counts(_ stored: [StoredResource]?) -> [ResourceKind: Int] {
        Dictionary(grouping: (stored ?? []).compactMap { ResourceKind(rawValue: $0.kind) }, by: { $0 }).mapValues(
            \.count)
    }

    static func problems(_ failure: StartupFailure) -> ConfigurationProblems {
        ConfigurationProblems(problems: [
            ConfigurationProblem(
                file: "weir", line: 0, column: 0, path: "", message: failure.description, severity: .error)
        ])
    }

    nonisolated func write(to writer: inout SampleWriter) {
        let status = status
        writer.add(.configReloads, ["success"], status.succeeded)
        writer.add(.configReloads, ["failure"], status.failed)
        writer.set(.configReloadSuccessful, [], status.lastSucceeded)
        writer.set(.configReloadTime, [], status.lastSuccess.seconds)
        writer.set(.configInfo, [String(status.fingerprint.hash.prefix(12))], true)
        writer.set(.configVersion, [], Double(status.version))
        writer.set(.configRestartNeeded, [], Double(status.restartNeeded.count))
        for kind in ResourceKind.allCases {
            writer.set(.configResources, [kind.rawValue], Double(status.resources[kind] ?? 0))
        }
    }
}
