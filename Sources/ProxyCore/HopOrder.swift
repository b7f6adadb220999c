public import GatewayTypes

/// The path of an exchange: the stages in the order of the hops, and the gates before every attempt.
///
/// This is the one place where the order is written:
/// receive → authentication → *route* → permission → limits → guardrails → cache → routing → (budgets → attempt → stream)
/// → settle. What a caller may use is the second half of the hop authentication: it needs the route.
public struct Path: Sendable {
    /// Enters before the route is known: who calls.
    let authentication: any Stage
    /// Enters as soon as the route is known, for callers who may not use everything.
    let permission: (any Stage)?
    /// Enter once the route is known, in the order of their hops.
    let stages: [any Stage]
    /// Asked before every attempt, in this order; each may refuse a target.
    let gates: [any AttemptGate]

    /// `stages` in any order; each hop at most once.
    public init(
        authentication: any Stage, permission: (any Stage)? = nil, stages: [any Stage], gates: [any AttemptGate]
    ) {
        self.authentication = authentication
        self.permission = permission
        self.stages = stages.sorted { type(of: $0).hop.index < type(of: $1).hop.index }
        self.gates = gates
    }
}
