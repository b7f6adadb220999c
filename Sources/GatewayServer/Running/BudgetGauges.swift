import Budgets
import GatewayTypes
import Telemetry

/// The budgets' instruments, from the sums that enforce them.
struct BudgetGauges {
    let engine: BudgetEngine
    /// Every declared team.
    let teams: [ConfiguredName]

    func write(to writer: inout SampleWriter) {
        for reading in engine.readings() {
            let name = reading.definition.name.text
            let definition = reading.definition
            writer.set(
                .budgetInfo,
                [
                    name, definition.owner, definition.team?.text ?? "", definition.window.description,
                    definition.enforcement.rawValue,
                ],
                true)
            writer.set(.budgetLimit, [name], reading.limit)
            writer.set(.budgetSpent, [name], reading.spent)
            writer.set(.budgetReserved, [name], reading.reserved)
            writer.set(.budgetRemaining, [name], reading.remaining)
            // Present from the start, as every series: while nobody knows better, what is spent is the forecast.
            writer.set(.budgetForecast, [name], reading.forecast ?? reading.spent)
            if let resets = reading.resetsAt { writer.set(.budgetReset, [name], resets.seconds) }
            for (signal, isKnown) in reading.signals { writer.set(.budgetSignalKnown, [name, signal], isKnown) }
            writer.add(.budgetOvershoot, [name], reading.overshoot)
            for rule in definition.rules {
                let severity = rule.severity?.rawValue ?? ""
                writer.set(.budgetRuleInfo, [name, rule.name.text, severity, Self.word(for: rule.action)], true)
            }
            for rule in reading.rules { write(rule, of: name, to: &writer) }
        }
        writeMoves(to: &writer)
    }

    private func writeMoves(to writer: inout SampleWriter) {
        for reading in engine.readings() {
            let scope = reading.definition.scope.teams
            for rule in reading.rules {
                for move in rule.moves {
                    for team in scope.isEmpty ? teams : scope {
                        let labels = [
                            reading.definition.name.text, rule.name, move.from, move.to, team.text, move.from,
                        ]
                        writer.add(.reroutes, labels, 0)
                        writer.add(.rerouteSaved, labels, .zero as Money)
                    }
                }
            }
        }
        for (key, tally) in engine.moves() {
            let labels = [key.budget, key.rule, key.from, key.to, key.team, key.route]
            writer.add(.reroutes, labels, UInt64(max(0, tally.exchanges)))
            writer.add(.rerouteSaved, labels, max(.zero, tally.saved))
        }
    }

    private static func word(for action: BudgetRule.Action?) -> String {
        switch action {
        case .reroute: "reroute"
        case .refuse: "refuse"
        case .clamp: "clamp"
        case nil: "none"
        }
    }

    private func write(_ rule: BudgetReading.Rule, of budget: String, to writer: inout SampleWriter) {
        for state in BudgetAlert.State.allCases {
            writer.set(.budgetRuleState, [budget, rule.name, state.rawValue], state == rule.state)
        }
        for (state, count) in rule.transitions {
            writer.add(.budgetRuleTransitions, [budget, rule.name, state.rawValue], UInt64(max(0, count)))
        }
        for move in rule.moves {
            writer.set(.rerouteActive, [budget, rule.name, move.from, move.to], move.isActive)
        }
    }
}
