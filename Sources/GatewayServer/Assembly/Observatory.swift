import Compression
import GatewayTypes
import Glibc
import OTLP
import Telemetry

/// Everything that observes: metrics, the access log, traces.
struct Observatory {
    let telemetry: Telemetry
    let renderer: OutcomeRenderer
    let exporter: OTLPExporter?
    let sampler: Sampler
    let remarks: [String]

    init(
        _ configuration: Configuration, environment: [String: String], workers: Int, fetcher: any HTTPFetcher
    ) throws(StartupFailure) {
        let otlp = try Self.otlp(configuration, environment)
        let endpoint = configuration.telemetry.spans ? otlp.makeEndpoint(id: EndpointNumbers.next()) : nil
        var settings = TelemetrySettings(
            metrics: configuration.telemetry.metrics, spans: endpoint != nil,
            accessLog: configuration.telemetry.accessLog != .off)
        settings.seriesMax = configuration.telemetry.seriesMax
        let telemetry = Telemetry(
            settings: settings, workers: workers, build: Build.info,
            compress: { try? Gzip.compress($0, level: 1) })
        self.telemetry = telemetry
        exporter = endpoint.map {
            OTLPExporter(settings: otlp, endpoint: $0, fetcher: fetcher)
        }
        if let exporter { telemetry.register { exporter.write(to: &$0) } }
        renderer = OutcomeRenderer(
            telemetry: telemetry, lines: try Self.lines(configuration.telemetry.accessLog), exporter: exporter)
        sampler = otlp.sampler
        remarks = otlp.warnings
    }

    /// The environment's settings go before the configuration's collector, as OpenTelemetry's users expect.
    private static func otlp(
        _ configuration: Configuration, _ environment: [String: String]
    ) throws(StartupFailure) -> OTLPSettings {
        do {
            let traces = configuration.telemetry.traces
            var settings = try OTLPSettings.fromEnvironment(
                environment, version: Build.version, configuredEndpoint: traces?.endpoint.text)
            guard let traces else { return settings }
            settings.headers += traces.headers.compactMap { header in
                header.value.exposed.map { ReplyField(header.name, $0) }
            }
            if traces.compression == .gzip { settings.gzip = true }
            return settings
        } catch {
            throw StartupFailure(error.description)
        }
    }

    private static func lines(_ log: Configuration.Telemetry.AccessLog) throws(StartupFailure) -> (any LineWriter)? {
        switch log {
        case .off: return nil
        case .stdout: return DescriptorLineWriter(descriptor: STDOUT_FILENO)
        case .file(let path):
            let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o640)
            guard descriptor >= 0 else {
                throw StartupFailure(
                    "telemetry.access_log: \(path) cannot be opened: \(String(cString: strerror(errno))).")
            }
            return DescriptorLineWriter(descriptor: descriptor)
        }
    }
}
