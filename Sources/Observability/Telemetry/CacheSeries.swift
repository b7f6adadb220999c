import GatewayTypes

/// The cells that the cache's part in exchanges counts into. Confined to its shard's loop.
final class CacheSeries {
    private struct Savings {
        let team: ConfiguredName
        let money: MoneyCell
        let tokens: CounterCell
    }

    /// Teams whose cells are held on to.
    private static let teamsMax = 4_096

    private let store: SeriesStore
    private var requests = LazyCells<CounterCell>(count: CacheKind.allCases.count * CacheResult.allCases.count)
    private var seconds = LazyCells<CounterCell>(count: CacheKind.allCases.count)
    private var traps = LazyCells<CounterCell>(count: ParaphraseTrap.allCases.count)
    /// By kind and team.
    private var savings: [Int: Savings] = [:]

    init(store: SeriesStore) { self.store = store }

    /// The series that must begin at 0.
    static func declare(for teams: [ConfiguredName], in store: SeriesStore) {
        for kind in CacheKind.allCases {
            for result in CacheResult.allCases { _ = store.counter(.cacheRequests, [kind.rawValue, result.rawValue]) }
            for team in teams { _ = store.money(.cacheSaved, [kind.rawValue, team.text]) }
        }
        for trap in ParaphraseTrap.allCases { _ = store.counter(.cacheNearMisses, [trap.rawValue]) }
    }

    func count(_ use: CacheUse, _ outcome: borrowing Outcome) {
        request(.exact, use.exact)
        if let semantic = use.semantic { request(.semantic, semantic) }
        if let trap = use.trap {
            traps.at(trap.position) { store.counter(.cacheNearMisses, [trap.rawValue]) }.add(1)
        }
        // Of an exchange whose client left, or that failed after all, nothing was saved.
        if let hit = use.hit, outcome.failure == nil { count(hit, outcome) }
    }

    private func request(_ kind: CacheKind, _ result: CacheResult) {
        let position = kind.position * CacheResult.allCases.count + result.position
        requests.at(position) { store.counter(.cacheRequests, [kind.rawValue, result.rawValue]) }.add(1)
    }

    private func count(_ hit: CacheHit, _ outcome: borrowing Outcome) {
        let price = hit.reply.price
        let cells = savings(hit.kind, outcome.caller.team)
        if let cost = price.cost { cells.money.add(cost) }
        cells.tokens.add(UInt64(max(0, price.tokens)))
        let saved = price.nanoseconds - outcome.ended.nanoseconds(since: outcome.arrived)
        guard saved > 0 else { return }
        seconds.at(hit.kind.position) { store.seconds(.cacheSavedSeconds, [hit.kind.rawValue]) }.add(UInt64(saved))
    }

    private func savings(_ kind: CacheKind, _ team: ConfiguredName) -> Savings {
        let key = kind.position << 32 | team.index
        if let known = savings[key], known.team == team { return known }
        let labels = [kind.rawValue, team.text]
        let made = Savings(
            team: team, money: store.money(.cacheSaved, labels), tokens: store.counter(.cacheSavedTokens, labels))
        if savings.count >= Self.teamsMax { savings.removeAll() }
        savings[key] = made
        return made
    }
}

extension CacheKind {
    fileprivate var position: Int {
        switch self {
        case .exact: 0
        case .semantic: 1
        }
    }
}

extension CacheResult {
    fileprivate var position: Int {
        switch self {
        case .hit: 0
        case .miss: 1
        case .bypass: 2
        }
    }
}

extension ParaphraseTrap {
    fileprivate var position: Int {
        switch self {
        case .number: 0
        case .name: 1
        case .negation: 2
        case .date: 3
        case .unit: 4
        case .quote: 5
        case .code: 6
        case .opposite: 7
        }
    }
}
