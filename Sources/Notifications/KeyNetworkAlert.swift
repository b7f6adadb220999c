public import GatewayTypes

/// What is said of a key that is used from a network that is new to it: the name of the rule `WeirKeyNewNetwork` in
/// `alerts/weir.yaml` and its labels, so that silences and routes fit both, and beside them whose key it is.
///
/// One alert for a key, however many networks: who spreads a leaked key over the world does not flood its owner.
public struct KeyNetworkAlert: Sendable {
    public static let name = "WeirKeyNewNetwork"
    /// It happened and does not last: after so long it is told of as ended.
    public static let seconds = 900.0

    /// The key's alias; never the key.
    public var key: String
    public var caller: String
    public var team: String
    public var network: String
    public var exchange: String

    public init(key: String, caller: String, team: String, network: String, exchange: String) {
        self.key = key
        self.caller = caller
        self.team = team
        self.network = network
        self.exchange = exchange
    }

    public func alert(startsAt: WallTime) -> Alert {
        Alert(
            labels: AlertLabels([
                ("alertname", Self.name), ("team", team), ("caller", caller), ("key", key), ("severity", "ticket"),
                ("component", "weir"),
            ]),
            annotations: AlertLabels([
                ("summary", "A key is used from a network that it was never used from."),
                (
                    "description",
                    "The key \(key) of the caller \(caller) was used from \(network), which is new to it (exchange \(exchange))."
                ),
                ("runbook_url", "docs/runbooks/WeirKeyNewNetwork.md"),
            ]),
            state: .firing, startsAt: startsAt)
    }
}
