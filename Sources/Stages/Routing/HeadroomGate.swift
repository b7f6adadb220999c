public import GatewayTypes
import Synchronization

/// Remembers what providers say of their limits, so that a target that would refuse is tried last.
///
/// It refuses nothing itself: where all targets are exhausted, the provider has the last word.
public final class HeadroomGate: AttemptGate {
    public static let hop = Hop.routing

    private struct Memory {
        var limits: [RateLimit] = []
        var exhaustedUntil = Moment.zero
    }

    private final class Cell: Sendable {
        let memory = Mutex(Memory())
    }

    private let cells: [Cell]

    /// One memory for each target, by its index.
    public init(targetCount: Int) { cells = (0..<targetCount).map { _ in Cell() } }

    /// What the provider last said of its limits for a target; empty where it says nothing.
    public func limits(of target: Target) -> [RateLimit] { cells[target.index].memory.withLock { $0.limits } }

    /// Whether the provider said that a target has nothing left until later.
    func isExhausted(_ target: Target, now: Moment) -> Bool {
        target.index < cells.count && cells[target.index].memory.withLock { now < $0.exhaustedUntil }
    }

    public func admit(_ target: Target, for exchange: borrowing Exchange) throws(Failure) -> any Admission {
        Grant(cell: cells[target.index])
    }

    private struct Grant: Admission {
        let cell: Cell

        /// Longer waits are not believed: a limit may be raised meanwhile.
        private static let secondsMax = 60.0

        func settle(_ outcome: borrowing AttemptOutcome) {
            let limits = outcome.rateLimits
            let seconds = Self.seconds(limits, outcome.failure)
            guard !limits.isEmpty || seconds > 0 else { return }
            let until = outcome.ended.advanced(bySeconds: min(seconds, Self.secondsMax))
            cell.memory.withLock { memory in
                if !limits.isEmpty { memory.limits = limits }
                memory.exhaustedUntil = seconds > 0 ? until : .zero
            }
        }

        private static func seconds(_ limits: [RateLimit], _ failure: Failure?) -> Double {
            if let failure, failure.reason == .upstreamRateLimited { return Double(failure.retryAfterSeconds ?? 1) }
            return limits.lazy.filter { $0.remaining == 0 }.compactMap(\.resetSeconds).max() ?? 0
        }
    }
}
