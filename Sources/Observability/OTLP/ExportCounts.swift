import Synchronization
import Telemetry

/// What became of one signal's items on their way to one destination: read by scrapes while the exporter works.
final class ExportCounts: Sendable {
    /// The label `reason` of failed requests.
    enum FailedRequest: String, CaseIterable { case connection, throttled, unavailable, refused, encoding }

    private struct State {
        var exported: UInt64 = 0
        var dropped: [DropReason: UInt64] = [:]
        var failures: [FailedRequest: UInt64] = [:]
    }

    private let state = Mutex(State())
    private let depth = Atomic<Int>(0)
    /// 0: there is no queue.
    private let depthMax = Atomic<Int>(0)
    private let labels: [String]

    init(_ target: OTLPTarget) { labels = [target.signal.rawValue, target.destination] }

    func exported(_ count: Int) { state.withLock { $0.exported += UInt64(max(0, count)) } }
    func dropped(_ count: Int, _ reason: DropReason) {
        if count > 0 { state.withLock { $0.dropped[reason, default: 0] += UInt64(count) } }
    }
    func failed(_ reason: FailedRequest) { state.withLock { $0.failures[reason, default: 0] += 1 } }

    func waiting(_ count: Int, max: Int) {
        depth.store(count, ordering: .relaxed)
        depthMax.store(max, ordering: .relaxed)
    }

    func write(to writer: inout SampleWriter) {
        let now = state.withLock { $0 }
        let limit = depthMax.load(ordering: .relaxed)
        if limit > 0 {
            let name = labels.joined(separator: "/")
            writer.set(.queueDepth, [name], Double(depth.load(ordering: .relaxed)))
            writer.set(.queueLimit, [name], Double(limit))
        }
        writer.add(.spansExported, labels, now.exported)
        for reason in [DropReason.queueFull, .rejected, .undeliverable, .shutdown] {
            writer.add(.spansDropped, labels + [reason.rawValue], now.dropped[reason, default: 0])
        }
        for reason in FailedRequest.allCases {
            writer.add(.exportFailures, labels + [reason.rawValue], now.failures[reason, default: 0])
        }
    }
}
