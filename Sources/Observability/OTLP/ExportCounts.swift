import GatewayTypes
import Synchronization
import Telemetry

/// What became of one signal's items on their way to one destination: read by scrapes while the exporter works.
final class ExportCounts: Sendable {
    /// The label `reason` of failed requests.
    enum FailedRequest: String, CaseIterable { case connection, throttled, unavailable, refused, encoding }

    struct State {
        var exported: UInt64 = 0
        var dropped: [DropReason: UInt64] = [:]
        var failures: [FailedRequest: UInt64] = [:]
        /// Items of requests under way.
        var inFlight = 0
        /// Items that wait for their batch.
        var queued = 0
        /// Items that left the queue.
        var handed: UInt64 = 0
        /// By `error.type`; empty for those that were taken.
        var durations: [String: SharedHistogram] = [:]
    }

    let target: OTLPTarget
    private let state = Mutex(State())
    /// `signal` and `destination`.
    let labels: [String]
    private let reasons: [DropReason]

    init(_ target: OTLPTarget, spools: Bool) {
        self.target = target
        labels = [target.signal.rawValue, target.destination]
        let usual: [DropReason] = [.queueFull, .rejected, .undeliverable, .shutdown]
        reasons = spools ? usual + [.spoolFull, .spoolExpired, .spoolUnreadable, .writeFailed] : usual
    }

    var now: State { state.withLock { $0 } }

    func exported(_ count: Int) { state.withLock { $0.exported += UInt64(max(0, count)) } }
    func dropped(_ count: Int, _ reason: DropReason) {
        if count > 0 { state.withLock { $0.dropped[reason, default: 0] += UInt64(count) } }
    }
    func failed(_ reason: FailedRequest) { state.withLock { $0.failures[reason, default: 0] += 1 } }
    func queued(_ count: Int) { state.withLock { $0.queued = count } }
    func handed(_ count: Int) { state.withLock { $0.handed += UInt64(count) } }

    func began(_ count: Int) { state.withLock { $0.inFlight += count } }
    func ended(_ count: Int, _ answer: ExportAnswer, seconds: Double) {
        let histogram = state.withLock { state in
            state.inFlight -= count
            let word =
                state.durations.count < Self.errorTypesMax || state.durations[answer.errorType] != nil
                ? answer.errorType : "_OTHER"
            let known = state.durations[word] ?? SharedHistogram(.exporterOperationDuration)
            state.durations[word] = known
            return known
        }
        histogram.record(seconds)
    }

    func write(to writer: inout SampleWriter) {
        let now = now
        writer.add(.spansExported, labels, now.exported)
        for reason in reasons { writer.add(.spansDropped, labels + [reason.rawValue], now.dropped[reason, default: 0]) }
        for reason in FailedRequest.allCases {
            writer.add(.exportFailures, labels + [reason.rawValue], now.failures[reason, default: 0])
        }
    }

    /// A destination that answers with ever new codes has the others under one word.
    private static let errorTypesMax = 16
}
