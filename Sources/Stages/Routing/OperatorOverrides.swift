public import GatewayTypes
import Synchronization

/// Reroutes that an operator forces. One for the process; it outlives reloads.
public final class ForcedReroutes: Sendable {
    public struct Entry: Sendable {
        public let name: String
        public let from: String
        public let to: String
        /// Empty: all.
        public let teams: [String]
        /// 1 … 100.
        public let sharePercent: Int

        public init(name: String, from: String, to: String, teams: [String], sharePercent: Int) {
            self.name = name
            self.from = from
            self.to = to
            self.teams = teams
            self.sharePercent = sharePercent
        }
    }

    private struct State {
        var entries: [Entry] = []
        var names = NameTable()
    }

    private let isActive = Atomic(false)
    private let state = Mutex(State())

    public init() {}

    /// In place of those before; where several fit, the first counts.
    public func adopt(_ entries: [Entry]) {
        var names = NameTable()
        _ = names.declare(Override.operators)
        for entry in entries { _ = names.declare(entry.name) }
        state.withLock { $0 = State(entries: entries, names: names) }
        isActive.store(!entries.isEmpty, ordering: .releasing)
    }

    func override(for exchange: borrowing Exchange, routes: [String: Route]) -> Override? {
        guard isActive.load(ordering: .acquiring) else { return nil }
        let route = exchange.route.name
        let team = exchange.caller.team.text
        // The low half of an exchange's id is random: a fair and repeatable lot.
        let lot = exchange.id.low & 0xFFFF_FFFF
        let (entries, names) = state.withLock { ($0.entries, $0.names) }
        for entry in entries where entry.from == route.text {
            guard entry.teams.isEmpty || entry.teams.contains(team), let to = routes[entry.to]?.name,
                lot < UInt64(entry.sharePercent) * 0x1_0000_0000 / 100
            else { continue }
            return Override(
                budget: names[Override.operators], rule: names[entry.name], action: .reroute(from: route, to: to))
        }
        return nil
    }
}

/// What an operator forces, else what the budgets decide.
public struct OperatorOverrides: Overrides {
    private let forced: ForcedReroutes
    private let routes: [String: Route]
    private let others: any Overrides

    /// `routes`, by name, are where a reroute may lead.
    public init(forced: ForcedReroutes, routes: [String: Route], others: any Overrides) {
        self.forced = forced
        self.routes = routes
        self.others = others
    }

    public func override(for exchange: borrowing Exchange) -> Override? {
        if let found = forced.override(for: exchange, routes: routes) { return found }
        return others.override(for: exchange)
    }
}
