import Budgets
import GatewayTypes
import Telemetry

extension LogRecord {
    /// A budget's rule has changed its state.
    init(of transition: BudgetTransition) {
        let severity: Severity =
            switch (transition.to, transition.severity) {
            case (.firing, .page): .error
            case (.firing, .ticket), (.firing, nil): .warning
            case (.inactive, _), (.pending, _): .info
            }
        var attributes: [(key: String, value: String?)] = [
            (WeirKey.budget, transition.budget.name.text), (WeirKey.rule, transition.rule.name.text),
            (WeirKey.team, transition.budget.team?.text), (WeirKey.budgetOwner, transition.owner),
            (WeirKey.ruleFrom, transition.from.rawValue), (WeirKey.ruleTo, transition.to.rawValue),
            (WeirKey.ruleSeverity, transition.severity?.rawValue),
        ]
        attributes += transition.values.map { (WeirKey.signal($0.signal), $0.value) }
        self.init(
            at: transition.at, severity: severity, eventName: Self.transitionEvent, body: transition.summary,
            attributes: attributes)
    }
}
