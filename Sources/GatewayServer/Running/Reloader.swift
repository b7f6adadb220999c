import GatewayTypes
import Logging
import Synchronization
import Telemetry

/// Takes a changed configuration over, wholly or not at all, and says how that went.
final class Reloader: Sendable {
    private struct State {
        var succeeded: UInt64 = 0
        var failed: UInt64 = 0
        var lastSucceeded = true
        var lastSuccess = WallTime.now()
    }

    private let path: String
    private let house: House
    private let logger: Logger
    private let certificates: Certificates?
    private let ports: Certificates.Ports
    private let state = Mutex(State())

    init(
        path: String, house: House, logger: Logger, certificates: Certificates?, ports: Certificates.Ports
    ) {
        self.path = path
        self.house = house
        self.logger = logger
        self.certificates = certificates
        self.ports = ports
    }

    /// Reads the file again. What only a new process can change (ports, storage, telemetry) stays as it is.
    func reload() {
        switch Commands.load(path: path, resolveSecrets: true) {
        case .failure(let problems): fail(problems.description)
        case .success(let loaded):
            do {
                let tls = loaded.configuration.tls
                let servers = try tls.map { tls throws(StartupFailure) in try Certificates.Servers(tls) }
                try house.adopt(loaded.configuration)
                if let tls, let servers { certificates?.show(servers, of: tls, on: ports) }
            } catch {
                return fail(error.description)
            }
            for warning in loaded.warnings { logger.warning("\(warning)") }
            state.withLock { state in
                state.succeeded += 1
                state.lastSucceeded = true
                state.lastSuccess = .now()
            }
            logger.notice(
                "reloaded: callers, keys, plans, limits, providers, prices, models and routing are those of the file now"
            )
        }
    }

    private func fail(_ problems: String) {
        state.withLock { state in
            state.failed += 1
            state.lastSucceeded = false
        }
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
