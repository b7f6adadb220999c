public import GatewayTypes
import Synchronization

/// Refuses attempts at targets whose breaker is open.
public final class BreakerGate: AttemptGate {
    public static let hop = Hop.routing

    private let cells: [Cell]
    private let now: @Sendable () -> Moment

    private final class Cell: Sendable {
        struct Content {
            var breaker: Breaker
            var openings: UInt64 = 0
            var orders: [Order: UInt64] = [:]
        }
        let content: Mutex<Content>
        init(_ settings: Breaker.Settings) { content = Mutex(Content(breaker: Breaker(settings))) }
    }

    /// One breaker for each target, by its index; those of targets that `old` had go on in their state.
    public init(
        settings: Breaker.Settings, targetCount: Int, after old: BreakerGate? = nil, _ succession: Succession = .none,
        now: @escaping @Sendable () -> Moment = Moment.now
    ) {
        cells = (0..<targetCount).map { index in
            guard let old, let before = succession.index(before: index) else { return Cell(settings) }
            old.cells[before].content.withLock { $0.breaker.settings = settings }
            return old.cells[before]
        }
        self.now = now
    }

    /// The state of a target's breaker, for people and metrics.
    public func state(of target: Target) -> Breaker.State { cells[target.index].content.withLock { $0.breaker.state } }

    /// How often it opened.
    public func openings(of target: Target) -> UInt64 { cells[target.index].content.withLock { $0.openings } }

    /// What was found out of a provider apart from attempts, so that its targets are left alone.
    public enum Order: String, CaseIterable, Sendable {
        /// It gives no sign of life.
        case silence
        /// It fails its health checks.
        case health
    }

    /// How often it was opened by order.
    public func orders(_ order: Order, of target: Target) -> UInt64 {
        cells[target.index].content.withLock { $0.orders[order] ?? 0 }
    }

    /// Leaves a target alone for a cool-down, and so many seconds at least, from now on or (`isNew` false) further on.
    public func leave(_ target: Target, _ order: Order, isNew: Bool, seconds: Double) {
        let now = now()
        cells[target.index].content.withLock { content in
            content.breaker.open(now: now, seconds: seconds)
            if isNew { content.orders[order, default: 0] += 1 }
        }
    }

    public func admit(_ target: Target, for exchange: borrowing Exchange) throws(Failure) -> any Admission {
        let now = now()
        let cell = cells[target.index]
        let (ticket, wait) = cell.content.withLock { content in
            (content.breaker.admit(now: now), content.breaker.secondsUntilProbe(now: now))
        }
        if let ticket { return Grant(cell: cell, ticket: ticket) }
        throw Failure(
            .breakerOpen,
            "\(target.provider.text)/\(target.servedModel.text) failed repeatedly and is left alone for a moment.",
            retryable: true, retryAfterSeconds: max(1, Int(wait.rounded(.up))))
    }

    private struct Grant: Admission {
        let cell: Cell
        let ticket: Breaker.Ticket

        func settle(_ outcome: borrowing AttemptOutcome) {
            let result = Breaker.Result(outcome)
            let ended = outcome.ended
            cell.content.withLock { content in
                if content.breaker.settle(ticket, result, now: ended) { content.openings += 1 }
            }
        }
    }
}
