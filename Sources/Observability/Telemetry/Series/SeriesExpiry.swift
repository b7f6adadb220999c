import GatewayTypes
import Synchronization

/// Finds series that name what the configuration no longer has and that nobody has counted into for a while.
///
/// A label's value is a word of a closed set or a configured name, so that nothing else can outlive its use: a series all
/// of whose names are configured stays, however seldom it counts, because a counter that came back at 1 would hide its
/// first step from `increase()`. Money and tokens stay for ever.
final class SeriesExpiry: Sendable {
    private struct State {
        /// By label: names that were configured once in this process, and those that are so now.
        var known: [String: Set<String>] = [:]
        var current: [String: Set<String>] = [:]
        /// What series counted when it last changed, and since when they have counted just that.
        var idle: [ExpiredSeries: (count: UInt64, since: Moment)] = [:]
        var nextSweep = Moment.zero
    }

    private let state = Mutex(State())
    private let idleSeconds: Double
    /// Parts of the idle time between two looks.
    private static let looks = 24.0

    init(idleSeconds: Double) { self.idleSeconds = idleSeconds }

    /// A configuration is in force.
    func adopt(_ declared: DeclaredNames) {
        let names = declared.byLabel
        state.withLock { state in
            state.current = names
            state.known.merge(names) { $0.union($1) }
        }
    }

    /// The series to let go of now; most calls do nothing. `orders`: the series of each instrument; `snapshots`: of each
    /// shard's store.
    func expired(
        at now: Moment, orders: () -> [[Series]], snapshots: () -> [[[Cell?]]]
    ) -> [ExpiredSeries] {
        state.withLock { state in
            guard now >= state.nextSweep else { return [] }
            state.nextSweep = now.advanced(bySeconds: idleSeconds / Self.looks)
            var gone: [String: Set<String>] = [:]
            for (label, names) in state.known {
                let missing = names.subtracting(state.current[label] ?? [])
                if !missing.isEmpty { gone[label] = missing }
            }
            guard !gone.isEmpty else {
                state.idle = [:]
                return []
            }
            let counts = Self.counts(of: orders(), snapshots(), naming: gone)
            var expired: [ExpiredSeries] = []
            var idle: [ExpiredSeries: (count: UInt64, since: Moment)] = [:]
            for (key, count) in counts {
                guard let before = state.idle[key], before.count == count else {
                    idle[key] = (count, now)
                    continue
                }
                if now.seconds(since: before.since) >= idleSeconds { expired.append(key) } else { idle[key] = before }
            }
            state.idle = idle
            return expired
        }
    }

    /// What the series that may expire and that hold one of the names have counted, over all shards.
    private static func counts(
        of orders: [[Series]], _ snapshots: [[[Cell?]]], naming gone: [String: Set<String>]
    ) -> [ExpiredSeries: UInt64] {
        var counts: [ExpiredSeries: UInt64] = [:]
        for (position, spec) in InstrumentCatalog.all.enumerated() where spec.mayExpire {
            guard spec.labels.contains(where: { gone[$0] != nil }) else { continue }
            for series in orders[position] where holds(series.text, gone) {
                counts[ExpiredSeries(position: position, series: series)] = snapshots.reduce(0) { sum, shard in
                    sum &+ (shard[position].cell(series.number)?.events ?? 0)
                }
            }
        }
        return counts
    }

    private static func holds(_ text: String, _ gone: [String: Set<String>]) -> Bool {
        var holds = false
        LabelText.forEach(in: text) { name, value in
            if let names = gone[String(name)], names.contains(String(value)) { holds = true }
        }
        return holds
    }
}

extension InstrumentSpec {
    /// Money and tokens never expire.
    var mayExpire: Bool {
        switch id {
        case .tokens, .estimatedTokens, .genAITokenUsage: false
        case _: number != .money && type != .gauge && type != .info
        }
    }
}

extension Cell {
    /// A number that rises with everything that is counted.
    fileprivate var events: UInt64 {
        switch self {
        case .counter(let cell), .seconds(let cell): cell.current
        case .money: 0
        case .histogram(let cell): cell.currentCounts.reduce(0, &+)
        }
    }
}

extension DeclaredNames {
    /// The values that the configuration gives to labels.
    fileprivate var byLabel: [String: Set<String>] {
        let models = Set(targets.map(\.servedModel.text))
        return [
            "team": Set(teams.map(\.text)), "caller": Set(callers.map(\.text)), "route": Set(routeNames.map(\.text)),
            "provider": Set(targets.map(\.provider.text)), "served_model": models,
            Conventions.Label.requestModel: models,
            Conventions.Label.serverAddress: Set(targets.compactMap { $0.anyEndpoint?.serverAddress }),
        ]
    }
}
