public import GatewayTypes

/// What is said of a canary that was halted: the name and labels of the rule `WeirCanaryHalted` in `alerts/weir.yaml`, so that
/// silences and routes fit both.
public struct CanaryAlert: Sendable {
    public static let name = "WeirCanaryHalted"

    public var route: String
    public var target: String
    /// What was found, with its figures.
    public var finding: String

    public init(route: String, target: String, finding: String) {
        self.route = route
        self.target = target
        self.finding = finding
    }

    public func alert(_ state: Alert.State, startsAt: WallTime, endsAt: WallTime? = nil) -> Alert {
        Alert(
            labels: AlertLabels([
                ("alertname", Self.name), ("route", route), ("severity", "ticket"), ("component", "weir"),
            ]),
            annotations: AlertLabels([
                ("summary", "A canary was halted."), ("description", "\(target), the canary of \(route): \(finding)"),
                ("runbook_url", "docs/runbooks/WeirCanaryHalted.md"),
            ]),
            state: state, startsAt: startsAt, endsAt: endsAt)
    }
}
