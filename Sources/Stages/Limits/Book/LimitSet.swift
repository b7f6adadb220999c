public import GatewayTypes

/// The limits of one configuration, and which of them hold for an exchange. Never changes; a reload makes a new one.
public final class LimitSet: Sendable {
    /// Those who may be counted apart, by their index.
    public struct Names: Sendable {
        let teams: [ConfiguredName]
        let callers: [ConfiguredName]
        let routes: [ConfiguredName]

        public init(teams: NameTable, callers: NameTable, routes: NameTable) {
            self.teams = teams.names
            self.callers = callers.names
            self.routes = routes.names
        }
    }

    struct Entry: Sendable {
        let definition: LimitDefinition
        let counts: LimitCounts
        let countsTokens: Bool
        let countsAnything: Bool
        /// The counts of those who were declared, by their index.
        let cells: [LimitCell]
        let teams: NameMask
        let callers: NameMask
        let routes: NameMask
    }

    public let definitions: [LimitDefinition]
    let entries: [Entry]
    /// By the index of a plan, 0 for none: positions of the entries that may hold, in the order of their locks.
    private let byPlan: [[Int]]

    init(_ pairs: [(definition: LimitDefinition, counts: LimitCounts)], names: Names) {
        definitions = pairs.map(\.definition)
        let entries = pairs.sorted { $0.counts.id < $1.counts.id }.map { definition, counts in
            Entry(
                definition: definition, counts: counts,
                countsTokens: definition.rates.contains { $0.counted != .requests },
                countsAnything: definition.counts, cells: Self.cells(counts, definition.each, names),
                teams: NameMask(definition.teams), callers: NameMask(definition.callers),
                routes: NameMask(definition.routes))
        }
        self.entries = entries
        let planMax = definitions.compactMap(\.plan?.index).max() ?? 0
        byPlan = (0...planMax).map { plan in
            entries.indices.filter { entries[$0].definition.plan.map { $0.index == plan } ?? true }
        }
    }

    private static func cells(
        _ counts: LimitCounts, _ each: LimitDefinition.Each, _ names: Names
    ) -> [LimitCell] {
        switch each {
        case .caller: names.callers.map { counts.cell(named: $0.text) }
        case .team: names.teams.map { counts.cell(named: $0.text) }
        case .model: names.routes.map { counts.cell(named: $0.text) }
        case .gateway: [counts.cell(named: "")]
        case .key, .endUser: []
        }
    }

    /// Positions of the entries that hold for an exchange whose caller and route are known.
    @inline(__always)
    func forEach(_ exchange: borrowing Exchange, _ body: (Int) throws(Failure) -> Void) throws(Failure) {
        // A plan whose limits hold nothing is as none.
        let plan = exchange.caller.plan.index
        for position in byPlan[plan < byPlan.count ? plan : 0] {
            guard entries[position].teams.holds(exchange.caller.team.index),
                entries[position].callers.holds(exchange.caller.name.index),
                entries[position].routes.holds(exchange.route.name.index)
            else { continue }
            try body(position)
        }
    }

    var isEmpty: Bool { entries.isEmpty }
}

/// Which names a limit is for.
struct NameMask: Sendable {
    /// Empty: all.
    private let held: [Bool]

    init(_ names: [ConfiguredName]) {
        var held = [Bool](repeating: false, count: names.map { $0.index + 1 }.max() ?? 0)
        for name in names { held[name.index] = true }
        self.held = held
    }

    @inline(__always)
    func holds(_ index: Int) -> Bool { held.isEmpty || (index < held.count && held[index]) }
}
