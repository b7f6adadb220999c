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
            var silences: UInt64 = 0
        }
        let content: Mutex<Content>
        init(_ settings: Breaker.Settings) { content = Mutex(Content(breaker: Breaker(settings))) }
    }

    /// One breaker for each target, by its index.
    public init(settings: Breaker.Settings, targetCount: Int, now: @escaping @Sendable () -> Moment = Moment.now) {
        cells = (0..<targetCount).map { _ in Cell(settings) }
        self.now = now
    }

    /// The state of a target's breaker, for people and metrics.
    public func state(of target: Target) -> Breaker.State { cells[target.index].content.withLock { $0.breaker.state } }

    /// How often it opened.
    public func openings(of target: Target) -> UInt64 { cells[target.index].content.withLock { $0.openings } }

    /// How often it was opened because its provider had fallen silent.
    public func silences(of target: Target) -> UInt64 { cells[target.index].content.withLock { $0.silences } }

    /// Leaves a target alone whose provider is silent, from now on or (`isNew` false) further on.
    public func leave(_ target: Target, isNew: Bool) {
        let now = now()
        cells[target.index].content.withLock { content in
            content.breaker.open(now: now)
            if isNew { content.silences += 1 }
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
