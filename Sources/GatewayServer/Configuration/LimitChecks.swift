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
            if let queue = place.limit.queue { check(queue, of: place, callers) }
            for name in place.limit.models { known(name, among: models, as: "model", at: place.path.key("model")) }
        }
    }

    private func check(_ queue: Configuration.LimitQueue, of place: LimitDesk.Place, _ callers: [String]) {
        let path = place.path.key("queue")
        let limit = place.limit
        let counts = limit.requests + limit.tokens + limit.inputTokens + limit.outputTokens
        if counts.isEmpty, limit.concurrent == nil {
            reader.error(at: path, "waits for nothing: max_tokens and body_bytes_max do not come back; take it out")
        }
        let plans = configuration.plans.map(\.name)
        for name in queue.high { known(name, among: plans, as: "plan", at: path.key("high")) }
        for name in queue.low { known(name, among: plans, as: "plan", at: path.key("low")) }
        for name in queue.choosers { known(name, among: callers, as: "caller", at: path.key("may_choose")) }
        if let both = queue.high.first(where: { queue.low.contains($0) }) {
            reader.error(at: path.key("low"), "\(Words.quoted(both)) is high already; keep one of them")
        }
        if [.caller, .key, .endUser].contains(limit.each), reader.isWritten(path.key("fair")) {
            reader.warning(
                at: path.key("fair"), "a queue of each \(limit.each.rawValue) holds one only; there are no turns")
        }
    }

    private func known(_ name: String, among names: [String], as what: String, at path: SettingPath) {
        guard !names.contains(name) else { return }
        reader.error(at: path, "unknown \(what) \(Words.quoted(name))\(Words.suggestion(for: name, among: names))")
    }
}
