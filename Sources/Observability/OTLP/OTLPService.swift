public import GatewayTypes
public import Telemetry

/// All exporters of a process: one for each signal and destination.
public final class OTLPService: Sendable {
    private let spanExporters: [OTLPExporter<SpanData>]
    private let logExporters: [OTLPExporter<LogRecord>]
    private let pushers: [MetricPusher]

    /// `endpointID` gives each endpoint a number of its own; `collect` is asked for all metrics.
    public init(
        _ settings: OTLPSettings, fetcher: any HTTPFetcher, endpointID: () -> Int, clock: ServiceClock = .system,
        collect: @escaping @Sendable () -> [MetricFamily]
    ) {
        var spans: [OTLPExporter<SpanData>] = []
        var logs: [OTLPExporter<LogRecord>] = []
        var pushers: [MetricPusher] = []
        for target in settings.targets {
            let endpoint = target.makeEndpoint(id: endpointID(), version: settings.version)
            switch target.signal {
            case .traces:
                spans.append(
                    OTLPExporter(settings: settings, target: target, endpoint: endpoint, fetcher: fetcher, clock: clock)
                )
            case .logs:
                logs.append(
                    OTLPExporter(settings: settings, target: target, endpoint: endpoint, fetcher: fetcher, clock: clock)
                )
            case .metrics:
                let courier = Courier(target, endpoint: endpoint, fetcher: fetcher, clock: clock)
                pushers.append(
                    MetricPusher(
                        settings: settings, courier: courier, encoding: target.encoding, clock: clock, collect: collect)
                )
            }
        }
        spanExporters = spans
        logExporters = logs
        self.pushers = pushers
    }

    /// Sends until cancelled.
    public func run() async {
        await withTaskGroup(of: Void.self) { exporters in
            for exporter in spanExporters { exporters.addTask { await exporter.run() } }
            for exporter in logExporters { exporters.addTask { await exporter.run() } }
            for pusher in pushers { exporters.addTask { await pusher.run() } }
        }
    }

    /// Sends what is left within that time, and takes no more. Call it when `run` has returned.
    public func shutdown(withinSeconds seconds: Double) async {
        await withTaskGroup(of: Void.self) { exporters in
            for exporter in spanExporters { exporters.addTask { await exporter.shutdown(withinSeconds: seconds) } }
            for exporter in logExporters { exporters.addTask { await exporter.shutdown(withinSeconds: seconds) } }
            for pusher in pushers { exporters.addTask { await pusher.shutdown(withinSeconds: seconds) } }
        }
    }

    /// The exporters' own metrics.
    public func write(to writer: inout SampleWriter) {
        for exporter in spanExporters { exporter.write(to: &writer) }
        for exporter in logExporters { exporter.write(to: &writer) }
        for pusher in pushers { pusher.write(to: &writer) }
    }
}

extension OTLPService: SpanExporter {
    public func offer(_ spans: [SpanData]) async {
        for exporter in spanExporters { await exporter.offer(spans) }
    }
}

extension OTLPService: LogExporter {
    public func offer(_ records: [LogRecord]) async {
        for exporter in logExporters { await exporter.offer(records) }
    }
}
