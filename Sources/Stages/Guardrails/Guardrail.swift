public import GatewayTypes

/// A named, configured check, and what follows from what it finds.
public final class Guardrail: Sendable {
    /// What looks. Every kind is one of the two.
    public enum Check: Sendable {
        case detector(any TextDetector)
        case judge(any Judge)

        /// Why it may act.
        public var reasons: [Reason] {
            switch self {
            case .detector(let detector): detector.reasons
            case .judge(let judge): judge.reasons
            }
        }
    }

    public enum Action: String, Sendable { case block, mask, flag }

    public let name: ConfiguredName
    public let check: Check
    public let action: Action
    public let checksInput: Bool
    public let checksOutput: Bool
    /// Whether an exchange goes on where it could not decide.
    public let failsOpen: Bool
    /// Seconds that a judge may take.
    public let deadlineSeconds: Double
    /// Of output: whether the reply's bytes pass as they are, and only the verdict is made.
    public let onlyObserves: Bool
    /// Whether it is tried out: verdicts are counted, and nothing else happens.
    public let isShadow: Bool
    /// Indices of the teams and routes that it is for; empty: all.
    private let teams: Set<Int>
    private let routes: Set<Int>

    public struct Terms: Sendable {
        public var action = Action.block
        public var checksInput = true
        public var checksOutput = false
        public var failsOpen = false
        public var deadlineSeconds = 1.0
        public var onlyObserves = false
        public var isShadow = false
        public var teams: Set<Int> = []
        public var routes: Set<Int> = []

        public init() {}
    }

    public init(_ name: ConfiguredName, _ check: Check, _ terms: Terms) {
        self.name = name
        self.check = check
        action = terms.action
        checksInput = terms.checksInput
        checksOutput = terms.checksOutput
        failsOpen = terms.failsOpen
        deadlineSeconds = terms.deadlineSeconds
        onlyObserves = terms.onlyObserves
        isShadow = terms.isShadow
        teams = terms.teams
        routes = terms.routes
    }

    /// What it says and what follows where it finds something.
    public func expected(in phase: GuardrailPhase) -> (GuardrailVerdict, GuardrailAction) {
        (action == .mask ? .mask : .block, effect(in: phase))
    }

    /// Whether it has a say about an exchange.
    func concerns(_ exchange: borrowing Exchange) -> Bool {
        (teams.isEmpty || teams.contains(exchange.caller.team.index))
            && (routes.isEmpty || routes.contains(exchange.route.name.index))
    }
}
