import GatewayTypes

/// The configuration's callers and teams, for those who ask what one of them would meet.
struct Payers: Sendable {
    private var callers: [String: Caller] = [:]
    private var teams: [String: Caller] = [:]

    init(_ configuration: Configuration, names: NameBook) {
        for team in configuration.teams {
            teams[team.name] = Caller(
                name: .other, team: names.teams[team.name], keyAlias: "", plan: names.plans[team.plan ?? ""])
        }
        for caller in configuration.callers {
            let plan = caller.plan ?? configuration.teams.first { $0.name == caller.team }?.plan
            callers[caller.name] = Caller(
                name: names.callers[caller.name], team: names.teams[caller.team], keyAlias: "",
                plan: names.plans[plan ?? ""])
        }
    }

    /// The named caller, else any of the named team; nobody where neither is named.
    func payer(caller: String?, team: String?) throws(Failure) -> Caller {
        if let caller {
            guard let known = callers[caller] else { throw Self.unknown("caller", caller, callers.keys) }
            if let team, known.team.text != team {
                throw Failure(
                    .badRequest, "The caller \(caller) is of the team \(known.team.text), not \(team).", param: "team")
            }
            return known
        }
        guard let team else { return .unknown }
        guard let known = teams[team] else { throw Self.unknown("team", team, teams.keys) }
        return known
    }

    private static func unknown(_ kind: String, _ name: String, _ known: some Sequence<String>) -> Failure {
        let names = known.sorted().prefix(20).joined(separator: ", ")
        return Failure(.badRequest, "There is no \(kind) \(name.prefix(100)); known: \(names).", param: kind)
    }
}
