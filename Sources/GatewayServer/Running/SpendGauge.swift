import GatewayTypes
import Storage
import Synchronization
import Telemetry

/// `weir_spend_usd`: what each team has spent in the current day, week and month (UTC; a week begins on Monday), read
/// from the ledger every few seconds, off the event loops.
final class SpendGauge: Sendable {
    enum Window: String, CaseIterable, Sendable { case day, week, month }

    private let ledger: Ledger
    private let teams: @Sendable () -> [ConfiguredName]
    private let spend = Mutex<[Window: [String: Money]]>([:])
    private static let everySeconds = 2.0

    /// `teams` are those whose gauges exist even before they spent.
    init(ledger: Ledger, teams: @escaping @Sendable () -> [ConfiguredName]) {
        self.ledger = ledger
        self.teams = teams
    }

    /// Reads until cancelled. A ledger that cannot be read leaves the last values; `weir_ledger_healthy` tells of it.
    func run() async {
        while !Task.isCancelled {
            refresh(at: .now())
            try? await Task.sleep(for: .seconds(Self.everySeconds))
        }
    }

    func refresh(at now: WallTime) {
        for window in Window.allCases {
            guard let sums = try? ledger.spend(since: window.start(at: now)) else { continue }
            spend.withLock { $0[window] = sums }
        }
    }

    func write(to writer: inout SampleWriter) {
        let spend = spend.withLock { $0 }
        for team in teams() {
            for window in Window.allCases {
                writer.set(.spend, [team.text, window.rawValue], spend[window]?[team.text] ?? .zero)
            }
        }
    }
}

extension SpendGauge.Window {
    /// When the window that `now` lies in began.
    func start(at now: WallTime) -> WallTime {
        let day = Int64(86_400_000_000_000)
        let today = now.nanoseconds - now.nanoseconds % day
        switch self {
        case .day: return WallTime(nanoseconds: today)
        // 1970-01-01 was a Thursday, the fourth day of its week.
        case .week: return WallTime(nanoseconds: today - (today / day + 3) % 7 * day)
        case .month: return WallTime(nanoseconds: today - Int64(CalendarDate(daysSince1970: today / day).day - 1) * day)
        }
    }
}
