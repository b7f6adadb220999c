extension Configuration.Guardrail {
    /// The schema of what comes back.
    struct Schema: Sendable {
        var schema = ""
        var repair: String?
        var repairTokensMax = 4_096

        static let field = Field<Configuration.Guardrail>(
            "schema", optional: \.schema, .section(section),
            "Of `kind: schema`: what comes back must be JSON of a schema.")

        static let section = Section<Schema>(
            "guardrail schema", "What comes back must be JSON that satisfies a schema.", empty: { Schema() },
            fields: [
                Field(
                    "schema", \.schema, .text("a JSON schema", characterCountMax: 65_536),
                    required: "'{\"type\": \"object\"}'",
                    "A JSON schema (2020-12), as JSON. Which keywords are known: [Guardrails](guardrails.md)."),
                Field(
                    "repair", optional: \.repair, .name(of: "a model"),
                    "Which of `models` is sent a reply that does not fit, once, with what is wrong; what it answers takes the "
                        + "reply's place where it fits. Its cost is the caller's, with the purpose `guardrail`."),
                Field("repair_tokens_max", \.repairTokensMax, .integer(1...100_000), "The most that it may answer."),
            ],
            shorthand: .init(shape: .text("a JSON schema", pattern: nil)) { tree, path, reader, root in
                if let text = Kind<String>.text("a JSON schema", characterCountMax: 65_536).read(tree, path, reader) {
                    root.schema = text
                }
            })
    }
}
