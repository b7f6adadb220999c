import Guardrails

extension Configuration.Guardrail {
    /// Languages that may be spoken.
    struct Language: Sendable {
        enum Unknown: String, CaseIterable, Sendable { case pass, deny }

        var allowed: [TextLanguage] = []
        var unknown = Unknown.pass

        static let field = Field<Configuration.Guardrail>(
            "language", \.language, .section(section), "Of `kind: language`: languages that may be spoken.")

        static let section = Section<Language>(
            "guardrail language", "Languages that may be spoken, by script and commonest words.", empty: { Language() },
            fields: [
                Field(
                    "allow", \.allowed, .listOrOne(of: .choice),
                    "ISO 639-1 codes. Of what is sent, what the user says is looked at."),
                Field(
                    "unknown", \.unknown, .choice,
                    "What follows for text of 64 bytes or more whose language cannot be told: code, lists, languages that are "
                        + "not known. Short texts always pass."),
            ])
    }
}
