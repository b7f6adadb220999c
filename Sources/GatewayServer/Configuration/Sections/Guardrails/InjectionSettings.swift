import Guardrails

extension Configuration.Guardrail {
    /// Attempts to have a model follow a text instead of its instructions.
    struct Injection: Sendable {
        var kinds: [InjectionKind] = []
        var sensitivity = InjectionDetector.Sensitivity.medium

        var detector: InjectionDetector {
            InjectionDetector(kinds: Set(kinds.isEmpty ? InjectionKind.allCases : kinds), sensitivity: sensitivity)
        }

        static let field = Field<Configuration.Guardrail>(
            "injection", \.injection, .section(section),
            "Of `kind: injection`: attempts to have the model follow a text instead of its instructions.")

        static let section = Section<Injection>(
            "guardrail injection",
            "Attempts to have the model follow a text instead of its instructions: a heuristic, see "
                + "[Guardrails](guardrails.md).",
            empty: { Injection() },
            fields: [
                Field("only", \.kinds, .listOrOne(of: .choice), "What is looked for; all of it when left out."),
                Field(
                    "sensitivity", \.sensitivity, .choice,
                    "How much must speak for it. `high` finds more, and more of what is harmless."),
            ])
    }
}
