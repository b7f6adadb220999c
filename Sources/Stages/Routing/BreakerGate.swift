public import GatewayTypes
import Synchronization

/// Refuses attempts at targets whose breaker is open.
public final class BreakerGate: AttemptGate {
    public static let hop = Hop.routing

    private let settings: Breaker.Settings
    private let cells: [Cell]

    private final class Cell: Sendable {
        let breaker = Mutex(Breaker())
    }

    /// One breaker for each target, by its index.
    public init(settings: Breaker.Settings, targetCount: Int) {
        self.settings = settings
        cells = (0..<targetCount).map { _ in Cell() }
    }

    /// The state of a target's breaker, for people and metrics.
    public func state(of target: Target) -> Breaker.State { cells[target.index].breaker.withLock { $0.state } }

    public func admit(_ target: Target, for exchange: borrowing Exchange) throws(Failure) -> any Admission {
        let now = Moment.now()
        let settings = settings
        let refusal: Double? = cells[target.index].breaker.withLock { breaker in
            breaker.admits(settings, now: now) ? nil : breaker.secondsUntilProbe(settings, now: now)
        }
        guard let refusal else { return Grant(cell: cells[target.index], settings: settings) }
        throw Failure(
            .breakerOpen,
            "\(target.provider.text)/\(target.servedModel.text) failed repeatedly and is left alone for a moment.",
            retryable: true, retryAfterSeconds: max(1, Int(refusal.rounded(.up))))
    }

    private struct Grant: Admission {
        let cell: Cell
        let settings: Breaker.Settings

        func settle(_ outcome: borrowing AttemptOutcome) {
            let result = Self.result(of: outcome.failure)
            let ended = outcome.ended
            cell.breaker.withLock { $0.settle(settings, result: result, now: ended) }
        }

        /// A rate limit says nothing about health, and neither does a request that the provider rejected.
        private static func result(of failure: Failure?) -> Breaker.Result {
            guard let failure else { return .succeeded }
            switch failure.reason {
            case .upstreamConnect, .upstreamTLS, .upstreamTimeout, .upstreamCut, .upstreamProtocol, .upstreamError:
                return .failed
            case .upstreamRejected: return .succeeded
            case .badRequest, .headTooLarge, .payloadTooLarge, .unsupportedEncoding, .unauthenticated, .notPermitted,
                .notFound, .methodNotAllowed, .modelNotFound, .clientTimeout, .clientGone, .rateLimited, .overloaded,
                .draining,
                .breakerOpen, .budgetExceeded, .storageFull, .interrupted, .internalError, .upstreamRateLimited,
                .upstreamQuota,
                .upstreamUnauthenticated:
                return .unknown
            }
        }
    }
}
