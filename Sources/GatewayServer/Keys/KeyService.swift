import Authentication
import GatewayTypes
import Logging
import Notifications
import Storage
import Telemetry

/// Beside the path: writes down what was noticed of keys, in batches, and tells of new networks: the audit log, Weir's own
/// log, and people.
struct KeyService: Sendable {
    let registry: KeyRegistry
    let ledger: Ledger
    let messenger: Messenger
    let audit: AuditLog
    let logger: Logger

    init(of house: House, audit: AuditLog, logger: Logger) {
        registry = house.keys
        ledger = house.storage.ledger
        messenger = house.messenger
        self.audit = audit
        self.logger = logger
    }

    private static let everySeconds = 1.0
    /// Uses are written with every tenth round.
    private static let roundsForUses = 10

    func run() async {
        let recorder = KeyUseRecorder(registry: registry, ledger: ledger)
        var round = 0
        while !Task.isCancelled {
            round += 1
            await work(recorder, uses: round % Self.roundsForUses == 0)
            try? await Task.sleep(for: .seconds(Self.everySeconds))
        }
        await work(recorder, uses: true)
    }

    private func work(_ recorder: KeyUseRecorder, uses: Bool) async {
        let met = registry.watch.takeNewNetworks()
        for network in met where !network.isFirst { tell(network) }
        // Before they are written down: who dies in between tells of the same alert again, which receivers know.
        await messenger.tell(met.filter { !$0.isFirst })
        if let problem = await recorder.write(met, uses: uses) {
            logger.error("the use of keys cannot be written down: \(problem)")
        }
    }

    private func tell(_ met: KeyWatch.NewNetwork) {
        let key = met.caller.keyAlias
        audit.record(
            AuditEvent(
                at: met.at, actor: "process", action: .keyNetwork, subject: met.subject, after: met.network.description,
                reason: "key \(key) of caller \(met.caller.name.text), team \(met.caller.team.text)",
                exchange: met.exchange))
        logger.warning(
            "a key was used from a new network",
            metadata: [
                "key": "\(key)", "caller": "\(met.caller.name.text)", "team": "\(met.caller.team.text)",
                "network": "\(met.network)", "exchange": "\(met.exchange)",
            ])
    }

    // MARK: Metrics

    /// Within so many seconds a key counts as about to expire.
    private static let soonSeconds = 7.0 * 86_400

    /// Every declared team has its series from the start.
    static func write(_ registry: KeyRegistry, for blueprint: Blueprint, to writer: inout SampleWriter) {
        let counts = registry.watch.counts
        for team in blueprint.declared.teams {
            writer.add(.keyNewNetworks, [team.text], counts.newNetworks[team.text] ?? 0)
            for subject in PermissionSubject.allCases {
                let denial = KeyWatch.Denial(team: team.text, subject: subject)
                writer.add(.permissionDenials, [team.text, subject.rawValue], counts.denials[denial] ?? 0)
            }
        }
        var states: [KeyState: Int] = [:]
        let now = WallTime.now()
        for key in registry.all {
            states[KeyState(of: key, at: now, soonSeconds: soonSeconds, callers: blueprint.callers), default: 0] += 1
        }
        for state in KeyState.allCases { writer.set(.storedKeys, [state.rawValue], Double(states[state] ?? 0)) }
    }
}

extension Messenger {
    /// Tells every channel of networks that are new to a key, and of the end of what was told a while ago.
    func tell(_ networks: [KeyWatch.NewNetwork]) async {
        guard !channels.isEmpty else { return }
        if !networks.isEmpty {
            await notifier.notify(
                networks.map { met in
                    let alert = KeyNetworkAlert(
                        key: met.caller.keyAlias, caller: met.caller.name.text, team: met.caller.team.text,
                        network: met.network.description, exchange: met.exchange.description)
                    return AlertNotice(alert.alert(startsAt: met.at), channels: channels)
                })
        }
        await notifier.end(KeyNetworkAlert.name, afterSeconds: KeyNetworkAlert.seconds)
    }
}

/// How a stored key stands; the label `state` of `weir_stored_keys`.
enum KeyState: String, CaseIterable {
    case active
    /// It expires within a week.
    case expiring
    case expired
    case revoked
    /// Its caller, its team or its plan is not in the configuration any more.
    case orphaned

    init(of key: StoredKey, at now: WallTime, soonSeconds: Double = 0, callers: CallerDesk) {
        if key.revokedAt != nil {
            self = .revoked
        } else if let end = key.expiresAt, end <= now {
            self = .expired
        } else if callers.fault(key.callerTerms) != nil {
            self = .orphaned
        } else if let end = key.expiresAt, end <= now.advanced(byNanoseconds: Int64(soonSeconds * 1e9)) {
            self = .expiring
        } else {
            self = .active
        }
    }
}

/// Writes uses of keys into the ledger.
private actor KeyUseRecorder {
    private let registry: KeyRegistry
    private let ledger: Ledger
    private let executor = QueueExecutor(label: "weir.key-uses")
    /// By id, as the ledger has it.
    private var written: [String: WallTime] = [:]
    /// Networks that the ledger did not take.
    private var waiting: [StoredKeyNetwork] = []

    private static let waitingMax = 10_000

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    init(registry: KeyRegistry, ledger: Ledger) {
        self.registry = registry
        self.ledger = ledger
        for key in registry.all { written[key.id] = key.lastUsed }
    }

    /// What the ledger said against it; nil: nothing.
    func write(_ met: [KeyWatch.NewNetwork], uses: Bool) -> StorageError? {
        waiting += met.map { StoredKeyNetwork(subject: $0.subject, network: $0.network, firstSeen: $0.at) }
        if waiting.count > Self.waitingMax { waiting.removeFirst(waiting.count - Self.waitingMax) }
        var changed: [String: WallTime] = [:]
        if uses {
            for key in registry.all {
                if let last = registry.lastUsed(key.id), last != written[key.id] { changed[key.id] = last }
            }
        }
        do throws(StorageError) {
            try ledger.keep(lastUses: changed, networks: waiting)
        } catch {
            return error
        }
        waiting.removeAll()
        written.merge(changed) { _, new in new }
        // Deleted keys are forgotten.
        if written.count > 2 * registry.count + 1000 { written = written.filter { registry.key($0.key) != nil } }
        return nil
    }
}
