public import GatewayTypes

/// That a canary is halted, as it outlives the process that found it out.
public struct CanaryHalt: Sendable, Equatable {
    public let route: String
    /// The canary and what it is compared with: one that is another begins anew.
    public let identity: String
    public let since: WallTime
    public let finding: CanaryTrial.Finding

    public init(route: String, identity: String, since: WallTime, finding: CanaryTrial.Finding) {
        self.route = route
        self.identity = identity
        self.since = since
        self.finding = finding
    }
}
