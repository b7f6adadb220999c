import Dialects
import GatewayTypes

/// Whether templates, aliases and parameters make sense.
struct TemplateChecks {
    let configuration: Configuration
    let reader: SettingReader

    func run() {
        checkAliases()
        for model in configuration.models {
            let path = SettingPath.root.key("models").key(model.name)
            check(model.parameters, at: path.key("parameters"))
            if let system = model.system, system.prepend == nil, system.append == nil,
                !reader.hasProblem(within: path.key("system"))
            {
                reader.error(at: path.key("system"), "adds nothing; write prepend: or append:, or leave it out")
            }
        }
        for template in configuration.templates {
            check(template, at: SettingPath.root.key("templates").key(template.name))
        }
    }

    // MARK: Aliases

    private func checkAliases() {
        let names = configuration.models.map(\.name)
        var owners: [String: String] = [:]
        for model in configuration.models {
            let path = SettingPath.root.key("models").key(model.name).key("aliases")
            for (position, alias) in model.aliases.enumerated() {
                let place = path.index(position)
                if names.contains(alias) {
                    reader.error(at: place, "\(Words.quoted(alias)) is a model itself; choose another name")
                }
                if let other = owners.updateValue(model.name, forKey: alias) {
                    reader.error(at: place, "\(Words.quoted(alias)) stands for \(other) already; choose another name")
                }
                reserved(alias, at: place)
            }
            reserved(model.name, at: SettingPath.root.key("models").key(model.name))
        }
    }

    private func reserved(_ name: String, at path: SettingPath) {
        guard name == TemplateCall.modelWord, !configuration.templates.isEmpty else { return }
        reader.error(
            at: path, "clients write \(Words.quoted(name)) for the model of a template; choose another name")
    }

    // MARK: Parameters

    private func check(_ parameters: Configuration.Parameters?, at path: SettingPath) {
        guard let parameters else { return }
        for rule in parameters.rules {
            let place = path.key(rule.parameter.rawValue)
            if rule.standard == nil, rule.most == nil, rule.forced == nil, !reader.hasProblem(within: place) {
                reader.error(at: place, "says nothing; write a number, or default, max or force")
            }
            if rule.forced != nil, rule.standard != nil || rule.most != nil {
                reader.error(at: place, "holds force beside default or max, which then never count; keep one of them")
            }
            if rule.parameter == .seed, [rule.standard, rule.forced].contains(where: { $0?.contains(".") ?? false }) {
                reader.error(at: place, "a seed is a whole number")
            }
            if rule.parameter == .seed, rule.most != nil {
                reader.error(at: place.key("max"), "a seed has no largest; write default or force")
            }
            if let standard = rule.standard, let most = rule.most, (Double(standard) ?? 0) > (Double(most) ?? 0) {
                reader.error(at: place, "the default is larger than max; lower it")
            }
        }
        if let tokens = parameters.maxTokens, let standard = tokens.standard, let most = tokens.most, standard > most {
            reader.error(at: path.key("max_tokens"), "the default is larger than max; lower it")
        }
    }

    // MARK: Templates

    private func check(_ template: Configuration.Template, at path: SettingPath) {
        if let model = template.model, !models.contains(model) {
            reader.error(
                at: path.key("model"),
                "unknown model \(Words.quoted(model))\(Words.suggestion(for: model, among: models))")
        }
        if template.versions.isEmpty, !reader.hasProblem(within: path) {
            reader.error(at: path.key("versions"), "is empty; write a version with its messages")
        }
        if let standard = template.standard, !template.versions.contains(where: { $0.version == standard }) {
            reader.error(at: path.key("default"), "there is no version \(standard); write one of versions")
        }
        var seen: Set<Int> = []
        for (position, version) in template.versions.enumerated() {
            let place = path.key("versions").index(position)
            if version.version > 0, !seen.insert(version.version).inserted {
                reader.error(at: place.key("version"), "there is a version \(version.version) already; number it anew")
            }
            check(version, at: place)
        }
    }

    private var models: [String] { configuration.models.flatMap { [$0.name] + $0.aliases } }

    private func check(_ version: Configuration.TemplateVersion, at path: SettingPath) {
        let declared = version.variables.map(\.name)
        var used: Set<String> = []
        var isBegun = false
        for (position, message) in version.messages.enumerated() {
            let place = path.key("messages").index(position)
            if message.role != .system { isBegun = true }
            if message.role == .system, isBegun {
                reader.error(at: place.key("role"), "instructions come first; move it before the other messages")
            }
            for name in TemplateText.variables(in: message.content) {
                used.insert(name)
                guard let variable = version.variables.first(where: { $0.name == name }) else {
                    let fix =
                        declared.isEmpty ? "; declare it under variables" : Words.suggestion(for: name, among: declared)
                    reader.error(at: place.key("content"), "unknown variable \(Words.quoted(name))" + fix)
                    continue
                }
                if message.role == .system, variable.kind == .string {
                    reader.warning(
                        at: place.key("content"),
                        "\(name) is a client's text among instructions, where it can give orders; make it an enum, or "
                            + "move it into a user message")
                }
            }
        }
        for variable in version.variables {
            check(variable, isUsed: used.contains(variable.name), at: path.key("variables").key(variable.name))
        }
    }

    private func check(_ variable: Configuration.TemplateVariable, isUsed: Bool, at path: SettingPath) {
        if !TemplateText.isName(variable.name) {
            reader.error(at: path, "is not the name of a variable; write letters, digits and _, a letter first")
        } else if !isUsed {
            reader.warning(at: path, "stands in no message; write {{\(variable.name)}} there, or take it out")
        }
        if variable.kind == .choice, variable.values.isEmpty {
            reader.error(at: path, "an enum needs values: [one, other]")
        }
        if variable.kind != .choice, !variable.values.isEmpty {
            reader.error(at: path.key("values"), "are those of an enum; write type: enum")
        }
        if variable.kind != .string, reader.isWritten(path.key("max_length")) {
            reader.error(at: path.key("max_length"), "is of a string; take it out")
        }
        let known = TemplateVariable(name: variable.name, kind: TemplateDesk.kind(variable))
        if let standard = variable.standard, !known.accepts(standard: standard) {
            reader.error(at: path.key("default"), "is not what the variable may be (\(variable.kind.rawValue))")
        }
    }
}
