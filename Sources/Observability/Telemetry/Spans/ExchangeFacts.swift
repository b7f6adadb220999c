public import GatewayTypes

/// What destinations choose by: facts of the exchange that spans or a log record tell of.
public struct ExchangeFacts: Sendable {
    /// It did not complete.
    public let failed: Bool
    /// It was served by another target than its route's first.
    public let moved: Bool
    public let route: ConfiguredName
    public let team: ConfiguredName

    public init(_ outcome: Outcome) {
        failed = outcome.failure != nil
        moved = outcome.moved != .no
        route = outcome.route.name
        team = outcome.caller.team
    }
}
