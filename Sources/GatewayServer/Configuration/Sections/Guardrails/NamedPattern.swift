import GatewayTypes

extension Configuration.Guardrail {
    /// A regular expression, by the reason that is told where it matches.
    struct NamedPattern: Sendable {
        var reason = ""
        var pattern = ""
        var reachBytes = 256
        var ignoresCase = false

        /// As RE2 is given it.
        var source: String { ignoresCase ? "(?i)" + pattern : pattern }

        static let field = Field<Configuration.Guardrail>(
            "patterns", \.patterns, .table(of: "a reason", section, name: \.reason),
            "Of `kind: patterns`: regular expressions in RE2's syntax by the reason that is told: "
                + "`{ employee: 'EMP-[0-9]{6}' }`.")

        static let section = Section<NamedPattern>(
            "guardrail pattern", "A regular expression; `reason: 'EMP-[0-9]{6}'` for short.",
            empty: { NamedPattern() },
            fields: [
                Field(
                    "pattern", \.pattern, .text("a pattern", characterCountMax: 4_000), required: "'EMP-[0-9]{6}'",
                    "In RE2's syntax: no look-around and no back-references, and never slow."),
                Field(
                    "reach", \.reachBytes, .bytes("1B", "16KiB"),
                    "The longest match. A stream is held back that far; of a longer match only a part may be found in it."
                ),
                Field("ignore_case", \.ignoresCase, .boolean, "Whether case makes no difference."),
            ],
            shorthand: .init(shape: .text("a pattern", pattern: nil)) { tree, path, reader, root in
                if let text = Kind<String>.text("a pattern", characterCountMax: 4_000).read(tree, path, reader) {
                    root.pattern = text
                }
            })
    }
}
