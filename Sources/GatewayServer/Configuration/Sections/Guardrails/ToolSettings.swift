extension Configuration.Guardrail {
    /// Tools that may be called, and with what.
    struct Tools: Sendable {
        var allowed: [String] = []
        var denied: [String] = []
        var arguments: [ToolArguments] = []

        var isEmpty: Bool { allowed.isEmpty && denied.isEmpty && arguments.isEmpty }

        static let field = Field<Configuration.Guardrail>(
            "tools", \.tools, .section(section), "Of `kind: tools`: which tools may be called, and with what.")

        static let section = Section<Tools>(
            "guardrail tools", "Which tools may be called, and with what.", empty: { Tools() },
            fields: [
                Field(
                    "allow", \.allowed, .listOrOne(of: .text("a tool's name")),
                    "Names of tools; `*` at the beginning or end stands for anything. All others are denied. All may be called "
                        + "when left out."),
                Field("deny", \.denied, .listOrOne(of: .text("a tool's name")), "Names that are denied even so."),
                Field(
                    "arguments", \.arguments, .table(of: "a tool", ToolArguments.section, name: \.tool),
                    "JSON schemas of arguments by the tool's name: what does not fit is denied."),
            ])
    }

    /// The schema of a tool's arguments.
    struct ToolArguments: Sendable {
        var tool = ""
        var schema = ""

        static let section = Section<ToolArguments>(
            "guardrail tool", "What a tool may be called with; `tool: '{\"type\": …}'` for short.",
            empty: { ToolArguments() },
            fields: [
                Field(
                    "schema", \.schema, .text("a JSON schema", characterCountMax: 65_536),
                    required: "'{\"type\": \"object\"}'",
                    "A JSON schema, as JSON.")
            ],
            shorthand: .init(shape: .text("a JSON schema", pattern: nil)) { tree, path, reader, root in
                if let text = Kind<String>.text("a JSON schema", characterCountMax: 65_536).read(tree, path, reader) {
                    root.schema = text
                }
            })
    }
}
