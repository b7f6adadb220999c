import Budgets
import GatewayTypes
import Limits

/// What `weir check` prints for people: every problem, or what the configuration means in plain English.
public enum ConfigurationReport {
    public static func lines(_ result: Result<LoadedConfiguration, ConfigurationProblems>) -> [String] {
        switch result {
        case .failure(let problems):
            let errors = count(problems.errors.count, "error")
            let warnings = count(problems.warnings.count, "warning")
            let total = problems.warnings.isEmpty ? errors : "\(errors), \(warnings)"
            return problems.problems.map(\.description) + ["", "\(total)."]
        case .success(let loaded):
            var lines = loaded.warnings.map(\.description)
            if !lines.isEmpty { lines.append("") }
            lines += summary(of: loaded.configuration)
            lines.append("")
            let warnings = loaded.warnings.isEmpty ? "" : ", \(count(loaded.warnings.count, "warning"))"
            lines.append("No errors\(warnings).")
            return lines
        }
    }

    /// The configuration in plain English.
    public static func summary(of configuration: Configuration) -> [String] {
        var lines = ["Clients may ask for \(count(configuration.models.count, "model")):"]
        lines += configuration.models.map { "  " + sentence(for: $0) + extras(of: $0) }
        lines.append(people(configuration))
        lines += limits(configuration)
        lines += budgets(configuration)
        lines.append(openings(configuration))
        lines.append(observers(configuration.telemetry))
        let storage = configuration.storage
        let retention = DurationText.text(seconds: storage.retentionSeconds)
        lines.append("The ledger is \(storage.path); single exchanges are kept for \(retention).")
        lines += firstCall(configuration)
        return lines
    }

    /// Each budget, and under it each of its rules, in plain English; empty where there is no budget.
    static func budgets(_ configuration: Configuration) -> [String] {
        let definitions = BudgetDesk.definitions(configuration, names: NameBook(configuration))
        guard !definitions.isEmpty else { return [] }
        return [definitions.count == 1 ? "One budget holds:" : "\(definitions.count) budgets hold:"]
            + definitions.flatMap { budget in
                ["  " + budget.plainEnglish] + budget.rules.map { "    " + budget.plainEnglish(of: $0) }
            }
    }

    /// Each limit in plain English; empty where there is none.
    static func limits(_ configuration: Configuration) -> [String] {
        let definitions = LimitDesk.definitions(configuration, names: NameBook(configuration))
        guard !definitions.isEmpty else { return [] }
        return [definitions.count == 1 ? "One limit holds:" : "\(definitions.count) limits hold:"]
            + definitions.map { "  " + $0.plainEnglish }
    }

    private static func sentence(for model: Configuration.Model) -> String {
        let names = model.targets.map {
            "\($0.provider)/\($0.model)" + ($0.when == nil ? "" : " (for some requests)")
        }
        switch model.effectiveStrategy {
        case .ordered:
            return "\(model.name): " + names.joined(separator: ", then ")
        case .weighted:
            let total = model.targets.reduce(0) { $0 + $1.weight }
            let shares = zip(names, model.targets).map { name, target in
                "\(share(target.weight, of: total)) to \(name)"
            }
            return "\(model.name): " + shares.joined(separator: ", ")
        case .lowestLatency:
            let measure = model.latency == .firstToken ? "time to the first token" : "time per token"
            return "\(model.name): what has the lowest \(measure) of " + Words.list(names)
        case .lowestCost: return "\(model.name): what is cheapest for the request of " + Words.list(names)
        case .leastOutstanding: return "\(model.name): what has the fewest requests under way of " + Words.list(names)
        case .powerOfTwo: return "\(model.name): the less busy of two drawn from " + Words.list(names)
        case .sticky:
            let key =
                switch model.stickyBy {
                case .session: "session"
                case .caller: "caller"
                case .promptPrefix: "beginning of the prompt"
                }
            return "\(model.name): always the same one for the same \(key) of " + Words.list(names)
        case .bestQualityUnder:
            let amount = model.bestQualityUnder?.description ?? "0"
            return "\(model.name): the best scored that is expected to cost at most \(amount) USD, of "
                + Words.list(names)
        }
    }

    /// What is tried beside the targets, and when.
    private static func extras(of model: Configuration.Model) -> String {
        var text = ""
        if let hedge = model.hedge {
            let after =
                switch hedge.after {
                case .percentile(let part): "what \(Int((part * 100).rounded())) % of its replies took"
                case .seconds(let seconds): DurationText.text(seconds: seconds)
                }
            text += "; the next one is asked too after \(after)"
        }
        if let canary = model.canary {
            text += "; \(canary.sharePercent) % try \(canary.target.provider)/\(canary.target.model) first"
        }
        if let shadow = model.shadow {
            text += "; \(shadow.sharePercent) % are copied to \(shadow.target.provider)/\(shadow.target.model)"
        }
        return text
    }

    /// In per cent, to one place, rounded half up.
    private static func share(_ weight: Int, of total: Int) -> String {
        let permille = (weight * 2000 / max(1, total) + 1) / 2
        return permille % 10 == 0 ? "\(permille / 10) %" : "\(permille / 10).\(permille % 10) %"
    }

    private static func people(_ configuration: Configuration) -> String {
        let teams = Dictionary(
            configuration.callers.map { ($0.name, $0.team) }, uniquingKeysWith: { first, _ in first })
        var names: [String] = []
        for key in configuration.keys where !names.contains(key.caller) { names.append(key.caller) }
        let shown = names.prefix(10).map { "\($0) (team \(teams[$0] ?? "?"))" }
        let rest = names.count > 10 ? " and \(names.count - 10) more" : ""
        switch (names.isEmpty, configuration.anonymous) {
        case (true, false): return "Only with a key made by weir keys create may call."
        case (true, true): return "Anybody may call, without a key."
        case (false, true): return "Anybody may call; known by their keys: \(shown.joined(separator: ", "))\(rest)."
        case (false, false): return "Only with a key may call: \(shown.joined(separator: ", "))\(rest)."
        }
    }

    private static func openings(_ configuration: Configuration) -> String {
        let reach = configuration.listen.address.isLoopback ? "this machine only" : "other machines too"
        let admin =
            configuration.admin.answersNobody
            ? "the admin API answers nobody, because admin.key is not set"
            : "the admin API is on \(configuration.admin.address)"
        return "Weir listens on \(configuration.listen.address), for \(reach); \(admin)."
    }

    private static func observers(_ telemetry: Configuration.Telemetry) -> String {
        var parts = [telemetry.metrics ? "metrics are counted" : "metrics are off"]
        switch telemetry.traces {
        case .some(let traces) where telemetry.spans != .off: parts.append("traces go to \(traces.endpoint.text)")
        case .some, .none:
            let isSent = telemetry.spans != .off && telemetry.destinations.contains { $0.signals.contains(.traces) }
            if !isSent { parts.append("traces go nowhere") }
        }
        for destination in telemetry.destinations {
            let signals = Words.list(destination.signals.map(\.rawValue))
            parts.append("\(signals) go to \(destination.name) at \(destination.endpoint.text)")
        }
        switch telemetry.accessLog {
        case .stdout: parts.append("the access log goes to standard output")
        case .off: parts.append("there is no access log")
        case .file(let path): parts.append("the access log goes to \(path)")
        }
        let text = Words.list(parts)
        return text.prefix(1).uppercased() + text.dropFirst() + "."
    }

    private static func firstCall(_ configuration: Configuration) -> [String] {
        guard let model = configuration.models.first else { return [] }
        var lines = [
            "Prometheus scrapes http://\(reachable(configuration.metrics.address))/metrics.", "A first call:",
            "  curl http://\(reachable(configuration.listen.address))/v1/chat/completions \\",
        ]
        if let key = configuration.keys.first {
            let value: String
            switch key.key?.source {
            case .environment(let name): value = "$" + name
            case .file(let path): value = "$(cat \(path))"
            case .literal, nil: value = "$KEY"
            }
            lines.append("    -H \"Authorization: Bearer \(value)\" \\")
        }
        lines.append("    -H 'Content-Type: application/json' \\")
        let name = JSONText.string(model.name).text().replacing("'", with: #"\u0027"#)
        lines.append("    -d '{\"model\":\(name),\"messages\":[{\"role\":\"user\",\"content\":\"Hello\"}]}'")
        return lines
    }

    /// An address that a client on this machine can use.
    private static func reachable(_ address: ListenAddress) -> String {
        guard address.isWildcard else { return address.description }
        return address.host.contains(":") ? "[::1]:\(address.port)" : "127.0.0.1:\(address.port)"
    }

    private static func count(_ number: Int, _ noun: String) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }
}
