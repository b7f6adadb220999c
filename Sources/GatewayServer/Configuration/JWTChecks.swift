import Authentication
import GatewayTypes

/// Whether issuers of tokens agree with the rest of the configuration.
struct JWTChecks {
    let configuration: Configuration
    let reader: SettingReader
    let knowledge: ConfigurationKnowledge

    func run() {
        var names: [String: Int] = [:]
        for (position, jwt) in configuration.jwt.enumerated() {
            let path = SettingPath.root.key("jwt").index(position)
            if !jwt.name.isEmpty, let first = names.updateValue(position, forKey: jwt.name) {
                reader.error(at: path.key("name"), "is that of jwt[\(first)] too; names tell issuers apart")
            }
            if jwt.name == NameBook.anonymous || configuration.callers.contains(where: { $0.name == jwt.name }) {
                reader.error(
                    at: path.key("name"),
                    "is that of a caller, whom everybody with a token of this issuer would be; choose another")
            }
            checkKeys(of: jwt, at: path)
            checkClaims(of: jwt, at: path)
            checkTeams(of: jwt, at: path)
        }
    }

    private func checkKeys(of jwt: Configuration.JWT, at path: SettingPath) {
        if jwt.keysURL != nil, jwt.keysFile != nil {
            reader.error(at: path.key("jwks_file"), "stands beside jwks_url; keep one of them")
        }
        if jwt.algorithms.isEmpty {
            reader.error(at: path.key("algorithms"), "is empty; write RS256, or leave it out for all that Weir knows")
        }
        if reader.isWritten(path.key("audience")), jwt.audiences.isEmpty, !reader.hasProblem(within: path) {
            reader.error(
                at: path.key("audience"),
                "is empty, so that tokens for other services would count here; write the one of this gateway")
        }
        if jwt.staleSeconds < jwt.refreshSeconds {
            reader.error(at: path.key("stale_max"), "is shorter than refresh, so that keys end before they are renewed")
        }
        if let file = jwt.keysFile, reader.resolvesSecrets, let problem = knowledge.keySetProblem?(file, jwt.algorithms)
        {
            reader.error(at: path.key("jwks_file"), problem)
        }
        guard jwt.keysFile == nil, !jwt.issuer.isEmpty else { return }
        guard let url = jwt.keysURL ?? ServiceURL(jwt.issuer) else {
            return reader.error(
                at: path.key("issuer"), "is no URL, so its keys cannot be discovered; write jwks_url or jwks_file")
        }
        if !url.isTLS, !url.isLoopback {
            reader.error(
                at: path.key(jwt.keysURL == nil ? "issuer" : "jwks_url"),
                "whoever stands between could put in keys of their own; write https://")
        }
    }

    private func checkClaims(of jwt: Configuration.JWT, at path: SettingPath) {
        let claims = path.key("claims")
        let written = [
            ("caller", jwt.claims.caller), ("team", jwt.claims.team), ("plan", jwt.claims.plan),
        ]
        for (key, text) in written {
            guard let text, ClaimPath(text) == nil else { continue }
            reader.error(
                at: claims.key(key), "\(Words.quoted(text)) names no claim; write sub, groups[0] or /realm/team")
        }
        for entry in jwt.required where ClaimPath(entry.key) == nil {
            reader.error(
                at: path.key("required").key(entry.key), "names no claim; write sub, groups[0] or /realm/team")
        }
        if jwt.claims.plan != nil, configuration.plans.isEmpty {
            reader.warning(at: claims.key("plan"), "never counts: there are no plans; write them under plans")
        }
    }

    private func checkTeams(of jwt: Configuration.JWT, at path: SettingPath) {
        let teams = configuration.teams.map(\.name)
        func check(_ name: String, at path: SettingPath) {
            guard !teams.contains(name) else { return }
            let fix = teams.isEmpty ? "; declare it under teams" : Words.suggestion(for: name, among: teams)
            reader.error(at: path, "unknown team \(Words.quoted(name))" + fix)
        }
        for entry in jwt.teams {
            let place = path.key("teams").key(entry.key)
            for team in entry.values { check(team, at: place) }
            if entry.values.count > 1 { reader.error(at: place, "names several teams; one of them pays") }
        }
        if let team = jwt.team { check(team, at: path.key("team")) }
        if jwt.claims.team == nil, !jwt.teams.isEmpty {
            reader.error(at: path.key("teams"), "has no claim to look at; write claims: { team: groups }")
        }
        if jwt.claims.team == nil, jwt.team == nil, !jwt.name.isEmpty {
            reader.warning(
                at: path, "lets in only those whom claims.caller names among callers; write claims.team, or team")
        }
    }
}
