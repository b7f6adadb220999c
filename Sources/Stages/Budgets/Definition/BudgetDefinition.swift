public import GatewayTypes

/// One budget as the configuration declares it, with every name resolved.
public struct BudgetDefinition: Sendable {
    public enum Enforcement: String, CaseIterable, Sendable {
        /// Refuses what could go over the limit.
        case hard
        /// Counts and acts by its rules alone.
        case soft
    }

    /// How much an admission sets aside.
    public enum Reserving: String, CaseIterable, Sendable {
        /// The most that it may cost: the limit holds.
        case strict
        /// What 95 of 100 such attempts cost at most, once that is learned: more runs at once, and the limit may be overshot
        /// by what is then counted.
        case expected
    }

    /// What an exchange counts for whose price nobody knows.
    public enum Unpriced: String, CaseIterable, Sendable {
        /// The dearest configured price.
        case assume
        /// Nothing unpriced is admitted (where the budget is hard).
        case refuse
        /// Nothing.
        case allow
    }

    public let name: ConfiguredName
    public let scope: BudgetScope
    /// Greater than 0.
    public let limit: Money
    public let window: BudgetWindow
    public let enforcement: Enforcement
    public let unpriced: Unpriced
    public let reserving: Reserving
    /// Who is told: the `owner` label.
    public let owner: String
    public let rules: [BudgetRule]

    public init(
        name: ConfiguredName, scope: BudgetScope = BudgetScope(), limit: Money, window: BudgetWindow,
        enforcement: Enforcement = .hard, unpriced: Unpriced = .assume, reserving: Reserving = .strict,
        owner: String, rules: [BudgetRule] = []
    ) {
        self.name = name
        self.scope = scope
        self.limit = limit
        self.window = window
        self.enforcement = enforcement
        self.unpriced = unpriced
        self.reserving = reserving
        self.owner = owner
        self.rules = rules
    }

    /// The `team` label: the one team of its scope; nil where it covers several or all.
    public var team: ConfiguredName? { scope.teams.count == 1 ? scope.teams[0] : nil }

    /// The stretches that its rules look back over, each once.
    var spans: [TimeSpan] {
        var found: Set<TimeSpan> = []
        for condition in rules.flatMap(\.conditions) { found.formUnion(condition.signals.compactMap(\.span)) }
        return found.sorted()
    }

    /// Its signals that need watching, in the order of the rules, each once: the `signal` label.
    public var signals: [Signal] {
        var found: [Signal] = []
        for signal in rules.flatMap(\.conditions).flatMap(\.signals) where signal != .requestCost {
            if !found.contains(signal) { found.append(signal) }
        }
        return found
    }
}
