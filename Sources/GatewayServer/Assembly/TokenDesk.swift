import Authentication
import GatewayTypes

/// The configuration's issuers of tokens, ready to be asked who calls.
enum TokenDesk {
    /// Nil where no tokens are taken.
    static func authentication(
        _ configuration: Configuration, names: NameBook, issuers: TokenIssuers
    ) -> TokenAuthentication? {
        guard !configuration.jwt.isEmpty else { return nil }
        let made = issuers.issuers(of: configuration)
        return TokenAuthentication(
            realms: zip(configuration.jwt, made).compactMap { jwt, issuer in
                people(jwt, configuration, names).map { people in
                    TokenAuthentication.Realm(issuer: issuer, rules: rules(jwt), people: people)
                }
            })
    }

    private static func rules(_ jwt: Configuration.JWT) -> TokenRules {
        var rules = TokenRules(issuer: jwt.issuer, audiences: jwt.audiences)
        rules.leewaySeconds = jwt.leewaySeconds
        rules.required = jwt.required.compactMap { entry in ClaimPath(entry.key).map { ($0, entry.values) } }
        return rules
    }

    private static func people(
        _ jwt: Configuration.JWT, _ configuration: Configuration, _ names: NameBook
    ) -> TokenPeople? {
        // What is no claim was refused by the configuration's check.
        guard let caller = ClaimPath(jwt.claims.caller) else { return nil }
        func plan(_ written: String?, of team: String) -> ConfiguredName {
            names.plans[written ?? configuration.teams.first { $0.name == team }?.plan ?? ""]
        }
        func team(_ name: String) -> TokenPeople.Team {
            TokenPeople.Team(name: names.teams[name], plan: plan(nil, of: name))
        }
        var people = TokenPeople(issuer: jwt.name, callerClaim: caller, otherCaller: names.callers[jwt.name])
        people.teamClaim = jwt.claims.team.flatMap { ClaimPath($0) }
        people.planClaim = jwt.claims.plan.flatMap { ClaimPath($0) }
        for known in configuration.callers {
            people.callers[known.name] = TokenPeople.Known(
                name: names.callers[known.name], team: names.teams[known.team],
                plan: plan(known.plan, of: known.team), mayDebug: known.debug)
        }
        if jwt.teams.isEmpty {
            for known in configuration.teams { people.teams[known.name] = team(known.name) }
        } else {
            for entry in jwt.teams { people.teams[entry.key] = entry.values.first.map(team) }
        }
        people.otherTeam = jwt.team.map(team)
        for known in configuration.plans { people.plans[known.name] = names.plans[known.name] }
        return people
    }
}
