import GatewayTypes
import Telemetry

/// What a destination wants of traces and log records. What belongs to no exchange always passes.
public struct ExportFilter: Sendable, Equatable {
    /// Kinds of exchanges; one of them suffices. Empty: any exchange.
    public var kinds: Set<Kind> = []
    /// Names; empty: any.
    public var routes: Set<String> = []
    public var teams: Set<String> = []

    public enum Kind: String, CaseIterable, Sendable {
        /// It did not complete.
        case errors
        /// It was served by another target than its route's first.
        case moved
    }

    public init() {}

    func passes(_ facts: ExchangeFacts?) -> Bool {
        guard let facts else { return true }
        let isWanted =
            kinds.isEmpty || (facts.failed && kinds.contains(.errors)) || (facts.moved && kinds.contains(.moved))
        return isWanted && (routes.isEmpty || routes.contains(facts.route.text))
            && (teams.isEmpty || teams.contains(facts.team.text))
    }
}
