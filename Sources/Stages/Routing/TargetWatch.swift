public import GatewayTypes
import Synchronization

/// What was learned of each target from the attempts at it: how many are under way, how fast, how long, how often failed.
///
/// The strategies choose by it; it refuses nothing. Event loops share it: a lock for each target, never held across more
/// than a few sums.
public final class TargetWatch: AttemptGate {
    public static let hop = Hop.routing

    /// Seconds after which a latency is old.
    private static let exploreSeconds = 10.0

    private final class Cell: Sendable {
        let identity: UInt64
        let outstanding = Atomic<Int>(0)
        let record = Mutex(TargetRecord())

        init(identity: UInt64) { self.identity = identity }
    }

    /// The targets that one is compared with, and its place among them.
    private struct Place {
        let group: Siblings
        let position: Int
    }

    private final class Siblings: Sendable {
        let ejection: Mutex<OutlierEjection>
        init(_ settings: OutlierEjection.Settings, count: Int) {
            ejection = Mutex(OutlierEjection(settings, count: count))
        }
    }

    private let cells: [Cell]
    /// By the target's index; nil where it stands alone.
    private let places: [Place?]
    private let now: @Sendable () -> Moment

    /// `targets` are all targets, each at its index; those of one route are compared with each other. Of targets that
    /// `old` had all that was learned is still known, but for how they compare.
    public init(
        targets: [Target], routes: [Route], outliers: OutlierEjection.Settings, after old: TargetWatch? = nil,
        _ succession: Succession = .none,
        now: @escaping @Sendable () -> Moment = Moment.now
    ) {
        var places = [Place?](repeating: nil, count: targets.count)
        for route in routes where route.targets.count > 1 {
            let group = Siblings(outliers, count: route.targets.count)
            for (position, target) in route.targets.enumerated() {
                places[target.index] = Place(group: group, position: position)
            }
        }
        cells = targets.map { target in
            succession.index(before: target.index).flatMap { old?.cells[$0] }
                ?? Cell(identity: StableHash.of("\(target.provider.text)/\(target.servedModel.text)"))
        }
        self.places = places
        self.now = now
    }

    /// Attempts under way at a target.
    public func outstanding(at target: Target) -> Int { cells[target.index].outstanding.load(ordering: .relaxed) }

    /// Seconds that the target is likely to take to the first token of a stream; nil while nobody knows.
    public func secondsToFirstToken(of target: Target) -> Double? {
        cells[target.index].record.withLock { $0.firstToken.value }
    }

    /// How often it was ejected.
    public func ejections(of target: Target) -> UInt64 { cells[target.index].record.withLock { $0.ejections } }

    /// Whether it is put behind its siblings, because it fails far more often.
    func isEjected(_ target: Target, now: Moment) -> Bool {
        guard target.index < places.count, let place = places[target.index] else { return false }
        return place.group.ejection.withLock { $0.isEjected(place.position, now: now) }
    }

    /// What the strategies compare; without the cost, which they ask elsewhere.
    func figures(of target: Target, latency: Route.LatencyMeasure, streams: Bool, now: Moment) -> TargetFigures {
        var figures = TargetFigures()
        figures.weight = target.weight
        guard target.index < cells.count else { return figures }
        let cell = cells[target.index]
        figures.outstanding = cell.outstanding.load(ordering: .relaxed)
        figures.identity = cell.identity
        let (mean, sent) = cell.record.withLock { ($0.latency(latency, streams: streams), $0.explored) }
        figures.latency = mean.value
        figures.isDueToExplore =
            max(mean.last, sent).advanced(bySeconds: Self.exploreSeconds) < now || max(mean.last, sent) == .zero
        return figures
    }

    /// Somebody is sent to measure the target.
    func explores(_ target: Target, now: Moment) {
        guard target.index < cells.count else { return }
        cells[target.index].record.withLock { $0.explored = now }
    }

    /// What an attempt at a target has in the mean; nil while nobody knows.
    struct Habits: Sendable {
        var outputTokens: Double?
        var seconds: Double?
    }

    func habits(of target: Target) -> Habits {
        guard target.index < cells.count else { return Habits() }
        return cells[target.index].record.withLock { Habits(outputTokens: $0.outputTokens, seconds: $0.seconds) }
    }

    public func admit(_ target: Target, for exchange: borrowing Exchange) throws(Failure) -> any Admission {
        let cell = cells[target.index]
        cell.outstanding.wrappingAdd(1, ordering: .relaxed)
        return Grant(cell: cell, place: places[target.index])
    }

    private struct Grant: Admission {
        let cell: Cell
        let place: Place?

        func settle(_ outcome: borrowing AttemptOutcome) {
            cell.outstanding.wrappingSubtract(1, ordering: .relaxed)
            let result = Breaker.Result(outcome)
            var ejected = false
            if let place, result != .unknown {
                let ended = outcome.ended
                ejected = place.group.ejection.withLock {
                    $0.settle(place.position, failed: result == .failed, now: ended)
                }
            }
            let measured = TargetRecord.Measured(outcome)
            cell.record.withLock { record in
                record.learn(measured, result)
                if ejected { record.ejections += 1 }
            }
        }
    }
}
