extension Configuration.Guardrail {
    /// A model that decides.
    struct ModelJudgement: Sendable {
        enum Question: String, CaseIterable, Sendable { case policy, groundedness }

        var model = ""
        var question = Question.policy
        var policy: [PolicyLine] = []
        var outputTokensMax = 256
        var textBytesMax = 16 * 1024

        static let field = Field<Configuration.Guardrail>(
            "judge", optional: \.judge, .section(section), "Of `kind: judge`: a model decides, by one word.")

        static let section = Section<ModelJudgement>(
            "guardrail judge", "A model decides, by one word.", empty: { ModelJudgement() },
            fields: [
                Field(
                    "model", \.model, .name(of: "a model"), required: "fast",
                    "Which of `models` is asked. Its cost is the caller's, with the purpose `guardrail`."),
                Field(
                    "question", \.question, .choice,
                    "`policy`: whether one of the sentences of `policy` is broken. `groundedness`: whether what comes back is "
                        + "supported by the instructions and the conversation."),
                Field(
                    "policy", \.policy, .table(of: "a reason", PolicyLine.section, name: \.reason),
                    "Sentences that must not be broken, by the reason that is told: "
                        + "`{ legal_advice: The text must not give legal advice. }`."),
                Field(
                    "output_tokens_max", \.outputTokensMax, .integer(1...100_000),
                    "The most that it may answer. Models that think first need room for it."),
                Field(
                    "text_max", \.textBytesMax, .bytes("256B", "1MiB"), "How much of the text it is sent, from the end."
                ),
            ])
    }

    /// A sentence that must not be broken.
    struct PolicyLine: Sendable {
        var reason = ""
        var sentence = ""

        static let section = Section<PolicyLine>(
            "guardrail policy", "A sentence that must not be broken; `reason: The text must …` for short.",
            empty: { PolicyLine() },
            fields: [
                Field(
                    "sentence", \.sentence, .text("a sentence", characterCountMax: 1_000),
                    required: "The text must not give legal advice.", "What must not be broken.")
            ],
            shorthand: .init(shape: .text("a sentence", pattern: nil)) { tree, path, reader, root in
                if let text = Kind<String>.text("a sentence", characterCountMax: 1_000).read(tree, path, reader) {
                    root.sentence = text
                }
            })
    }
}
