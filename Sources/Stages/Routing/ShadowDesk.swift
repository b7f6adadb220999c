public import GatewayTypes
import Synchronization

/// Bounds the copies that shadows are shown, and compares them with what clients got.
public final class ShadowDesk: ShadowKeeper {
    /// What became of a copy: the label `result` of `weir_shadows_total`.
    public enum Result: String, CaseIterable, Sendable {
        case bothCompleted = "both_completed"
        case shadowFailed = "shadow_failed"
        case originalFailed = "original_failed"
        case bothFailed = "both_failed"
        /// A gate refused it: a budget, a breaker.
        case refused
        /// As many as may be were under way.
        case dropped
    }

    /// Sums over the pairs of which both completed.
    public struct Sums: Sendable, Equatable {
        public var seconds = 0.0
        /// Of the streamed ones.
        public var secondsToFirstToken = 0.0
        public var outputTokens: UInt64 = 0
    }

    /// What was counted of one route.
    public struct Tally: Sendable {
        public fileprivate(set) var counts: [Result: UInt64] = [:]
        public fileprivate(set) var original = Sums()
        public fileprivate(set) var copy = Sums()
    }

    private struct Content {
        var inFlight = 0
        var tally = Tally()
    }

    private final class Cell: Sendable {
        let inFlightMax: Int
        let content = Mutex(Content())
        init(_ shadow: Shadow) { inFlightMax = shadow.inFlightMax }
    }

    private let cells: [ObjectIdentifier: Cell]

    /// Nil where no route has a shadow.
    public init?(routes: [Route]) {
        cells = Dictionary(
            routes.compactMap { route in route.shadow.map { (ObjectIdentifier(route), Cell($0)) } },
            uniquingKeysWith: { first, _ in first })
        guard !cells.isEmpty else { return nil }
    }

    public func tally(of route: Route) -> Tally {
        cells[ObjectIdentifier(route)]?.content.withLock { $0.tally } ?? Tally()
    }

    public func begin(on route: Route) -> Bool {
        guard let cell = cells[ObjectIdentifier(route)] else { return false }
        return cell.content.withLock { content in
            guard content.inFlight < cell.inFlightMax else {
                content.tally.counts[.dropped, default: 0] += 1
                return false
            }
            content.inFlight += 1
            return true
        }
    }

    public func ended(on route: Route, original: ShadowFigures, copy: ShadowFigures) {
        let result = Self.result(original, copy)
        cells[ObjectIdentifier(route)]?.content.withLock { content in
            content.inFlight -= 1
            content.tally.counts[result, default: 0] += 1
            guard result == .bothCompleted else { return }
            content.tally.original.add(original, beside: copy)
            content.tally.copy.add(copy, beside: original)
        }
    }

    private static func result(_ original: ShadowFigures, _ copy: ShadowFigures) -> Result {
        guard copy.isAttempted else { return .refused }
        return switch (original.isCompleted, copy.isCompleted) {
        case (true, true): .bothCompleted
        case (true, false): .shadowFailed
        case (false, true): .originalFailed
        case (false, false): .bothFailed
        }
    }
}

extension ShadowDesk.Sums {
    /// Adds what both sides know, so that sums compare like with like.
    fileprivate mutating func add(_ figures: ShadowFigures, beside other: ShadowFigures) {
        if let value = figures.seconds, other.seconds != nil { seconds += value }
        if let value = figures.secondsToFirstToken, other.secondsToFirstToken != nil { secondsToFirstToken += value }
        if let value = figures.outputTokens, other.outputTokens != nil, value >= 0 { outputTokens += UInt64(value) }
    }
}
