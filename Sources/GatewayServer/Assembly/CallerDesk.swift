import GatewayTypes

/// Makes callers of a configuration's names: who belongs to which team, has which plan, may use what.
struct CallerDesk: Sendable {
    private struct Person {
        let name: ConfiguredName
        let team: String
        let plan: String?
        let mayDebug: Bool
        let level: Permissions.Level?
    }

    private struct Group {
        let name: ConfiguredName
        let plan: String?
        let level: Permissions.Level?
    }

    private var people: [String: Person] = [:]
    private var groups: [String: Group] = [:]
    private let plans: NameTable
    private let nameless: (caller: ConfiguredName, team: ConfiguredName)

    init(_ configuration: Configuration, names: NameBook) {
        plans = names.plans
        nameless = (names.callers[NameBook.anonymous], names.teams[NameBook.anonymous])
        for team in configuration.teams {
            groups[team.name] = Group(
                name: names.teams[team.name], plan: team.plan,
                level: team.permissions.map { Permissions.Level(holder: "team \(team.name)", rules: $0.rules) })
        }
        for caller in configuration.callers {
            people[caller.name] = Person(
                name: names.callers[caller.name], team: caller.team, plan: caller.plan, mayDebug: caller.debug,
                level: caller.permissions.map { Permissions.Level(holder: "caller \(caller.name)", rules: $0.rules) })
        }
    }

    /// Whose key it is, and what its key changes: nil changes nothing.
    struct Terms: Sendable {
        var caller: String
        var alias: String
        var team: String?
        var plan: String?
        var permissions = PermissionRules()
    }

    /// Nil: the configuration does not have its caller, its team or its plan.
    func caller(_ terms: Terms) -> Caller? {
        guard let person = people[terms.caller], let group = groups[terms.team ?? person.team] else { return nil }
        // Who pays for another team is not of the plan of its own.
        let plan = terms.plan ?? (terms.team == nil ? person.plan : nil) ?? group.plan
        if let plan, plans[plan] == .other { return nil }
        let own = Permissions.Level(holder: "key \(terms.alias)", rules: terms.permissions)
        return Caller(
            name: person.name, team: group.name, keyAlias: terms.alias, plan: plans[plan ?? ""],
            mayDebug: person.mayDebug,
            permissions: Permissions([group.level, person.level, own].compactMap { $0 }))
    }

    /// Who a question supposes to call: the named caller, else anybody of the named team; nobody where neither is named.
    func supposed(caller name: String?, team: String?) throws(Failure) -> Caller {
        if let name {
            let terms = Terms(caller: name, alias: "")
            if let fault = fault(terms) { throw Failure(.badRequest, fault.message, param: fault.field) }
            guard let caller = caller(terms) else { return .unknown }
            if let team, caller.team.text != team {
                throw Failure(
                    .badRequest, "The caller \(name) is of the team \(caller.team.text), not \(team).", param: "team")
            }
            return caller
        }
        guard let team else { return .unknown }
        guard let group = groups[team] else {
            throw Failure(
                .badRequest, unknown("team", team, among: groups.keys, list: "teams"), param: "team")
        }
        return Caller(
            name: .other, team: group.name, keyAlias: "", plan: plans[group.plan ?? ""],
            permissions: Permissions([group.level].compactMap { $0 }))
    }

    /// Who calls without a key.
    var anonymous: Caller {
        let (person, group) = (people[NameBook.anonymous], groups[NameBook.anonymous])
        return Caller(
            name: nameless.caller, team: nameless.team, keyAlias: "", plan: plans[person?.plan ?? group?.plan ?? ""],
            permissions: Permissions([group?.level, person?.level].compactMap { $0 }))
    }

    /// What of it the configuration does not have, in a sentence; nil: it has all of it.
    func fault(_ terms: Terms) -> (field: String, message: String)? {
        if people[terms.caller] == nil {
            return ("caller", unknown("caller", terms.caller, among: people.keys, list: "callers"))
        }
        if let team = terms.team, groups[team] == nil {
            return ("team", unknown("team", team, among: groups.keys, list: "teams"))
        }
        if let plan = terms.plan, plans[plan] == .other {
            return ("plan", unknown("plan", plan, among: plans.names.dropFirst().map(\.text), list: "plans"))
        }
        return nil
    }

    private func unknown(_ what: String, _ name: String, among names: some Sequence<String>, list: String) -> String {
        "unknown \(what) \(Words.quoted(name))\(Words.suggestion(for: name, among: names.sorted())); "
            + "it must stand under \(list) in the configuration"
    }
}
