import GatewayTypes

/// Whether permissions name what there is.
struct PermissionChecks {
    let configuration: Configuration
    let reader: SettingReader

    func run() {
        for team in configuration.teams {
            check(team.permissions, at: SettingPath.root.key("teams").key(team.name).key("permissions"))
        }
        for caller in configuration.callers {
            check(caller.permissions, at: SettingPath.root.key("callers").key(caller.name).key("permissions"))
        }
        for (position, key) in configuration.keys.enumerated() {
            check(key.permissions, at: SettingPath.root.key("keys").index(position).key("permissions"))
        }
    }

    private func check(_ permissions: Configuration.Permissions?, at path: SettingPath) {
        guard let permissions else { return }
        let routes = configuration.models.map(\.name)
        let providers = configuration.providers.map(\.name)
        // At a provider's door clients ask for models by the provider's own names.
        let models = routes + configuration.models.flatMap { $0.targets.map(\.model) }
        let doors = providers.map(NameBook.door)
        for (names, place) in [(permissions.models, path), (permissions.deny.models, path.key("deny"))] {
            known(names, among: models, as: "model", at: place.key("models"))
        }
        for (names, place) in [(permissions.routes, path), (permissions.deny.routes, path.key("deny"))] {
            known(names, among: routes + doors, as: "route", at: place.key("routes"))
        }
        for (names, place) in [(permissions.providers, path), (permissions.deny.providers, path.key("deny"))] {
            known(names, among: providers, as: "provider", at: place.key("providers"))
        }
        let templates = configuration.templates.map(\.name)
        for (names, place) in [(permissions.templates, path), (permissions.deny.templates, path.key("deny"))] {
            known(names, among: templates, as: "template", at: place.key("templates"))
        }
        if permissions.rules.isEmpty, !reader.hasProblem(within: path) {
            reader.warning(at: path, "allows everything; write models: [\(routes.first ?? "smart")], or leave it out")
        }
        if !permissions.models.isEmpty, !routes.contains(where: NamePatterns(permissions.models).match),
            !reader.hasProblem(within: path.key("models"))
        {
            reader.warning(at: path.key("models"), "allows none of the models that are configured")
        }
    }

    private func known(_ names: [String], among known: [String], as what: String, at path: SettingPath) {
        for (position, name) in names.enumerated() {
            let place = path.index(position)
            if NamePatterns.isWild(name) {
                if !known.contains(where: NamePatterns([name]).match) {
                    reader.warning(at: place, "\(Words.quoted(name)) matches no \(what)")
                }
            } else if !known.contains(name) {
                let suggestion = Words.suggestion(for: name, among: known)
                reader.error(at: place, "unknown \(what) \(Words.quoted(name))\(suggestion)")
            }
        }
    }
}
