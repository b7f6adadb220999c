extension Configuration {
    /// What an operator does to the reroutes of a running gateway; not part of the file.
    struct OverrideSpec: Sendable {
        enum Action: String, CaseIterable, Sendable { case reroute, hold }

        var action = Action.reroute
        var from: String?
        var to: String?
        var teams: [String] = []
        var sharePercent = 100
        var budget: String?
        var rule: String?
        var reason: String?
        var expiresInSeconds: Double?

        static let section = Section<OverrideSpec>(
            "override",
            "Moves traffic by hand, or keeps budgets from moving it. `reroute` needs `from` and `to`, `hold` needs "
                + "`budget`.",
            empty: { OverrideSpec() },
            fields: [
                Field(
                    "action", \.action, .choice, required: "reroute",
                    "`reroute`: requests for one model are served by another. `hold`: a budget's reroutes move nothing."
                ),
                Field("from", optional: \.from, .name(of: "a model"), "The asked model."),
                Field("to", optional: \.to, .name(of: "a model"), "The model that serves instead."),
                Field(
                    "team", \.teams, .listOrOne(of: .name(of: "a team")),
                    "Whose requests are moved; all when left out."),
                Field("share", \.sharePercent, .percent(1...100), "The share of requests that is moved."),
                Field("budget", optional: \.budget, .name(of: "a budget"), "The budget that is held."),
                Field("rule", optional: \.rule, .name(of: "a rule"), "One rule of it; all when left out."),
                Field("reason", optional: \.reason, .text("text"), "Why, for the others."),
                Field(
                    "expires_in", optional: \.expiresInSeconds, .duration("1s", "365d"),
                    "When it ends by itself; never when left out."),
            ])
    }

    /// Why and for how long an operator takes a target out; not part of the file.
    struct DrainSpec: Sendable {
        var reason: String?
        var expiresInSeconds: Double?

        static let section = Section<DrainSpec>(
            "drain of a target", "Takes a provider, or one model of it, out: no new attempts are made there.",
            empty: { DrainSpec() },
            fields: [
                Field("reason", optional: \.reason, .text("text"), "Why, for the others."),
                Field(
                    "expires_in", optional: \.expiresInSeconds, .duration("1s", "365d"),
                    "When it comes back by itself; never when left out."),
            ])
    }
}
