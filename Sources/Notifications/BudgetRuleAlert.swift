public import GatewayTypes

/// What a budget's rule says when it fires: the name and labels of the rule `WeirBudgetRuleFiring` in
/// `alerts/weir.yaml`, so that silences and routes fit both.
public struct BudgetRuleAlert: Sendable {
    public static let name = "WeirBudgetRuleFiring"

    public var budget: String
    public var rule: String
    public var owner: String
    /// Empty where the budget is not of one team.
    public var team: String
    /// `page` or `ticket`.
    public var severity: String
    /// What is so and what Weir does about it, in one or two sentences; no prompts, replies or keys.
    public var description: String
    public var generatorURL: String?

    public init(
        budget: String, rule: String, owner: String, team: String, severity: String, description: String,
        generatorURL: String? = nil
    ) {
        self.budget = budget
        self.rule = rule
        self.owner = owner
        self.team = team
        self.severity = severity
        self.description = description
        self.generatorURL = generatorURL
    }

    public func alert(_ state: Alert.State, startsAt: WallTime, endsAt: WallTime? = nil) -> Alert {
        Alert(
            labels: AlertLabels([
                ("alertname", Self.name), ("budget", budget), ("rule", rule), ("owner", owner), ("team", team),
                ("severity", severity), ("component", "weir"),
            ]),
            annotations: AlertLabels([
                ("summary", "A rule of a budget fires."), ("description", description),
                ("runbook_url", "docs/runbooks/WeirBudgetRuleFiring.md"),
            ]),
            state: state, startsAt: startsAt, endsAt: endsAt, generatorURL: generatorURL)
    }
}
