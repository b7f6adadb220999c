import Crypto
import GatewayTypes

/// What no single setting can tell: whether the settings agree with each other.
struct ConfigurationChecks {
    let configuration: Configuration
    let reader: SettingReader
    let knowledge: ConfigurationKnowledge

    func run() {
        checkPeople()
        checkKeys()
        checkAccess()
        checkPorts()
        AdminChecks(configuration: configuration, reader: reader).run()
        checkTLS()
        checkProviders()
        checkPrices()
        checkModels()
        RoutingChecks(configuration: configuration, reader: reader).checkRouting()
        JWTChecks(configuration: configuration, reader: reader, knowledge: knowledge).run()
        ClassifierChecks(configuration: configuration, reader: reader).run()
        CacheChecks(configuration: configuration, reader: reader).run()
        LimitChecks(configuration: configuration, reader: reader).run()
        PermissionChecks(configuration: configuration, reader: reader).run()
        TemplateChecks(configuration: configuration, reader: reader).run()
        CalloutChecks(configuration: configuration, reader: reader).run()
        GuardrailChecks(configuration: configuration, reader: reader).run()
        BudgetChecks(configuration: configuration, reader: reader).run()
        checkTelemetry()
        ContentChecks(configuration: configuration, reader: reader).run()
        checkStorage()
    }

    // MARK: Who calls

    private func checkPeople() {
        let teams = configuration.teams.map(\.name)
        let withKey = Set(configuration.keys.map(\.caller))
        for caller in configuration.callers {
            let path = SettingPath.root.key("callers").key(caller.name)
            known(caller.team, among: teams, as: "team", list: "teams", at: path.key("team"))
            // Who has an admin key can make keys while Weir runs; a token may name any caller.
            if !withKey.contains(caller.name), configuration.admin.answersNobody, configuration.jwt.isEmpty {
                reader.warning(at: path, "has no key and can never call; add one to keys")
            }
        }
    }

    private func checkKeys() {
        let callers = configuration.callers.map(\.name)
        var digests: [String: Int] = [:]
        var values: [String: Int] = [:]
        var aliases: [String: Int] = [:]
        for (position, key) in configuration.keys.enumerated() {
            let path = SettingPath.root.key("keys").index(position)
            known(key.caller, among: callers, as: "caller", list: "callers", at: path.key("caller"))
            let hasKey = reader.isWritten(path.key("key"))
            let hasDigest = reader.isWritten(path.key("sha256"))
            if hasKey && hasDigest { reader.error(at: path, "holds key and sha256; keep one of them") }
            if !hasKey && !hasDigest && key.certificate == nil {
                reader.error(at: path, "holds no key; write key: env:NAME, sha256 or certificate")
            }
            check(key.certificate, beside: hasKey || hasDigest, at: path)
            // Unresolved secrets are told apart by where they are.
            let value = key.key.map { $0.exposed ?? $0.origin }
            let digest = key.sha256 ?? key.key?.exposed.flatMap { knowledge.sha256?($0) }
            let first = digest.flatMap { digests[$0] } ?? value.flatMap { values[$0] }
            if let first {
                reader.error(at: path, "is the same key as keys[\(first)]; one key can name one caller only")
            }
            if let digest { digests[digest] = digests[digest] ?? position }
            if let value { values[value] = values[value] ?? position }
            if let alias = key.alias, let other = aliases.updateValue(position, forKey: alias) {
                let message =
                    "alias \(Words.quoted(alias)) is that of keys[\(other)] too; logs could not tell them apart"
                reader.error(at: path.key("alias"), message)
            }
        }
    }

    private func check(_ certificate: String?, beside other: Bool, at path: SettingPath) {
        guard let certificate else { return }
        if other { reader.error(at: path, "holds a key and a certificate; write an entry for each") }
        let prefix = Identities.fingerprintPrefix
        if certificate.hasPrefix(prefix), Identities.bytes(String(certificate.dropFirst(prefix.count))) == nil {
            reader.error(
                at: path.key("certificate"),
                "is no fingerprint; write sha256: and 64 hexadecimal digits: openssl x509 -in FILE -outform DER | sha256sum"
            )
        }
        if configuration.tls.map({ $0.clientCertificates == .none || !$0.ports.contains(.listen) }) ?? true {
            reader.error(
                at: path.key("certificate"),
                "never counts: no client is asked for a certificate; set tls.client_certificates and tls.client_ca")
        }
    }

    private func checkTLS() {
        guard let tls = configuration.tls else { return }
        let path = SettingPath.root.key("tls")
        if tls.certificates.isEmpty {
            reader.error(
                at: path, "has no certificate; write certificates: [{ certificate: FILE, key: FILE }], or leave tls out"
            )
        }
        if tls.ports.isEmpty { reader.error(at: path.key("ports"), "names no port; leave it out to encrypt all three") }
        if tls.clientCertificates != .none && tls.clientAuthorities == nil {
            reader.error(
                at: path.key("client_certificates"), "has no authorities to trust; write client_ca: FILE")
        }
        if tls.clientAuthorities != nil && tls.clientCertificates == .none {
            reader.warning(at: path.key("client_ca"), "is not used: client_certificates is none")
        }
        guard reader.resolvesSecrets, !tls.certificates.isEmpty else { return }
        if let problem = knowledge.tlsProblem?(tls.settings(asks: tls.clientAuthorities != nil)) {
            reader.error(at: path, problem)
        }
    }

    private func checkAccess() {
        let address = configuration.listen.address
        if configuration.keys.isEmpty && configuration.jwt.isEmpty && !configuration.anonymous {
            let path = SettingPath.root.key("keys")
            if configuration.admin.answersNobody || configuration.callers.isEmpty {
                let message =
                    "nobody could call: there are no keys; add keys: [{ caller: NAME, key: env:NAME }], or write "
                    + "anonymous: true"
                reader.error(at: path, message)
            } else {
                reader.warning(
                    at: path, "there are none: nobody can call until one is made with weir keys create --caller NAME")
            }
        }
        if !address.isLoopback && !(configuration.tls?.ports.contains(.listen) ?? false) {
            reader.warning(
                at: SettingPath.root.key("listen"),
                "keys and prompts reach \(address) unencrypted; set tls, or let a proxy in front of it encrypt")
        }
        if configuration.anonymous && !address.isLoopback {
            let message = "anybody who reaches \(address) can call without a key and spend money"
            reader.warning(at: SettingPath.root.key("anonymous"), message)
        }
    }

    private func checkPorts() {
        let ports = [
            ("listen", configuration.listen.address), ("metrics", configuration.metrics.address),
            ("admin", configuration.admin.address),
        ]
        for (position, (name, address)) in ports.enumerated() {
            for (other, taken) in ports[..<position] where address.collides(with: taken) {
                // Blames the one that is written, so that the message points at a line of the file.
                let blamed = reader.isWritten(SettingPath.root.key(name)) ? (name, other) : (other, name)
                let message = "port \(address.port) is that of \(blamed.1) too; give each its own"
                reader.error(at: SettingPath.root.key(blamed.0), message)
            }
        }
    }

    // MARK: Where to

    private func checkProviders() {
        for provider in configuration.providers {
            let url = provider.baseURL
            let sent = [provider.key] + provider.keys.map(\.key)
            let isSent = sent.contains { $0 != nil && ($0?.exposed != nil || !reader.resolvesSecrets) }
            guard isSent, !url.isTLS, !url.isLoopback, !url.host.isEmpty else { continue }
            let path = SettingPath.root.key("providers").key(provider.name).key("base_url")
            reader.warning(at: path, "the key is sent to \(url.host) unencrypted; write https://")
        }
        for provider in configuration.providers {
            checkAccess(of: provider, at: SettingPath.root.key("providers").key(provider.name))
        }
    }

    private func checkAccess(of provider: Configuration.Provider, at path: SettingPath) {
        if provider.key != nil, provider.aws != nil || provider.google != nil {
            reader.error(at: path.key("key"), "stands beside aws or google; keep one of them")
        }
        if let aws = provider.aws, (aws.accessKeyID == nil) != (aws.secretAccessKey == nil) {
            reader.error(at: path.key("aws"), "needs access_key_id and secret_access_key, or neither")
        }
        let fits: [Configuration.Hosting] =
            switch provider.dialect {
            case .openai: [.native, .azure]
            case .responses, .bedrock, .cohere: [.native]
            case .anthropic: [.native, .vertex]
            case .gemini: [.native, .vertex]
            }
        if !fits.contains(provider.hosting) {
            let message =
                "\(provider.hosting.rawValue) does not host the dialect \(provider.dialect.rawValue); write "
                + Words.list(fits.map(\.rawValue))
            reader.error(at: path.key("hosting"), message)
        }
        if let complaint = ProviderAddress(provider: provider).complaint {
            reader.warning(at: path.key("base_url"), complaint)
        }
        ProviderKeyChecks(provider: provider, path: path, reader: reader).run()
        if provider.dialect == .bedrock, provider.key == nil, provider.aws == nil, provider.keys.isEmpty {
            reader.error(at: path, "proves itself to AWS by a key or by aws: { region: … }; write one of them")
        }
    }

    private func checkPrices() {
        let providers = configuration.providers.map(\.name)
        for (position, price) in configuration.prices.overrides.enumerated() {
            let path = SettingPath.root.key("prices").key("overrides").index(position)
            known(price.provider, among: providers, as: "provider", list: "providers", at: path.key("provider"))
            if price.isEmpty { reader.error(at: path, "holds no price; write one, for example input: 1.25") }
            let earlier = configuration.prices.overrides[..<position].contains {
                $0.provider == price.provider && $0.model == price.model && $0.effectiveFrom == price.effectiveFrom
            }
            if earlier && !price.model.isEmpty {
                reader.error(at: path, "prices the same model from the same day as an earlier entry; keep one of them")
            }
        }
    }

    private func checkModels() {
        let path = SettingPath.root.key("models")
        if configuration.models.isEmpty, !reader.hasProblem(within: path) {
            let message = "there are no models; write one, for example models: { smart: { targets: [openai/gpt-5] } }"
            reader.error(at: path, message)
        }
        for model in configuration.models {
            let place = path.key(model.name)
            if model.targets.isEmpty, !reader.hasProblem(within: place) {
                reader.error(at: place.key("targets"), "leads nowhere; write a target, for example [openai/gpt-5]")
            }
            RoutingChecks(configuration: configuration, reader: reader).check(model, at: place)
            for (position, target) in model.targets.enumerated() {
                check(target, of: model, at: place.key("targets").index(position))
            }
            if let shadow = model.shadow {
                check(shadow.target, of: model, at: place.key("shadow").key("target"))
            }
            if let canary = model.canary {
                check(canary.target, of: model, at: place.key("canary").key("target"))
            }
        }
    }

    private func check(_ target: Configuration.ModelTarget, of model: Configuration.Model, at path: SettingPath) {
        let providers = configuration.providers.map(\.name)
        known(target.provider, among: providers, as: "provider", list: "providers", at: path.key("provider"))
        RoutingChecks(configuration: configuration, reader: reader).check(target, of: model, at: path)
        guard let provider = configuration.provider(named: target.provider), !target.model.isEmpty else { return }
        if !isPriced(provider, target.model) {
            let message =
                "no price is known for \(Words.shortened(target.model)) of \(provider.name): its cost will be "
                + "counted as unpriced; add it to prices.overrides"
            reader.warning(at: path, message)
        }
    }

    private func isPriced(_ provider: Configuration.Provider, _ model: String) -> Bool {
        let isOverridden = configuration.prices.overrides.contains {
            $0.provider == provider.name && $0.model == model
        }
        if isOverridden { return true }
        switch configuration.prices.catalog {
        case .none: return false
        case .builtIn: return knowledge.isPriced?(provider, model) ?? true
        }
    }

    // MARK: What is written down

    private func checkTelemetry() {
        let path = SettingPath.root.key("telemetry")
        if configuration.telemetry.traces != nil && configuration.telemetry.spans == .off {
            reader.warning(at: path.key("traces"), "nothing is sent, because telemetry.spans is off")
        }
        checkBaggage(at: path)
        for destination in configuration.telemetry.destinations {
            let place = path.key("destinations").key(destination.name)
            if ["otlp", "renderer"].contains(destination.name) {
                reader.error(at: place, "is a name that metrics use already; choose another")
            }
            if destination.signals.isEmpty {
                reader.error(at: place.key("signals"), "is empty; write traces, logs or metrics, or leave it out")
            }
            checkFilter(of: destination, at: place)
        }
    }

    private func checkFilter(of destination: Configuration.Destination, at path: SettingPath) {
        let routes = configuration.models.map(\.name)
        for (position, route) in destination.routes.enumerated() {
            known(route, among: routes, as: "route", list: "models", at: path.key("routes").index(position))
        }
        let teams = configuration.teams.map(\.name)
        for (position, team) in destination.teams.enumerated() {
            known(team, among: teams, as: "team", list: "teams", at: path.key("teams").index(position))
        }
        if destination.isFiltered && destination.signals == [.metrics] {
            let message = "only, routes and teams choose among traces and logs, and it gets neither; take them out"
            reader.error(at: path, message)
        }
        if !destination.signals.contains(.metrics), destination.histograms != nil || destination.temporality != nil {
            reader.error(at: path, "histograms and temporality are of metrics, which it does not get; take them out")
        }
    }

    private func checkBaggage(at path: SettingPath) {
        let telemetry = configuration.telemetry
        let own = ["weir.", "gen_ai.", "http.", "url.", "server.", "client.", "error.", "user_agent."]
        for (position, key) in telemetry.baggage.enumerated() {
            guard let taken = own.first(where: { key.hasPrefix($0) }) else { continue }
            let message = "clients could overwrite what Weir says itself under \(taken)*; take it out"
            reader.error(at: path.key("baggage").index(position), message)
        }
        if !telemetry.baggage.isEmpty, telemetry.trustIncoming == .never || !telemetry.propagators.contains(.baggage) {
            let cause = telemetry.trustIncoming == .never ? "trust_incoming is never" : "propagators does not name it"
            reader.warning(at: path.key("baggage"), "is never read, because telemetry.\(cause)")
        }
    }

    private func checkStorage() {
        guard configuration.storage.path == configuration.storage.journal else { return }
        let path = SettingPath.root.key("storage").key("journal")
        reader.error(at: path, "is the same file as storage.path; give each its own")
    }

    /// Reports a name that nothing declares. What is empty was reported as missing already.
    private func known(_ name: String, among names: [String], as kind: String, list: String, at path: SettingPath) {
        guard !name.isEmpty, !names.contains(name) else { return }
        let fix = names.isEmpty ? "; declare it under \(list)" : Words.suggestion(for: name, among: names)
        reader.error(at: path, "unknown \(kind) \(Words.quoted(name))" + fix)
    }
}
