import GatewayTypes
import Synchronization

/// When each request is due; shared by all lanes.
final class LoadPlan: Sendable {
    let settings: LoadSettings
    let began: Moment
    let clock: ToolClock
    private let nextArrival = Atomic<Int>(0)

    init(settings: LoadSettings, began: Moment, clock: ToolClock) {
        self.settings = settings
        self.began = began
        self.clock = clock
    }

    /// When the next request is meant to start; nil: no more are to be started.
    func next() -> Moment? {
        let number = nextArrival.wrappingAdd(1, ordering: .relaxed).oldValue
        if let most = settings.requestsMax, number >= most { return nil }
        let due: Moment
        switch settings.mode {
        case .open(let rate): due = began.advanced(bySeconds: Double(number) / max(rate, 1e-6))
        case .closed: due = clock.now()
        }
        return due.seconds(since: began) >= settings.durationSeconds ? nil : due
    }
}
