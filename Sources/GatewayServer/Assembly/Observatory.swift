import Compression
import GatewayTypes
import Glibc
import OTLP
import Telemetry

/// Everything that observes: metrics, the access log, traces and log records.
struct Observatory {
    let telemetry: Telemetry
    let renderer: OutcomeRenderer
    let exporter: OTLPService?
    let sampler: Sampler
    let remarks: [String]

    init(
        _ configuration: Configuration, environment: [String: String], workers: Int, fetcher: any HTTPFetcher
    ) throws(StartupFailure) {
        let otlp = try Self.otlp(configuration, environment)
        var settings = TelemetrySettings(
            metrics: configuration.telemetry.metrics, spans: otlp.exports(.traces),
            accessLog: configuration.telemetry.accessLog != .off)
        settings.logs = otlp.exports(.logs)
        settings.seriesMax = configuration.telemetry.seriesMax
        settings.style.vocabulary = configuration.telemetry.conventions
        settings.style.profiles = Set(configuration.telemetry.profiles)
        settings.style.contentBytesMax = configuration.telemetry.contentBytesMax
        let telemetry = Telemetry(
            settings: settings, workers: workers, build: Build.info,
            compress: { try? Gzip.compress($0, level: 1) })
        self.telemetry = telemetry
        let exporter =
            otlp.targets.isEmpty
            ? nil
            : OTLPService(
                otlp, fetcher: fetcher, endpointID: { EndpointNumbers.next() }, collect: { telemetry.metricFamilies() })
        self.exporter = exporter
        if let exporter { telemetry.register { exporter.write(to: &$0) } }
        renderer = OutcomeRenderer(
            telemetry: telemetry, lines: try Self.lines(configuration.telemetry.accessLog), exporter: exporter,
            records: exporter)
        sampler = otlp.sampler
        remarks = otlp.warnings
    }

    /// The environment's settings go before the configuration's collector, as OpenTelemetry's users expect.
    private static func otlp(
        _ configuration: Configuration, _ environment: [String: String]
    ) throws(StartupFailure) -> OTLPSettings {
        do {
            var settings = try OTLPSettings.fromEnvironment(
                environment, version: Build.version, standard: configuration.telemetry.traces.map(Self.collector),
                others: configuration.telemetry.destinations.map(Self.collector))
            if !configuration.telemetry.spans { settings.targets.removeAll { $0.signal == .traces } }
            if !configuration.telemetry.metrics { settings.targets.removeAll { $0.signal == .metrics } }
            return settings
        } catch {
            throw StartupFailure(error.description)
        }
    }

    private static func collector(_ traces: Configuration.Traces) -> OTLPCollector {
        var collector = OTLPCollector(endpoint: traces.endpoint.text, signals: [.traces])
        collector.headers = fields(traces.headers)
        collector.gzip = traces.compression == .gzip
        collector.encoding = encoding(traces.exportProtocol)
        return collector
    }

    private static func collector(_ destination: Configuration.Destination) -> OTLPCollector {
        let signals = destination.signals.map { signal -> TelemetrySignal in
            switch signal {
            case .traces: .traces
            case .logs: .logs
            case .metrics: .metrics
            }
        }
        var collector = OTLPCollector(
            name: destination.name, endpoint: destination.endpoint.text, signals: signals)
        collector.headers = fields(destination.headers)
        collector.gzip = destination.compression == .gzip
        collector.encoding = encoding(destination.exportProtocol)
        collector.caFile = destination.caFile
        return collector
    }

    private static func fields(_ headers: [Configuration.Header]) -> [ReplyField] {
        headers.compactMap { header in header.value.exposed.map { ReplyField(header.name, $0) } }
    }

    private static func encoding(_ written: Configuration.ExportProtocol) -> OTLPEncoding {
        switch written {
        case .protobuf: .protobuf
        case .json: .json
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
