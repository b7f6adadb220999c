public import GatewayTypes

/// A rule has changed its state: what the log, the metrics and the owner are told.
public struct BudgetTransition: Sendable {
    public let budget: BudgetDefinition
    public let rule: BudgetRule
    public let from: BudgetAlert.State
    public let to: BudgetAlert.State
    public let at: WallTime
    /// When it began to fire: constant until it resolves; nil where it never fired.
    public let firingSince: WallTime?
    /// What the rule's signals were: `spent` → `412.5 USD`.
    public let values: [(signal: String, value: String)]

    public var severity: BudgetRule.Severity? { rule.severity }
    public var owner: String { budget.owner }
    /// Whether the owner is told: it began or stopped firing, and the rule has a severity.
    public var isForOwner: Bool { rule.severity != nil && (to == .firing || from == .firing) }

    /// One line for people.
    public var summary: String {
        let seen = values.map { "\($0.signal) is \($0.value)" }.joined(separator: ", ")
        let what =
            switch (from, to) {
            case (_, .firing): "is firing (\(rule.when))"
            case (.firing, _): "has resolved"
            case (_, .pending): "is pending (\(rule.when))"
            case (.inactive, .inactive), (.pending, .inactive): "is inactive again"
            }
        return "Budget \"\(budget.name.text)\" of \(budget.limit) USD (\(budget.window)): rule \"\(rule.name.text)\" "
            + "\(what)\(seen.isEmpty ? "" : "; \(seen)")."
    }
}

/// A rule that fires or has lately stopped: what a notifier sends again.
public struct ActiveAlert: Sendable {
    public let budget: BudgetDefinition
    public let rule: BudgetRule
    public let state: BudgetAlert.State
    public let firingSince: WallTime
    /// Nil while it fires.
    public let resolvedAt: WallTime?
    public let lastNotified: WallTime?
    /// What the rule's signals are now.
    public let values: [(signal: String, value: String)]
}
