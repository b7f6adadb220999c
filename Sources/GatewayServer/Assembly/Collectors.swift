import GatewayTypes
import OTLP
import Telemetry

/// Where observations are sent, of the configuration and of the environment.
enum Collectors {
    /// The environment's settings go before the configuration's collector, as OpenTelemetry's users expect.
    static func settings(
        _ configuration: Configuration, _ environment: [String: String]
    ) throws(StartupFailure) -> OTLPSettings {
        do {
            var settings = try OTLPSettings.fromEnvironment(
                environment, version: Build.version, standard: configuration.telemetry.traces.map(collector),
                others: configuration.telemetry.destinations.map(collector))
            settings.spool = configuration.telemetry.spool.map {
                SpoolSettings(path: $0.path, bytesMax: $0.bytesMax, ageSecondsMax: $0.ageSecondsMax)
            }
            if configuration.telemetry.spans == .off { settings.targets.removeAll { $0.signal == .traces } }
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
        collector.filter = destination.isFiltered ? filter(destination) : nil
        collector.histograms = destination.histograms.map { form -> HistogramForm in
            switch form {
            case .explicit: .explicit
            case .exponential: .exponential
            }
        }
        collector.temporality = destination.temporality.map { temporality -> MetricTemporality in
            switch temporality {
            case .cumulative: .cumulative
            case .delta: .delta
            }
        }
        return collector
    }

    private static func filter(_ destination: Configuration.Destination) -> ExportFilter {
        var filter = ExportFilter()
        filter.kinds = Set(
            destination.only.map { only -> ExportFilter.Kind in
                switch only {
                case .errors: .errors
                case .moved: .moved
                }
            })
        filter.routes = Set(destination.routes)
        filter.teams = Set(destination.teams)
        return filter
    }

    private static func fields(_ headers: [Configuration.Header]) -> [ReplyField] {
        headers.compactMap { header in header.value.exposed.map { ReplyField(header.name, $0) } }
    }

    private static func encoding(_ written: Configuration.ExportProtocol) -> OTLPEncoding {
        switch written {
        case .protobuf: .protobuf
        case .json: .json
        case .grpc: .grpc
        }
    }
}
