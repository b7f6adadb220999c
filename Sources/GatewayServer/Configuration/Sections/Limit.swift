extension Configuration {
    /// A named set of limits that teams, callers and keys have.
    public struct Plan: Sendable {
        public internal(set) var name = ""
        public internal(set) var limits: [Limit] = []

        static let section = Section<Plan>(
            "plan", "Limits for those who have this plan: teams, callers and keys name it.",
            empty: { Plan() },
            fields: [
                Field(
                    "limits", \.limits, .list(of: .section(Limit.section), countMax: 100),
                    "Its limits; all of them hold, beside those of the top level.")
            ])
    }

    /// How much at once and how often.
    public struct Limit: Sendable {
        public enum Each: String, CaseIterable, Sendable {
            case caller, team, key, model
            case endUser = "end_user"
            case gateway
        }
        public enum Over: String, CaseIterable, Sendable { case clamp, refuse }

        public internal(set) var name = ""
        public internal(set) var each = Each.caller
        public internal(set) var teams: [String] = []
        public internal(set) var callers: [String] = []
        public internal(set) var models: [String] = []
        /// `60/minute`, as they are written.
        public internal(set) var requests: [String] = []
        public internal(set) var tokens: [String] = []
        public internal(set) var inputTokens: [String] = []
        public internal(set) var outputTokens: [String] = []
        public internal(set) var concurrent: Int?
        public internal(set) var maxTokens: Int?
        public internal(set) var over = Over.clamp
        public internal(set) var bodyBytesMax: Int?
        /// Nil: who is over is told at once.
        public internal(set) var queue: LimitQueue?

        static let section = Section<Limit>(
            "limit", "How much at once and how often. See [Limits](limits.md).",
            empty: { Limit() },
            fields: [
                Field(
                    "name", \.name, .name(of: "a limit"), required: "chat",
                    "The `limit` label of metrics, and what a refusal says."),
                Field(
                    "each", \.each, .choice,
                    "Who has a count of their own: each `caller`, `team`, `key`, `model` or `end_user` (of a caller, "
                        + "by the header `x-weir-end-user`); `gateway`: one count for all."),
                Field("team", \.teams, .listOrOne(of: .name(of: "a team")), "For these `teams` only."),
                Field("caller", \.callers, .listOrOne(of: .name(of: "a caller")), "For these `callers` only."),
                Field("model", \.models, .listOrOne(of: .name(of: "a model")), "For these `models` only."),
                Field(
                    "requests", \.requests, rates,
                    "Requests in any second, minute, hour or day: `60/minute`, or a list of such. `60/minute burst 5` "
                        + "spreads them evenly, 5 at once at most."),
                Field(
                    "tokens", \.tokens, rates,
                    "Tokens of input and output together, in the same words. An estimate is reserved, and put right "
                        + "when the reply is known."),
                Field("input_tokens", \.inputTokens, rates, "Tokens of input, those read from a cache too."),
                Field("output_tokens", \.outputTokens, rates, "Tokens of output, those of reasoning too."),
                Field("concurrent", optional: \.concurrent, .integer(1...1_000_000), "Exchanges under way at once."),
                Field(
                    "max_tokens", optional: \.maxTokens, .integer(1...100_000_000),
                    "Output tokens of one reply at most."),
                Field(
                    "over", \.over, .choice,
                    "A request for more than `max_tokens`: `clamp` it, or `refuse` it with 400."),
                Field(
                    "body_bytes_max", optional: \.bodyBytesMax, .bytes("1B", "1GiB"),
                    "Largest request body; a larger one is answered with 413."),
                Field(
                    "queue", optional: \.queue, .section(LimitQueue.section),
                    "Who finds no room waits, instead of being told at once."),
            ])

        private static let rates = Kind<[String]>.listOrOne(of: .text("a rate such as 60/minute"))
    }

    /// Where those wait who find no room in a limit.
    public struct LimitQueue: Sendable {
        public enum Fair: String, CaseIterable, Sendable { case team, caller }

        public internal(set) var depth = 100
        public internal(set) var waitSeconds = 5.0
        public internal(set) var fair = Fair.team
        public internal(set) var high: [String] = []
        public internal(set) var low: [String] = []
        public internal(set) var choosers: [String] = []

        static let section = Section<LimitQueue>(
            "queue", "Where those wait who find no room in a limit: a bounded time, in turn.",
            empty: { LimitQueue() },
            fields: [
                Field(
                    "depth", \.depth, .integer(1...1000),
                    "Most that wait, for each that the limit counts apart; beyond, the oldest of who has most waiting goes."
                ),
                Field("wait", \.waitSeconds, .duration("10ms", "5m"), "How long at most; then 429."),
                Field("fair", \.fair, .choice, "Whose turns alternate: teams or callers."),
                Field(
                    "high", \.high, .listOrOne(of: .name(of: "a plan")), "Plans that go before the others."),
                Field("low", \.low, .listOrOne(of: .name(of: "a plan")), "Plans that go behind the others."),
                Field(
                    "may_choose", \.choosers, .listOrOne(of: .name(of: "a caller")),
                    "Callers who say `x-weir-priority: high`, `normal` or `low` themselves. `low` anybody may say."),
            ])
    }
}
