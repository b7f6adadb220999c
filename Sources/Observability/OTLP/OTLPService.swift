public import GatewayTypes
import NIOCore
import Synchronization
public import Telemetry

/// All exporters of a process: one for each signal and destination.
public final class OTLPService: Sendable {
    /// An exporter, and what its destination wants of what is offered.
    private struct Way {
        let exporter: OTLPExporter
        let filter: ExportFilter?

        func wants(_ facts: ExchangeFacts?) -> Bool { filter?.passes(facts) ?? true }

        func offer(_ pieces: [PackedItems]) async {
            guard filter != nil else { return await exporter.offer(pieces) }
            let wanted = pieces.filter { wants($0.facts) }
            if !wanted.isEmpty { await exporter.offer(wanted) }
        }
    }

    /// What people should know about how it was built.
    public let remarks: [String]
    private let spans: [Way]
    private let logs: [Way]
    private let pushers: [MetricPusher]
    private let couriers: [Courier]
    private let clock: ServiceClock
    /// The memory in which items are packed.
    private let wire = Mutex(WireBuffer())

    /// `endpointID` gives each endpoint a number of its own; `collect` is asked for all metrics, with the exponential
    /// buckets of histograms where that is wanted.
    public init(
        _ settings: OTLPSettings, fetcher: any HTTPFetcher, endpointID: () -> Int, clock: ServiceClock = .system,
        collect: @escaping @Sendable (_ exponential: Bool) -> [MetricFamily]
    ) {
        var spans: [Way] = []
        var logs: [Way] = []
        var pushers: [MetricPusher] = []
        var couriers: [Courier] = []
        let spool = settings.spool.flatMap { SpoolDirectory.claim($0.path) ? $0 : nil }
        remarks =
            settings.spool.map { wanted in
                spool == nil
                    ? ["telemetry.spool: \(wanted.path) cannot be used, or another process uses it; nothing is spooled"]
                    : []
            } ?? []
        for target in settings.targets {
            let courier = Courier(
                target, endpoint: target.makeEndpoint(id: endpointID(), version: settings.version), fetcher: fetcher,
                clock: clock, spool: spool)
            couriers.append(courier)
            switch target.signal {
            case .traces:
                let exporter = OTLPExporter(
                    limits: settings.spans, envelope: settings.envelope(for: target), courier: courier, clock: clock)
                spans.append(Way(exporter: exporter, filter: target.filter))
            case .logs:
                let exporter = OTLPExporter(
                    limits: settings.logs, envelope: settings.envelope(for: target), courier: courier, clock: clock)
                logs.append(Way(exporter: exporter, filter: target.filter))
            case .metrics:
                pushers.append(
                    MetricPusher(settings: settings, target: target, courier: courier, clock: clock, collect: collect))
            }
        }
        self.clock = clock
        self.spans = spans
        self.logs = logs
        self.pushers = pushers
        self.couriers = couriers
    }

    /// Sends until cancelled.
    public func run() async {
        await withTaskGroup(of: Void.self) { exporters in
            for way in spans { exporters.addTask { await way.exporter.run() } }
            for way in logs { exporters.addTask { await way.exporter.run() } }
            for pusher in pushers { exporters.addTask { await pusher.run() } }
            for courier in couriers where courier.spool != nil { exporters.addTask { await courier.replay() } }
        }
    }

    /// Sends what is left within that time, and takes no more. Call it when `run` has returned.
    public func shutdown(withinSeconds seconds: Double) async {
        await withTaskGroup(of: Void.self) { exporters in
            for way in spans { exporters.addTask { await way.exporter.shutdown(withinSeconds: seconds) } }
            for way in logs { exporters.addTask { await way.exporter.shutdown(withinSeconds: seconds) } }
            for pusher in pushers { exporters.addTask { await pusher.shutdown(withinSeconds: seconds) } }
        }
    }

    /// The exporters' own metrics.
    public func write(to writer: inout SampleWriter) {
        for way in spans { way.exporter.write(to: &writer) }
        for way in logs { way.exporter.write(to: &writer) }
        for pusher in pushers { pusher.write(to: &writer) }
    }
}

extension OTLPService: SpanExporter {
    public func wants(_ facts: ExchangeFacts) -> Bool { spans.contains { $0.wants(facts) } }

    public func pack(_ spans: [SpanData], of facts: ExchangeFacts) -> PackedItems {
        let bytes = wire.withLock { wire in
            for position in spans.indices { wire.span(spans[position]) }
            return wire.take()
        }
        return PackedItems(bytes, count: spans.count, of: facts)
    }

    public func offer(_ exchanges: [PackedItems]) async {
        for way in spans { await way.offer(exchanges) }
    }
}

extension OTLPService: LogExporter {
    public func offer(_ records: [LogRecord]) async {
        guard !logs.isEmpty else { return }
        let observed = clock.wallNow()
        let packed = wire.withLock { wire in
            records.map { record in
                wire.record(record, observed: observed)
                return PackedItems(wire.take(), count: 1, of: record.facts)
            }
        }
        for way in logs { await way.offer(packed) }
    }
}
