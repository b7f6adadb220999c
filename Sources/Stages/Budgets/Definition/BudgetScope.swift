public import GatewayTypes

/// Whose spend a budget counts. An empty list means everybody; an exchange must fit all three lists.
public struct BudgetScope: Hashable, Sendable {
    public var teams: [ConfiguredName]
    public var callers: [ConfiguredName]
    /// The asked routes, not those that a reroute serves by.
    public var routes: [ConfiguredName]

    public init(teams: [ConfiguredName] = [], callers: [ConfiguredName] = [], routes: [ConfiguredName] = []) {
        self.teams = teams
        self.callers = callers
        self.routes = routes
    }

    /// `team search`, `everybody`: for people.
    public var words: String {
        let parts = [("team", teams), ("caller", callers), ("route", routes)].compactMap { kind, names in
            names.isEmpty ? nil : "\(kind) \(names.map(\.text).joined(separator: " or "))"
        }
        return parts.isEmpty ? "everybody" : parts.joined(separator: ", ")
    }

    /// By text, because a reload makes new names.
    func isSame(as other: BudgetScope) -> Bool {
        teams.map(\.text) == other.teams.map(\.text) && callers.map(\.text) == other.callers.map(\.text)
            && routes.map(\.text) == other.routes.map(\.text)
    }
}
