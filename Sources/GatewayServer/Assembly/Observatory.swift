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
    let tracing: TracingDesk
    let remarks: [String]

    init(
        _ configuration: Configuration, environment: [String: String], workers: Int, fetcher: any HTTPFetcher,
        keeper: (any OutcomeKeeper)?
    ) throws(StartupFailure) {
        let otlp = try Collectors.settings(configuration, environment)
        var settings = TelemetrySettings(
            metrics: configuration.telemetry.metrics, spans: otlp.exports(.traces),
            accessLog: configuration.telemetry.accessLog != .off)
        settings.logs = otlp.exports(.logs)
        settings.accessLogFormat = Self.format(configuration.telemetry.accessLogFormat)
        settings.keepsOutcomes = keeper != nil
        settings.style.detail = configuration.telemetry.spans == .significant ? .significant : .all
        settings.style.limits = otlp.spanLimits
        settings.seriesMax = configuration.telemetry.seriesMax
        settings.seriesIdleSeconds = configuration.telemetry.seriesIdleSeconds
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
                otlp, fetcher: fetcher, endpointID: { EndpointNumbers.next() },
                collect: { telemetry.metricFamilies(exponential: $0) })
        self.exporter = exporter
        if let exporter { telemetry.register { exporter.write(to: &$0) } }
        renderer = OutcomeRenderer(
            telemetry: telemetry, lines: try Self.lines(configuration.telemetry.accessLog), exporter: exporter,
            records: exporter, keeper: keeper)
        tracing = TracingDesk(otlp)
        remarks = otlp.warnings + (exporter?.remarks ?? [])
    }

    private static func format(_ written: Configuration.Telemetry.AccessLogFormat) -> AccessLineFormat {
        switch written {
        case .json: .json
        case .logfmt: .logfmt
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
