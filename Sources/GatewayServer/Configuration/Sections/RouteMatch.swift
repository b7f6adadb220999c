extension Configuration {
    /// Another model's route, for some of the requests that ask for this one.
    public struct RouteMatch: Sendable {
        public internal(set) var when = RequestWhen()
        public internal(set) var route = ""

        static let section = Section<RouteMatch>(
            "match", "Requests that take another model's route.",
            empty: { RouteMatch() },
            fields: [
                Field(
                    "when", \.when, .section(RequestWhen.section), required: "{ team: research }",
                    "Which requests: all that is written must hold. Not `class`, which is decided later."),
                Field(
                    "route", \.route, .name(of: "a model"), required: "research",
                    "The one of `models` whose route they take, with all that it says: targets, strategy, instructions, "
                        + "parameters, cache, capture; and the limits, guardrails and budgets of that name."),
            ])
    }
}
