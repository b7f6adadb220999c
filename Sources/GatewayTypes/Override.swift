/// What a budget has decided about traffic: published by Budgets, read by Routing. It carries its reasons with it.
public struct Override: Sendable {
    public enum Action: Sendable, Equatable {
        /// Serve by another route's targets instead of the asked one's. Applied once, never in a chain.
        case reroute(from: ConfiguredName, to: ConfiguredName)
        /// Let a reply have at most so many output tokens.
        case clamp(outputTokensMax: Int64)
    }

    public let budget: ConfiguredName
    public let rule: ConfiguredName
    public let action: Action

    /// What stands for the budget where an operator decided, and the override's own name for the rule.
    public static let operators = "_operator"

    /// Whether an operator decided, and no budget.
    public var isOperators: Bool { budget.text == Self.operators }

    public init(budget: ConfiguredName, rule: ConfiguredName, action: Action) {
        self.budget = budget
        self.rule = rule
        self.action = action
    }
}

/// Where routing looks up what budgets have decided.
public protocol Overrides: Sendable {
    /// The strongest override in force for an exchange whose route is known; nil: none.
    func override(for exchange: borrowing Exchange) -> Override?
}
