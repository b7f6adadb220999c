import GatewayTypes
import Logging
import Storage
import Synchronization
import Telemetry

/// Takes a changed configuration over, wholly or not at all, and says how that went.
final class Reloader: Sendable {
    private struct State {
        var succeeded: UInt64 = 0
        var failed: UInt64 = 0
        var lastSucceeded = true
        var lastSuccess = WallTime.now()
        /// Of the configuration in force.
        var fingerprint: ConfigurationFingerprint
    }

    private let path: String
    private let house: House
    private let logger: Logger
    private let certificates: Certificates?
    private let audit: AuditLog
    private let state: Mutex<State>

    /// `certificates`: nil where nothing is encrypted.
    init(
        path: String, house: House, fingerprint: ConfigurationFingerprint, certificates: Certificates?, audit: AuditLog,
        logger: Logger
    ) {
        self.audit = audit
        self.certificates = certificates
        state = Mutex(State(fingerprint: fingerprint))
        self.path = path
        self.house = house
        self.logger = logger
    }

    /// Reads the file again. What only a new process can change (ports, storage, where telemetry goes) stays as it is.
    func reload() {
        switch Commands.load(path: path, resolveSecrets: true) {
        case .failure(let problems): fail(problems.description)
        case .success(let loaded):
            let oldPrices = house.blueprint.prices
            do {
                let tls = loaded.configuration.tls
                let servers = try tls.map { tls throws(StartupFailure) in try Certificates.Servers(tls) }
                try house.adopt(loaded.configuration)
                if let tls, let servers { certificates?.show(servers, of: tls) }
            } catch {
                return fail(error.description)
            }
            for warning in loaded.warnings { logger.warning("\(warning)") }
            let new = loaded.configuration.fingerprint
            let old = state.withLock { state in
                state.succeeded += 1
                state.lastSucceeded = true
                state.lastSuccess = .now()
                defer { state.fingerprint = new }
                return state.fingerprint
            }
            audit.record(AuditEvent(reloaded: new, from: old))
            if let change = AuditEvent(prices: house.blueprint.prices, after: oldPrices.auditText, by: Self.actor) {
                audit.record(change)
            }
            logger.notice(
                "reloaded: callers, keys, plans, limits, providers, prices, models and routing are those of the file now"
            )
        }
    }

    /// Who reloads.
    static let actor = "signal:SIGHUP"

    private func fail(_ problems: String) {
        state.withLock { state in
            state.failed += 1
            state.lastSucceeded = false
        }
        audit.record(AuditEvent(actor: Self.actor, action: .reloadFailed, reason: problems))
        logger.error("not reloaded, the old configuration stays in force:\n\(problems)")
    }

    func write(to writer: inout SampleWriter) {
        let state = state.withLock { $0 }
        writer.add(.configReloads, ["success"], state.succeeded)
        writer.add(.configReloads, ["failure"], state.failed)
        writer.set(.configReloadSuccessful, [], state.lastSucceeded)
        writer.set(.configReloadTime, [], state.lastSuccess.seconds)
    }
}
