public import GatewayTypes
import Synchronization

/// What feedback said of each route's models. It outlives reloads; a restart fills it from the ledger.
public final class QualityBook: QualityScores {
    /// What became of a feedback that was sent: the label `result` of `weir_feedback_total`.
    public enum Result: String, CaseIterable, Sendable { case new, replaced, rejected }

    /// A score, and when it was given.
    public struct Given: Sendable, Equatable {
        public let score: Double
        public let at: WallTime

        public init(_ score: Double, at: WallTime) {
            self.score = score
            self.at = at
        }
    }

    private struct Key: Hashable {
        let route: String
        let servedModel: String
    }

    private struct State {
        var meters: [Key: QualityMeter] = [:]
        var counts: [String: [Result: UInt64]] = [:]
    }

    /// Routes and models beyond are not kept: names of an older configuration may stand in the ledger.
    private static let metersMax = 10_000
    private let state = Mutex(State())
    private let now: @Sendable () -> WallTime

    public init(now: @escaping @Sendable () -> WallTime = WallTime.now) { self.now = now }

    /// Counts a score, in the place of the one that was given before.
    public func add(_ given: Given, replacing earlier: Given? = nil, route: String, servedModel: String) {
        let key = Key(route: route, servedModel: servedModel)
        state.withLock { state in
            guard state.meters[key] != nil || state.meters.count < Self.metersMax else { return }
            if let earlier { state.meters[key]?.remove(earlier.score, at: earlier.at) }
            state.meters[key, default: QualityMeter()].add(given.score, at: given.at)
        }
    }

    public func count(_ result: Result, route: String) {
        state.withLock { $0.counts[route, default: [:]][result, default: 0] += 1 }
    }

    /// Feedback on a route since the start.
    public func count(of result: Result, route: String) -> UInt64 {
        state.withLock { $0.counts[route]?[result] ?? 0 }
    }

    public func score(of servedModel: ConfiguredName, on route: ConfiguredName) -> QualityScore? {
        let time = now()
        return state.withLock { state in
            state.meters[Key(route: route.text, servedModel: servedModel.text)]?.score(now: time)
        }
    }
}
