public import GatewayTypes
import Synchronization

/// Decides about second attempts: it learns how long targets take, and keeps them to a part of each route's traffic.
public final class HedgeDesk: HedgeAdviser, AttemptGate {
    public static let hop = Hop.routing

    private final class RouteCell: Sendable {
        struct Content {
            var budget: RetryBudget
            var counts: [HedgeResult: UInt64] = [:]
        }
        let rule: HedgeRule
        let content: Mutex<Content>
        init(_ rule: HedgeRule) {
            self.rule = rule
            content = Mutex(Content(budget: RetryBudget(ratio: rule.shareMax)))
        }
    }

    private final class TargetCell: Sendable {
        struct Content {
            /// To the first token of streams; of whole replies, all of their time.
            var streamed = LatencyHistory()
            var whole = LatencyHistory()
        }
        let content = Mutex(Content())
    }

    private let routes: [ObjectIdentifier: RouteCell]
    /// By the target's index; nil for those of routes that do not hedge.
    private let targets: [TargetCell?]

    /// Nil where no route hedges.
    public init?(routes: [Route], targetCount: Int) {
        let hedged = routes.filter { $0.hedge != nil }
        guard !hedged.isEmpty else { return nil }
        self.routes = Dictionary(
            hedged.compactMap { route in route.hedge.map { (ObjectIdentifier(route), RouteCell($0)) } },
            uniquingKeysWith: { first, _ in first })
        let indices = Set(hedged.flatMap(\.targets).map(\.index))
        targets = (0..<targetCount).map { indices.contains($0) ? TargetCell() : nil }
    }

    public func count(_ result: HedgeResult, on route: Route) -> UInt64 {
        routes[ObjectIdentifier(route)]?.content.withLock { $0.counts[result] } ?? 0
    }

    // MARK: HedgeAdviser

    public func began(on route: Route, at target: Target, streams: Bool) -> Double? {
        guard let cell = routes[ObjectIdentifier(route)] else { return nil }
        cell.content.withLock { $0.budget.earn() }
        switch cell.rule.after {
        case .seconds(let seconds): return seconds
        case .percentile(let part):
            guard target.index < targets.count, let target = targets[target.index] else { return nil }
            return target.content.withLock { (streams ? $0.streamed : $0.whole).percentile(part) }
        }
    }

    public func spend(on route: Route) -> Bool {
        guard let cell = routes[ObjectIdentifier(route)] else { return false }
        return cell.content.withLock { $0.budget.spend() }
    }

    public func ended(on route: Route, _ result: HedgeResult) {
        routes[ObjectIdentifier(route)]?.content.withLock { $0.counts[result, default: 0] += 1 }
    }

    // MARK: AttemptGate

    public func admit(_ target: Target, for exchange: borrowing Exchange) throws(Failure) -> any Admission {
        Grant(cell: targets[target.index])
    }

    private struct Grant: Admission {
        let cell: TargetCell?

        func settle(_ outcome: borrowing AttemptOutcome) {
            guard let cell else { return }
            let took = outcome.ended.seconds(since: outcome.began)
            // One that lost was at least as slow as this; without it a slow target would seem as fast as its fast replies.
            let lost = outcome.lostRaceAsFirst
            guard outcome.failure == nil || lost else { return }
            let first = outcome.firstToken.map { $0.seconds(since: outcome.began) }
            cell.content.withLock { content in
                if let first { return content.streamed.observe(first) }
                if lost, outcome.streams { return content.streamed.observe(took) }
                content.whole.observe(took)
            }
        }
    }
}

extension AttemptOutcome {
    /// Whether it was the first of two and was cancelled because the second spoke before it.
    var lostRaceAsFirst: Bool {
        guard let hedge, !hedge.won, !hedge.isSecond else { return false }
        return failure?.reason == .interrupted
    }
}
