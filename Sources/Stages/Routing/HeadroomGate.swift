public import GatewayTypes
import Synchronization

/// Remembers what providers say of their limits and when to come back, so that a target that would refuse is tried last.
///
/// It refuses nothing itself: where all targets are exhausted, the provider has the last word.
public final class HeadroomGate: AttemptGate {
    public static let hop = Hop.routing

    /// Why a target wants a pause.
    enum Pause: String, Sendable {
        case exhausted = "its provider said that nothing is left of its limit for now"
        case asked = "its provider asked for a pause"
    }

    private struct Memory {
        var limits: [RateLimit] = []
        var until = Moment.zero
        var pause = Pause.exhausted
        /// When the provider last asked for a pause.
        var asked = Moment.zero
        var pauses: UInt64 = 0
    }

    private final class Cell: Sendable {
        let memory = Mutex(Memory())
    }

    private let cells: [Cell]

    /// One memory for each target, by its index; of targets that `old` had it is theirs.
    public init(targetCount: Int, after old: HeadroomGate? = nil, _ succession: Succession = .none) {
        cells = (0..<targetCount).map { index in
            succession.index(before: index).flatMap { old?.cells[$0] } ?? Cell()
        }
    }

    /// What the provider last said of its limits for a target; empty where it says nothing.
    public func limits(of target: Target) -> [RateLimit] { cells[target.index].memory.withLock { $0.limits } }

    /// How often the provider asked for a pause.
    public func pauses(of target: Target) -> UInt64 { cells[target.index].memory.withLock { $0.pauses } }

    /// Why a target wants a pause now; nil: it does not.
    func pause(of target: Target, now: Moment) -> Pause? {
        guard target.index < cells.count else { return nil }
        return cells[target.index].memory.withLock { now < $0.until ? $0.pause : nil }
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
            // What a provider says of one key says nothing of the others.
            let hasOtherKey = outcome.key != nil && outcome.target.keys?.isUsable(at: outcome.ended) ?? false
            let asked = hasOtherKey ? nil : Self.asked(outcome)
            let seconds =
                hasOtherKey
                ? 0 : asked ?? limits.lazy.filter { $0.remaining == 0 }.compactMap(\.resetSeconds).max() ?? 0
            guard !limits.isEmpty || seconds > 0 else { return }
            let (began, ended) = (outcome.began, outcome.ended)
            let until = outcome.ended.advanced(bySeconds: min(seconds, Self.secondsMax))
            cell.memory.withLock { memory in
                if !limits.isEmpty { memory.limits = limits }
                // What was begun before a pause was asked for does not end it.
                if asked == nil, began < memory.asked { return }
                memory.until = seconds > 0 ? until : .zero
                memory.pause = asked == nil ? .exhausted : .asked
                guard asked != nil else { return }
                memory.asked = ended
                memory.pauses += 1
            }
        }

        /// Seconds that a refusal asks for (429, or 503 with `retry-after`); nil where it asks for none.
        private static func asked(_ outcome: borrowing AttemptOutcome) -> Double? {
            guard let failure = outcome.failure else { return nil }
            if failure.reason == .upstreamRateLimited { return Double(failure.retryAfterSeconds ?? 1) }
            guard failure.reason == .upstreamError, outcome.status == 503 else { return nil }
            return failure.retryAfterSeconds.map(Double.init)
        }
    }
}
