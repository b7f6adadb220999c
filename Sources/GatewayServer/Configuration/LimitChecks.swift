import GatewayTypes

/// Whether plans and limits agree with the rest of the configuration.
struct LimitChecks {
    let configuration: Configuration
    let reader: SettingReader

    func run() {
        checkPlans()
        checkNames()
        checkScopes()
        _ = LimitDesk.definitions(configuration, names: NameBook(configuration)) { path, message in
            reader.error(at: path, message)
        }
    }

    private func checkPlans() {
        var named: Set<String> = []
        func check(_ plan: String?, at path: SettingPath) {
            guard let plan else { return }
            named.insert(plan)
            known(plan, among: configuration.plans.map(\.name), as: "plan", at: path.key("plan"))
        }
        for team in configuration.teams { check(team.plan, at: SettingPath.root.key("teams").key(team.name)) }
        for caller in configuration.callers { check(caller.plan, at: SettingPath.root.key("callers").key(caller.name)) }
        for (position, key) in configuration.keys.enumerated() {
            check(key.plan, at: SettingPath.root.key("keys").index(position))
        }
        for plan in configuration.plans {
            let path = SettingPath.root.key("plans").key(plan.name)
            if !named.contains(plan.name) {
                reader.warning(
                    at: path, "nobody has it; write plan: \(plan.name) at a team, a caller or a key")
            }
            if plan.limits.isEmpty, !reader.hasProblem(within: path) {
                reader.warning(at: path, "has no limits; write limits: [{ name: chat, requests: 60/minute }]")
            }
        }
    }

    private func checkNames() {
        var seen: [String: SettingPath] = [:]
        for place in LimitDesk.places(configuration) where !place.limit.name.isEmpty {
            if let first = seen.updateValue(place.path, forKey: place.limit.name) {
                reader.error(at: place.path.key("name"), "is that of \(first.text) too; names tell limits apart")
            }
            if reader.isWritten(place.path.key("over")), place.limit.maxTokens == nil {
                reader.error(at: place.path.key("over"), "says what happens beyond max_tokens, which is not written")
            }
        }
    }

    private func checkScopes() {
        let teams = configuration.teams.map(\.name)
        let callers = configuration.callers.map(\.name)
        let models = configuration.models.map(\.name)
        for place in LimitDesk.places(configuration) {
            for name in place.limit.teams { known(name, among: teams, as: "team", at: place.path.key("team")) }
            for name in place.limit.callers { known(name, among: callers, as: "caller", at: place.path.key("caller")) }
            for name in place.limit.models { known(name, among: models, as: "model", at: place.path.key("model")) }
        }
    }

    private func known(_ name: String, among names: [String], as what: String, at path: SettingPath) {
        guard !names.contains(name) else { return }
        reader.error(at: path, "unknown \(what) \(Words.quoted(name))\(Words.suggestion(for: name, among: names))")
    }
}
