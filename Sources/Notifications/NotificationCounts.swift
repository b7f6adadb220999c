import Synchronization

/// The label `result` of `weir_budget_notifications_total`.
public enum NotificationResult: String, CaseIterable, Sendable {
    case delivered
    /// Not delivered in one try, and tried again.
    case retried
    /// Refused for good.
    case failed
    /// Never told of: no room, or its time was over.
    case dropped
}

/// One series of `weir_budget_notifications_total`: alerts, once per try.
public struct NotificationCount: Hashable, Sendable {
    public let channel: String
    public let result: NotificationResult
    public let count: UInt64
}

/// What became of the alerts: read by scrapes while the notifier works.
final class NotificationCounts: Sendable {
    private let counts: Mutex<[String: [NotificationResult: UInt64]]>
    /// Alerts that the notifier holds.
    let known = Atomic<Int>(0)

    init(channels: [String]) {
        counts = Mutex(Dictionary(channels.map { ($0, [:]) }, uniquingKeysWith: { one, _ in one }))
    }

    /// Counts them from now on; those of before stay.
    func declare(_ channels: [String]) {
        counts.withLock { counts in
            for channel in channels { counts[channel, default: [:]][.delivered, default: 0] += 0 }
        }
    }

    /// A channel that is not configured is not counted.
    func add(_ count: Int, _ result: NotificationResult, _ channel: String) {
        counts.withLock { $0[channel]?[result, default: 0] += UInt64(count) }
    }

    /// Every channel with every result, the zeros too.
    var snapshot: [NotificationCount] {
        let now = counts.withLock { $0 }
        return now.keys.sorted().flatMap { channel in
            NotificationResult.allCases.map {
                NotificationCount(channel: channel, result: $0, count: now[channel]?[$0] ?? 0)
            }
        }
    }
}
