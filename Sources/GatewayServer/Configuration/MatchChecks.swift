import GatewayTypes

/// What is wrong with how models lead on to other routes.
struct MatchChecks {
    let configuration: Configuration
    let reader: SettingReader

    func check(_ model: Configuration.Model, at path: SettingPath) {
        let names = configuration.models.map(\.name)
        for (position, match) in model.matches.enumerated() {
            let place = path.key("match").index(position)
            checkWhen(match.when, isLast: position == model.matches.count - 1, at: place.key("when"))
            guard !match.route.isEmpty else { continue }
            guard let route = configuration.models.first(where: { $0.name == match.route }) else {
                let suggestion = Words.suggestion(for: match.route, among: names)
                reader.error(at: place.key("route"), "unknown model \(Words.quoted(match.route))\(suggestion)")
                continue
            }
            if route.name == model.name {
                reader.error(
                    at: place.key("route"), "is the model itself, which is taken where nothing matches; take it out")
            } else if !route.matches.isEmpty {
                reader.error(
                    at: place.key("route"),
                    "leads on itself (models.\(route.name).match), and matches are applied once; name where the requests shall go"
                )
            }
        }
    }

    private func checkWhen(_ when: Configuration.RequestWhen, isLast: Bool, at path: SettingPath) {
        RoutingChecks(configuration: configuration, reader: reader).check(when, at: path)
        if !when.classes.isEmpty {
            reader.error(
                at: path.key("class"),
                "is not known yet: a request is classified once its route is found; write it in the when of a target")
        }
        if !when.isSet, !reader.hasProblem(within: path) {
            let rest = isLast ? "" : ", and what follows is never reached"
            reader.error(
                at: path,
                "holds for every request\(rest); write team, caller, header, operation, needs, prompt_tokens_min, prompt_tokens_max or hours"
            )
        }
    }
}
