import Crypto
import GatewayTypes
import Listener
import Logging
import Synchronization
import Telemetry

/// The certificates that Weir's ports show: read at the start, on a reload, and when their files change.
final class Certificates: Sendable {
    /// For `listen`, which may ask its clients for certificates, and for the other ports.
    struct Servers: Sendable {
        let app: TLSServer
        let other: TLSServer

        init(_ tls: Configuration.TLS) throws(StartupFailure) {
            do {
                app = try TLSServer(tls.settings(asks: true))
                other = try TLSServer(tls.settings(asks: false))
            } catch {
                throw StartupFailure("tls: \(error).")
            }
        }
    }

    private struct State {
        var tls: Configuration.TLS
        var servers: Servers
        var stamps: [String: FileStamp]
        /// The ports that show them: `listen`, and the others.
        var app: ListeningPort?
        var others: [ListeningPort] = []
    }

    private static let pollSeconds = 30.0

    private let state: Mutex<State>
    private let logger: Logger

    /// Nil where nothing is encrypted.
    init?(_ configuration: Configuration, logger: Logger) throws(StartupFailure) {
        guard let tls = configuration.tls else { return nil }
        // The stamps first: a file that changes while it is read is read once more.
        let stamps = Self.stamps(of: tls)
        state = Mutex(State(tls: tls, servers: try Servers(tls), stamps: stamps))
        self.logger = logger
    }

    /// Nil: that port is not encrypted.
    func server(for port: Configuration.TLS.Port) -> TLSServer? {
        state.withLock { state in
            guard state.tls.ports.contains(port) else { return nil }
            switch port {
            case .listen: return state.servers.app
            case .metrics, .admin: return state.servers.other
            }
        }
    }

    /// The ports that show what is renewed.
    func serve(app: ListeningPort, others: [ListeningPort]) {
        state.withLock { state in
            state.app = app
            state.others = others
        }
    }

    /// Shows these from now on. Which ports are encrypted stays as it was at the start.
    func show(_ servers: Servers, of tls: Configuration.TLS) {
        let (app, others) = state.withLock { state in
            let encrypted = state.tls.ports
            state.tls = tls
            state.tls.ports = encrypted
            state.servers = servers
            state.stamps = Self.stamps(of: tls)
            return (state.app, state.others)
        }
        app?.renew(servers.app)
        for port in others { port.renew(servers.other) }
    }

    /// Reads the files again whenever one has changed, until cancelled. Files that do not fit together yet are left for
    /// the next look: whoever renews them writes one after the other.
    func run() async {
        while !Task.isCancelled {
            try? await Task.sleep(for: .seconds(Self.pollSeconds))
            let (tls, stamps) = state.withLock { ($0.tls, $0.stamps) }
            guard Self.stamps(of: tls) != stamps else { continue }
            do {
                show(try Servers(tls), of: tls)
                logger.notice("the certificates have changed and are shown to new connections")
            } catch {
                logger.error(
                    "the certificates have changed and cannot be used; the old ones stay",
                    metadata: ["reason": "\(error)"])
            }
        }
    }

    func write(to writer: inout SampleWriter) {
        let servers = state.withLock { $0.servers }
        for (pair, certificate) in zip(servers.app.settings.keyPairs, servers.app.certificates) {
            writer.set(.certificateExpiry, [pair.certificatePath], Double(certificate.notAfter))
        }
    }

    private static func stamps(of tls: Configuration.TLS) -> [String: FileStamp] {
        var paths = tls.certificates.flatMap { [$0.certificate, $0.key] }
        if let authorities = tls.clientAuthorities { paths.append(authorities) }
        return Dictionary(paths.map { ($0, FileStamp($0)) }, uniquingKeysWith: { first, _ in first })
    }
}
