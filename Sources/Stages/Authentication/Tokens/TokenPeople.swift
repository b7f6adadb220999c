public import GatewayTypes

/// Who a valid token stands for.
public struct TokenPeople: Sendable {
    /// A caller of the configuration.
    public struct Known: Sendable {
        public let name: ConfiguredName
        public let team: ConfiguredName
        /// Its own or its team's; `_other`: none.
        public let plan: ConfiguredName
        public let mayDebug: Bool

        public init(name: ConfiguredName, team: ConfiguredName, plan: ConfiguredName, mayDebug: Bool) {
            self.name = name
            self.team = team
            self.plan = plan
            self.mayDebug = mayDebug
        }
    }

    /// A team, and the plan that its members have.
    public struct Team: Sendable {
        public let name: ConfiguredName
        public let plan: ConfiguredName

        public init(name: ConfiguredName, plan: ConfiguredName) {
            self.name = name
            self.plan = plan
        }
    }

    /// Of the issuer in this configuration: what its tokens are called in keys' places.
    public let issuer: String
    /// Whom the token names.
    public let callerClaim: ClaimPath
    public var teamClaim: ClaimPath?
    public var planClaim: ClaimPath?
    /// By the claim's value.
    public var callers: [String: Known] = [:]
    /// Who all others are in metrics: a label cannot have a value for everybody who may come.
    public let otherCaller: ConfiguredName
    /// By the claim's value.
    public var teams: [String: Team] = [:]
    /// The team of those whose token names none of `teams`; nil: they are refused.
    public var otherTeam: Team?
    /// By the claim's value.
    public var plans: [String: ConfiguredName] = [:]

    public init(issuer: String, callerClaim: ClaimPath, otherCaller: ConfiguredName) {
        self.issuer = issuer
        self.callerClaim = callerClaim
        self.otherCaller = otherCaller
    }

    /// Bytes of a subject that are kept in a key's place.
    private static let subjectBytesMax = 96

    func caller(of claims: TokenJSON) throws(AuthenticationFault) -> Caller {
        guard let subject = callerClaim.texts(in: claims).first, !subject.isEmpty else { throw .claims }
        let known = callers[subject]
        let named = teamClaim?.texts(in: claims).lazy.compactMap { teams[$0] }.first
        let plan = planClaim?.texts(in: claims).lazy.compactMap { plans[$0] }.first
        let alias = issuer + ":" + Self.shown(subject)
        // What the token says of the team goes before what the configuration says of the caller.
        if let named {
            let own = known.flatMap { $0.team == named.name ? $0.plan : nil }
            return Caller(
                name: known?.name ?? otherCaller, team: named.name, keyAlias: alias, plan: plan ?? own ?? named.plan,
                mayDebug: known?.mayDebug ?? false)
        }
        if let known {
            return Caller(
                name: known.name, team: known.team, keyAlias: alias, plan: plan ?? known.plan, mayDebug: known.mayDebug)
        }
        guard let otherTeam else { throw .noTeam }
        return Caller(name: otherCaller, team: otherTeam.name, keyAlias: alias, plan: plan ?? otherTeam.plan)
    }

    /// Bounded, and without what could break a line of a log.
    private static func shown(_ subject: String) -> String {
        var text = ""
        for scalar in subject.unicodeScalars {
            guard text.utf8.count < subjectBytesMax else { break }
            text.unicodeScalars.append(scalar.properties.generalCategory == .control ? "?" : scalar)
        }
        return text
    }
}
