import Budgets
import GatewayTypes
import Storage

extension AuditEvent {
    /// A budget's rule has changed its state: what it then does to traffic, and the signals that made it.
    init(of transition: BudgetTransition) {
        let rule = transition.rule
        let name = transition.budget.name.text + "/" + rule.name.text
        let acts = (transition.to == .firing) != (transition.from == .firing)
        var reasons = [transition.to == .inactive ? rule.until.map { "until \($0)" } : "when \(rule.when)"]
        reasons += transition.values.map { "\($0.signal) is \($0.value)" }
        self.init(
            at: transition.at, actor: "rule:" + name, action: acts ? rule.action.audit : .rule, subject: name,
            before: Self.text(transition.from, rule.action), after: Self.text(transition.to, rule.action),
            reason: reasons.compactMap { $0 }.joined(separator: "; "))
    }

    private static func text(_ state: BudgetAlert.State, _ action: BudgetRule.Action?) -> String {
        guard state == .firing, let action else { return state.rawValue }
        switch action {
        case .reroute(let map, let moves, let share):
            let moves = moves.map { "\($0.from.text) to \($0.to.text)" }.joined(separator: ", ")
            return "firing: reroute \(map) (\(moves)) for \(share)% of exchanges"
        case .refuse: return "firing: refuse"
        case .clamp(let outputTokensMax): return "firing: clamp to \(outputTokensMax) output tokens"
        }
    }
}

extension BudgetRule.Action? {
    fileprivate var audit: AuditAction {
        switch self {
        case nil: .rule
        case .reroute: .reroute
        case .refuse: .refuse
        case .clamp: .clamp
        }
    }
}
