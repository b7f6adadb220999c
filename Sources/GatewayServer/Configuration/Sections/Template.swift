extension Configuration {
    /// Messages with holes for variables, that clients ask for by name.
    public struct Template: Sendable {
        public internal(set) var name = ""
        /// One of `models`; nil: the client names it.
        public internal(set) var model: String?
        /// Nil: the highest version.
        public internal(set) var standard: Int?
        public internal(set) var versions: [TemplateVersion] = []

        static let section = Section<Template>(
            "template", "Messages that clients ask for by name, with variables in them. See [Templates](templates.md).",
            empty: { Template() },
            fields: [
                Field(
                    "model", optional: \.model, .name(of: "a model"),
                    "The model where the client names none, or writes `template`; one of `models`."),
                Field(
                    "default", optional: \.standard, .integer(1...1_000_000),
                    "The version where the client names none; the highest when left out."),
                Field(
                    "versions", \.versions, .list(of: .section(TemplateVersion.section), countMax: 100),
                    required: "[{ version: 1, messages: [{ role: user, content: \"…\" }] }]",
                    "Its versions; one that clients use is best left as it is."),
            ])
    }

    public struct TemplateVersion: Sendable {
        public internal(set) var version = 0
        public internal(set) var messages: [TemplateMessage] = []
        public internal(set) var variables: [TemplateVariable] = []

        static let section = Section<TemplateVersion>(
            "template version", "The text of a template.",
            empty: { TemplateVersion() },
            fields: [
                Field("version", \.version, .integer(1...1_000_000), required: "1", "Its number."),
                Field(
                    "messages", \.messages, .list(of: .section(TemplateMessage.section), countMax: 100),
                    required: "[{ role: user, content: \"…\" }]", "In the order of the conversation, `system` first."),
                Field(
                    "variables", \.variables, .table(of: "a variable", TemplateVariable.section, name: \.name),
                    "What `{{name}}` in messages stands for."),
            ])
    }

    public struct TemplateMessage: Sendable {
        public enum Role: String, CaseIterable, Sendable { case system, user, assistant }

        public internal(set) var role = Role.user
        public internal(set) var content = ""

        static let section = Section<TemplateMessage>(
            "template message", "One turn of a template.",
            empty: { TemplateMessage() },
            fields: [
                Field("role", \.role, .choice, "Who says it."),
                Field(
                    "content", \.content, .prose, required: "Summarise: {{text}}",
                    "What is said; `{{name}}` is a variable."),
            ])
    }

    public struct TemplateVariable: Sendable {
        public enum Kind: String, CaseIterable, Sendable {
            case string, integer, number, boolean
            case choice = "enum"
        }

        public internal(set) var name = ""
        public internal(set) var kind = Kind.string
        public internal(set) var values: [String] = []
        /// As it is written; nil: the client must give it.
        public internal(set) var standard: String?
        public internal(set) var lengthMax = 10_000

        static let section = Section<TemplateVariable>(
            "template variable", "What a client may put into a template.",
            empty: { TemplateVariable() },
            fields: [
                Field("type", \.kind, .choice, "What it must be in the client's JSON."),
                Field(
                    "values", \.values, .list(of: .text("a value"), countMax: 1000), "The words that an `enum` may be."),
                Field(
                    "default", optional: \.standard, .prose,
                    "What stands there when the client gives none; without it the client must."),
                Field(
                    "max_length", \.lengthMax, .integer(1...10_000_000), "The most characters of a `string`."),
            ])
    }
}
