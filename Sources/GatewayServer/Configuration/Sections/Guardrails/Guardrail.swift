import GatewayTypes

extension Configuration {
    /// A further kind: a case here, its settings in a file beside this one (a property and a field in `kindFields` below), a
    /// line in `GuardrailDesk`, and what it wants checked in `GuardrailChecks`.
    enum GuardrailKind: String, CaseIterable, Sendable {
        case words, patterns, pii, injection
        case size, language, tools, topics, schema, judge, moderation

        /// Whether it judges the whole instead of finding stretches: it cannot mask.
        var isJudge: Bool {
            switch self {
            case .words, .patterns, .pii, .injection: false
            case .size, .language, .tools, .topics, .schema, .judge, .moderation: true
            }
        }
    }

    /// A check of what is said. What only its kind needs stands under the kind's own name.
    public struct Guardrail: Sendable {
        enum Phase: String, CaseIterable, Sendable { case input, output, both }
        enum Action: String, CaseIterable, Sendable { case block, mask, flag }
        enum OnError: String, CaseIterable, Sendable {
            case failOpen = "fail_open"
            case failClosed = "fail_closed"
        }
        enum Mode: String, CaseIterable, Sendable { case hold, observe }

        var name = ""
        var kind = GuardrailKind.words
        var phase = Phase.input
        var action = Action.block
        var onError = OnError.failClosed
        var deadlineSeconds = 1.0
        var mode = Mode.hold
        var shadow = false
        var teams: [String] = []
        var models: [String] = []
        // Of one kind each.
        var words: [WordGroup] = []
        var patterns: [NamedPattern] = []
        var personal = Personal()
        var injection = Injection()
        var size = Size()
        var language = Language()
        var tools = Tools()
        var topics: Topics?
        var schema: Schema?
        var judge: ModelJudgement?
        var moderation: ModerationService?

        static let section = Section<Guardrail>(
            "guardrail",
            "A check of what is said, on the way in or out. What only its kind needs stands under the kind's own name. "
                + "See [Guardrails](guardrails.md).",
            empty: { Guardrail() }, fields: commonFields + kindFields)

        private static let commonFields: [Field<Guardrail>] = [
            Field("kind", \.kind, .choice, required: "words", "What it looks for, or who judges."),
            Field("phase", \.phase, .choice, "What it looks at: what is sent to the model, what comes back, or both."),
            Field(
                "action", \.action, .choice,
                "What follows where it finds something. `block`: the request is refused, the reply ends. `mask`: what was "
                    + "found is replaced. `flag`: it is only told."),
            Field(
                "on_error", \.onError, .choice,
                "What follows where it cannot decide (no answer in time, a service that fails): `fail_open` goes on, "
                    + "`fail_closed` refuses."),
            Field(
                "deadline", \.deadlineSeconds, .duration("10ms", "1m"), "How long a check that asks somebody may take."),
            Field(
                "mode", \.mode, .choice,
                "Of what comes back. `hold`: nothing leaves before it was looked at. `observe`: the reply passes as it is, "
                    + "and the verdict is only told."),
            Field(
                "shadow", \.shadow, .boolean,
                "Tries it out: verdicts are counted, and nothing else happens. See `weir guardrails report`."),
            Field("team", \.teams, .listOrOne(of: .name(of: "a team")), "For these `teams` only."),
            Field("model", \.models, .listOrOne(of: .name(of: "a model")), "For these `models` only."),
        ]

        /// The settings of each kind, under the kind's name.
        private static let kindFields: [Field<Guardrail>] = [
            WordGroup.field, NamedPattern.field, Personal.field, Injection.field, Size.field, Language.field,
            Tools.field, Topics.field, Schema.field, ModelJudgement.field, ModerationService.field,
        ]
    }
}
