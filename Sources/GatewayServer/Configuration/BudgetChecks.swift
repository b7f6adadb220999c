import GatewayTypes

/// Whether budgets, reroutes and channels agree with the rest of the configuration.
struct BudgetChecks {
    let configuration: Configuration
    let reader: SettingReader

    func run() {
        checkReroutes()
        checkScopes()
        checkNames()
        _ = BudgetDesk.definitions(configuration, names: NameBook(configuration)) { path, message, isError in
            if isError { reader.error(at: path, message) } else { reader.warning(at: path, message) }
        }
    }

    private func checkReroutes() {
        let models = configuration.models.map(\.name)
        for reroute in configuration.reroutes {
            let path = SettingPath.root.key("reroutes").key(reroute.name)
            for (from, to) in reroute.map {
                known(from, among: models, as: "model", at: path.key(from))
                known(to, among: models, as: "model", at: path.key(from))
                if from == to { reader.error(at: path.key(from), "moves a model to itself; name another") }
                checkAbilities(from: from, to: to, at: path.key(from))
            }
        }
    }

    /// A reroute to a model that is known to lack something never moves the requests that need it.
    private func checkAbilities(from: String, to: String, at path: SettingPath) {
        guard let source = configuration.models.first(where: { $0.name == from })?.targets.first,
            let target = configuration.models.first(where: { $0.name == to })?.targets.first
        else { return }
        let lost = target.lacks.filter { !source.lacks.contains($0) }.map(\.rawValue)
        if !lost.isEmpty {
            reader.warning(
                at: path, "\(to) lacks \(Words.list(lost)), so that requests which need it are not moved to it")
        }
    }

    private func checkScopes() {
        for (position, budget) in configuration.budgets.enumerated() {
            let path = SettingPath.root.key("budgets").index(position).key("scope")
            let known = [
                ("team", budget.scope.teams, configuration.teams.map(\.name)),
                ("caller", budget.scope.callers, configuration.callers.map(\.name)),
                ("model", budget.scope.models, configuration.models.map(\.name)),
            ]
            for (what, names, declared) in known {
                for name in names { self.known(name, among: declared, as: what, at: path.key(what)) }
            }
        }
    }

    private func checkNames() {
        var seen: [String: Int] = [:]
        let channels = ["alertmanager", "webhook"]
        for (position, budget) in configuration.budgets.enumerated() {
            let path = SettingPath.root.key("budgets").index(position)
            if let first = seen.updateValue(position, forKey: budget.name) {
                reader.error(at: path.key("name"), "is that of budgets[\(first)] too; names tell budgets apart")
            }
            var rules: Set<String> = []
            for (index, rule) in budget.rules.enumerated() {
                let place = path.key("rules").index(index)
                if !rules.insert(rule.name).inserted {
                    reader.error(at: place.key("name"), "is the name of another rule of this budget; give it its own")
                }
                for channel in rule.notify {
                    self.known(channel, among: channels, as: "channel", at: place.key("notify"))
                }
                checkChannels(rule, at: place)
            }
        }
    }

    private func checkChannels(_ rule: Configuration.BudgetRule, at path: SettingPath) {
        if rule.notify.contains("alertmanager"), configuration.notify.alertmanagers.isEmpty {
            reader.error(at: path.key("notify"), "names alertmanager, but notify.alertmanager has no address; add one")
        } else if rule.notify.contains("alertmanager") {
            reader.warning(
                at: path.key("notify"),
                "pages through Weir; if Prometheus loads alerts/weir.yaml too, the same alert comes from both (Alertmanager folds them into one)"
            )
        }
        if rule.notify.contains("webhook"), configuration.notify.webhook == nil {
            reader.error(at: path.key("notify"), "names webhook, but notify.webhook is not set; add its url")
        }
    }

    private func known(_ name: String, among names: [String], as what: String, at path: SettingPath) {
        guard !names.contains(name) else { return }
        reader.error(at: path, "unknown \(what) \(Words.quoted(name))\(Words.suggestion(for: name, among: names))")
    }
}
