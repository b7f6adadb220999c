import Budgets
import GatewayTypes
import Notifications

/// The budgets as the admin API shows them.
struct BudgetReport {
    let engine: BudgetEngine

    var json: String { "[" + engine.readings().map { Self.object($0).text }.joined(separator: ",\n") + "]" }

    private static func object(_ reading: BudgetReading) -> JSONObject {
        JSONObject([
            ("budget", .string(reading.definition.name.text)), ("owner", .string(reading.definition.owner)),
            ("per", .string(reading.definition.window.description)),
            ("enforce", .string(reading.definition.enforcement.rawValue)),
            ("limit_usd", .decimal(reading.limit.description)), ("spent_usd", .decimal(reading.spent.description)),
            ("demand_usd", .decimal(reading.demand.description)),
            ("reserved_usd", .decimal(reading.reserved.description)),
            ("remaining_usd", .decimal(reading.remaining.description)),
            ("forecast_usd", reading.forecast.map { .decimal($0.description) }),
            ("refusals", .number(reading.refusals)), ("overshoot_usd", .decimal(reading.overshoot.description)),
            ("rules", .list(reading.rules.map(Self.rule))),
        ])
    }

    private static func rule(_ rule: BudgetReading.Rule) -> JSONObject {
        JSONObject([("rule", .string(rule.name)), ("state", .string(rule.state.rawValue))])
    }

    static func test(_ reports: [Notifier.TestReport]) -> String {
        let objects = reports.map { report in
            JSONObject([
                ("channel", .string(report.channel)), ("delivered", .boolean(report.answer.verdict == .delivered)),
                (
                    "answers",
                    .list(
                        report.answer.peers.map {
                            JSONObject([
                                ("address", .string($0.address)), ("status", $0.status.map { .number(Int64($0)) }),
                                ("text", .string($0.text)),
                            ])
                        })
                ),
            ])
        }
        return "[" + objects.map(\.text).joined(separator: ",\n") + "]"
    }
}
