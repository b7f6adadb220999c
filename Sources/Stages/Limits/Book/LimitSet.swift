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

    /// A class, because the path looks at it often and copying its names costs more than the counting.
    final class Entry: Sendable {
        let definition: LimitDefinition
        let each: LimitDefinition.Each
        let counts: LimitCounts
        let countsTokens: Bool
        let countsAnything: Bool
        /// Whether it says what one request alone may be.
        let hasShape: Bool
        /// The counts of those who were declared, by their index.
        let cells: [LimitCell]
        let teams: NameMask
        let callers: NameMask
        let routes: NameMask

        init(_ definition: LimitDefinition, _ counts: LimitCounts, names: Names) {
            self.definition = definition
            self.counts = counts
            each = definition.each
            countsTokens = definition.rates.contains { $0.counted != .requests }
            countsAnything = definition.counts
            hasShape = definition.outputTokensMax != nil || definition.bodyBytesMax != nil
            cells = LimitSet.cells(counts, definition.each, names)
            teams = NameMask(definition.teams)
            callers = NameMask(definition.callers)
            routes = NameMask(definition.routes)
        }
    }

    public let definitions: [LimitDefinition]
    public let isEmpty: Bool
    /// By the index of a plan, 0 for none: the limits that may hold, in the order of their locks.
    private let byPlan: [[Entry]]

    init(_ pairs: [(definition: LimitDefinition, counts: LimitCounts)], names: Names) {
        definitions = pairs.map(\.definition)
        let entries = pairs.sorted { $0.counts.id < $1.counts.id }.map { definition, counts in
            Entry(definition, counts, names: names)
        }
        isEmpty = entries.isEmpty
        let planMax = definitions.compactMap(\.plan?.index).max() ?? 0
        byPlan = (0...planMax).map { plan in
            entries.filter { $0.definition.plan.map { $0.index == plan } ?? true }
        }
    }

    fileprivate static func cells(
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

    /// The limits that hold for an exchange whose caller and route are known, in the order of their locks.
    func entries(for exchange: borrowing Exchange) -> [Entry] {
        // A plan that no limit names is as none.
        let plan = exchange.caller.plan.index
        let entries = byPlan[plan < byPlan.count ? plan : 0]
        func holds(_ entry: Entry) -> Bool {
            entry.teams.holds(exchange.caller.team.index) && entry.callers.holds(exchange.caller.name.index)
                && entry.routes.holds(exchange.route.name.index)
        }
        // As a rule all of them do, and the array is handed on as it is.
        return entries.allSatisfy(holds) ? entries : entries.filter(holds)
    }
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
