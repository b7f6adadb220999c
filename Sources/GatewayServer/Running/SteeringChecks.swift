import Budgets
import GatewayTypes
import Routing
import Telemetry

/// Whether what an operator writes means something to the configuration in force.
struct SteeringChecks {
    let blueprint: Blueprint

    /// Throws with all that is wrong. The result: seconds until it ends by itself; nil: never.
    func check(_ kind: Steering.Kind, _ name: String, _ spec: SettingTree) throws(AdminProblem) -> Double? {
        let reader = Self.reader()
        let seconds: Double?
        switch kind {
        case .overrides:
            let read = Configuration.OverrideSpec.section.read(spec, at: .root, reader)
            if let fault = Kind<String>.nameFault(name) { reader.error(at: SettingPath.root.key("name"), fault) }
            check(read, reader)
            seconds = read.expiresInSeconds
        case .drains:
            seconds = Configuration.DrainSpec.section.read(spec, at: .root, reader).expiresInSeconds
            check(Self.place(name), reader)
        }
        let problems = reader.sortedProblems
        guard !problems.isEmpty else { return seconds }
        var problem = AdminProblem(.invalid, problems.map { "\($0.path): \($0.message)" }.joined(separator: "; "))
        problem.errors = problems.map {
            AdminProblem.Detail(field: $0.path.isEmpty ? "body" : $0.path, message: $0.message)
        }
        throw problem
    }

    private func check(_ spec: Configuration.OverrideSpec, _ reader: SettingReader) {
        switch spec.action {
        case .reroute:
            let routes = blueprint.routes.routes.map(\.name.text)
            known(spec.from, "from", among: routes, as: "model", reader)
            known(spec.to, "to", among: routes, as: "model", reader)
            if let from = spec.from, from == spec.to {
                reader.error(at: SettingPath.root.key("to"), "is the model that was asked for; write another")
            }
            let teams = blueprint.declared.teams.map(\.text)
            for team in spec.teams { known(team, "team", among: teams, as: "team", reader) }
            refuse([("budget", spec.budget), ("rule", spec.rule)], with: "reroute", reader)
        case .hold:
            let budgets = blueprint.budgets.definitions
            known(spec.budget, "budget", among: budgets.map(\.name.text), as: "budget", reader)
            if let rule = spec.rule, let budget = budgets.first(where: { $0.name.text == spec.budget }) {
                known(rule, "rule", among: budget.rules.map(\.name.text), as: "rule", reader)
            }
            refuse([("from", spec.from), ("to", spec.to), ("team", spec.teams.first)], with: "hold", reader)
        }
    }

    private func check(_ place: Drains.Place, _ reader: SettingReader) {
        let targets = blueprint.routes.targets
        let path = SettingPath.root.key("target")
        guard targets.contains(where: { $0.provider.text == place.provider }) else {
            let providers = Array(Set(targets.map(\.provider.text))).sorted()
            reader.error(
                at: path,
                "unknown provider \(Words.quoted(place.provider))"
                    + Words.suggestion(for: place.provider, among: providers))
            return
        }
        guard let model = place.model else { return }
        let models = targets.filter { $0.provider.text == place.provider }.map(\.servedModel.text)
        guard !models.contains(model) else { return }
        reader.error(
            at: path, "unknown model \(Words.quoted(model))" + Words.suggestion(for: model, among: models))
    }

    private func known(
        _ name: String?, _ field: String, among names: [String], as kind: String, _ reader: SettingReader
    ) {
        let path = SettingPath.root.key(field)
        guard !reader.hasProblem(within: path) else { return }
        guard let name else { return reader.error(at: path, "missing; write the name of a \(kind)") }
        guard !names.contains(name) else { return }
        reader.error(at: path, "unknown \(kind) \(Words.quoted(name))" + Words.suggestion(for: name, among: names))
    }

    private func refuse(_ fields: [(String, String?)], with action: String, _ reader: SettingReader) {
        for (field, value) in fields where value != nil {
            reader.error(at: SettingPath.root.key(field), "means nothing for \(action); take it out")
        }
    }

    private static func reader() -> SettingReader {
        SettingReader(file: "", directory: "", environment: [:], resolvesSecrets: false)
    }

    /// An override that was checked when it was made.
    static func override(_ spec: SettingTree) -> Configuration.OverrideSpec {
        Configuration.OverrideSpec.section.read(spec, at: .root, reader())
    }

    /// `openai` or `openai/gpt-5`, split at the first slash.
    static func place(_ target: String) -> Drains.Place {
        let parts = target.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        return Drains.Place(provider: String(parts[0]), model: parts.count > 1 ? String(parts[1]) : nil)
    }
}
