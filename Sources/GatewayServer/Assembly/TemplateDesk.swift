import Dialects
import GatewayTypes

/// The configuration's templates, and what its models change in requests, ready to be used.
enum TemplateDesk {
    /// Nil where there are none.
    static func book(_ configuration: Configuration, names: NameBook) -> TemplateBook? {
        guard !configuration.templates.isEmpty else { return nil }
        return TemplateBook(
            configuration.templates.map { template in
                TemplateBook.Entry(
                    name: names.templates[template.name], model: template.model,
                    standard: template.standard ?? template.versions.map(\.version).max() ?? 1,
                    versions: template.versions.map(version))
            })
    }

    private static func version(_ written: Configuration.TemplateVersion) -> PromptTemplate {
        PromptTemplate(
            version: written.version,
            turns: written.messages.map { PromptTemplate.Turn(role: role($0.role), text: $0.content) },
            variables: written.variables.map {
                TemplateVariable(name: $0.name, kind: kind($0), standard: $0.standard)
            })
    }

    private static func role(_ written: Configuration.TemplateMessage.Role) -> ChatMessage.Role {
        switch written {
        case .system: .system
        case .user: .user
        case .assistant: .assistant
        }
    }

    static func kind(_ written: Configuration.TemplateVariable) -> TemplateVariable.Kind {
        switch written.kind {
        case .string: .text(lengthMax: written.lengthMax)
        case .integer: .integer
        case .number: .number
        case .boolean: .boolean
        case .choice: .choice(written.values)
        }
    }

    /// Nil where the model changes nothing.
    static func decoration(_ model: Configuration.Model) -> Decoration? {
        var edit = RequestEdit()
        edit.systemBefore = [model.system?.prepend].compactMap { $0 }
        edit.systemAfter = [model.system?.append].compactMap { $0 }
        edit.parameters = model.parameters?.rules ?? []
        let tokens = model.parameters?.maxTokens
        guard !edit.isEmpty || tokens != nil else { return nil }
        return Decoration(
            edit: edit, outputTokensStandard: tokens?.standard.map(Int64.init),
            outputTokensMax: tokens?.most.map(Int64.init))
    }
}
