import GatewayTypes
import NIOCore
import Telemetry

/// Collects all instruments every so often and sends them to one destination. What it could not bring is part of the
/// next collection: nothing is counted twice or lost.
actor MetricPusher {
    private let limits: MetricLimits
    private let temporality: MetricTemporality
    private let histograms: HistogramForm
    private let courier: Courier
    private let clock: ServiceClock
    private let encoder: MetricEncoder
    private let collect: @Sendable (_ exponential: Bool) -> [MetricFamily]

    private let started: WallTime
    private var deltas = MetricDeltas()
    /// When what was delivered last was collected.
    private var delivered: WallTime

    init(
        settings: OTLPSettings, target: OTLPTarget, courier: Courier, clock: ServiceClock,
        collect: @escaping @Sendable (_ exponential: Bool) -> [MetricFamily]
    ) {
        limits = settings.metrics
        temporality = target.temporality
        histograms = target.histograms
        self.courier = courier
        self.clock = clock
        self.collect = collect
        encoder = MetricEncoder(
            envelope: settings.envelope(for: target), temporality: target.temporality, histograms: target.histograms)
        started = clock.wallNow()
        delivered = started
    }

    nonisolated func write(to writer: inout SampleWriter) { courier.write(to: &writer, queueMax: nil) }

    /// Sends every interval until cancelled.
    func run() async {
        while true {
            do { try await clock.sleep(limits.intervalSeconds) } catch { return }
            await push(withinSeconds: limits.timeoutSeconds)
        }
    }

    /// One last collection. Call it when `run` has returned.
    func shutdown(withinSeconds seconds: Double) async { await push(withinSeconds: seconds) }

    private func push(withinSeconds seconds: Double) async {
        let deadline = clock.now().advanced(bySeconds: seconds)
        let at = clock.wallNow()
        let families = collect(histograms == .exponential)
        let isDelta = temporality == .delta
        let sent = isDelta ? deltas.since(families, from: delivered) : families
        let points = sent.reduce(0) { $0 + $1.points.count }
        guard points > 0 else { return }
        let body = encoder.encode(sent, from: isDelta ? delivered : started, to: at)
        guard await courier.bring(body, count: points, until: deadline) == .delivered else { return }
        if isDelta { deltas.deliver(families) }
        delivered = at
    }
}
