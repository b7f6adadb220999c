public import GatewayTypes
import Synchronization

/// Decides about retries at the same target: few, later and later, and never more than a part of a route's traffic.
public final class RetryDesk: RetryAdviser {
    public struct Settings: Sendable {
        /// Retries of one exchange at one target; 0: none.
        public var perTarget = 0
        /// Seconds before the first one; each further one waits twice as long, up to the most.
        public var backoffSeconds = 0.1
        public var backoffSecondsMax = 2.0
        /// Retries for each exchange of a route, in the long run; 0 to 1.
        public var budgetRatio = 0.2

        public init() {}
    }

    /// What became of the wish to retry: the label `result` of `weir_retries_total`.
    public enum Result: String, CaseIterable, Sendable { case made, budget, deadline }

    private final class Cell: Sendable {
        struct Content {
            var budget: RetryBudget
            var counts: [Result: UInt64] = [:]
        }
        let content: Mutex<Content>
        init(_ budget: RetryBudget) { content = Mutex(Content(budget: budget)) }
    }

    private let settings: Settings
    private let cells: [ObjectIdentifier: Cell]

    public init(settings: Settings, routes: [Route]) {
        self.settings = settings
        cells = Dictionary(
            routes.map { (ObjectIdentifier($0), Cell(RetryBudget(ratio: settings.budgetRatio))) },
            uniquingKeysWith: { first, _ in first })
    }

    public func count(_ result: Result, on route: Route) -> UInt64 {
        cells[ObjectIdentifier(route)]?.content.withLock { $0.counts[result] } ?? 0
    }

    public func began(on route: Route) {
        guard settings.perTarget > 0 else { return }
        cells[ObjectIdentifier(route)]?.content.withLock { $0.budget.earn() }
    }

    public func delay(
        after failure: Failure, retries: Int, on route: Route, secondsLeft: Double, draw: UInt64
    ) -> Double? {
        guard retries < settings.perTarget, Self.mayPass(failure), let cell = cells[ObjectIdentifier(route)] else {
            return nil
        }
        let seconds = Self.backoff(settings, retries: retries, draw: draw)
        let result: Result = cell.content.withLock { content in
            let result: Result = seconds >= secondsLeft ? .deadline : content.budget.spend() ? .made : .budget
            content.counts[result, default: 0] += 1
            return result
        }
        return result == .made ? seconds : nil
    }

    /// Between half of the time and all of it, so that those who failed together do not come back together.
    static func backoff(_ settings: Settings, retries: Int, draw: UInt64) -> Double {
        let whole = min(
            settings.backoffSeconds * Double(UInt64(1) << UInt64(min(retries, 30))), settings.backoffSecondsMax)
        return whole * (0.5 + Double(StableHash.mix(draw) >> 11) / Double(1 << 54))
    }

    /// Whether the same target may do better in a moment. One that timed out has had its time, and one that asks for a
    /// pause shall have it.
    private static func mayPass(_ failure: Failure) -> Bool {
        guard failure.retryable, failure.retryAfterSeconds == nil else { return false }
        switch failure.reason {
        case .upstreamConnect, .upstreamCut, .upstreamProtocol, .upstreamError: return true
        case .badRequest, .headTooLarge, .payloadTooLarge, .unsupportedEncoding, .unauthenticated, .notPermitted,
            .notFound, .methodNotAllowed, .modelNotFound, .clientTimeout, .clientGone, .rateLimited, .overloaded,
            .draining,
            .breakerOpen, .budgetExceeded, .storageFull, .interrupted, .internalError, .blocked, .upstreamTLS,
            .upstreamTimeout,
            .upstreamRateLimited, .upstreamQuota, .upstreamUnauthenticated, .upstreamRejected:
            return false
        }
    }
}
