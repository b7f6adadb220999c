import Cache

extension Configuration {
    /// How much of replies is kept, for all models together.
    public struct Caching: Sendable {
        public internal(set) var memoryBytesMax = 64 << 20
        /// Nil: memory alone.
        public internal(set) var diskBytesMax: Int?
        public internal(set) var replyBytesMax = 1 << 20

        static let section = Section<Caching>(
            "cache",
            "How much room replies have that are kept to be said again. Which are kept, a model's own `cache` says; without one "
                + "of those nothing is. See [Cache](cache.md).",
            empty: { Caching() },
            fields: [
                Field(
                    "memory", \.memoryBytesMax, .bytes("64KiB", "64GiB"),
                    "Memory for replies; those not used for longest go first."),
                Field(
                    "disk", optional: \.diskBytesMax, .bytes("1MiB", "1024GiB"),
                    "Disk for replies, which outlive a restart there: in a SQLite file beside the ledger, unencrypted, readable "
                        + "for Weir's own user. None when left out."),
                Field(
                    "reply_max", \.replyBytesMax, .bytes("1KiB", "64MiB"),
                    "Longer replies are not kept."),
            ])
    }

    /// What is kept of one model's replies.
    public struct ModelCache: Sendable {
        enum Pace: String, CaseIterable, Sendable { case immediate, paced }

        var ttlSeconds = 3_600.0
        var scope = CachePolicy.Scope.team
        var perEndUser = false
        var onlyDeterministic = false
        var replay = Pace.immediate
        var pauseSecondsMax = 0.25
        var waitSeconds = 30.0
        var semantic: SemanticCache?

        static let section = Section<ModelCache>(
            "model cache",
            "Answers a request with the reply that the same request got before. Only whole replies of the model's own targets are "
                + "kept, never those of a fallback or a reroute.",
            empty: { ModelCache() },
            fields: [
                Field("ttl", \.ttlSeconds, .duration("1s", "365d"), "How long a reply is good for."),
                Field(
                    "scope", \.scope, .choice,
                    "Who shares replies: the `team`, the `caller` (by one key), or everybody who may use the `route`. Who sends "
                        + "`x-weir-end-user` shares with the same end user alone, whatever stands here."),
                Field(
                    "per_end_user", \.perEndUser, .boolean,
                    "Keep apart by the end user that the body names (`user`, `safety_identifier`) too."),
                Field(
                    "only_deterministic", \.onlyDeterministic, .boolean,
                    "Leave requests alone that ask for chance: a temperature other than 0, and no seed."),
                Field(
                    "replay", \.replay, .choice,
                    "A stream from the cache comes at once (`immediate`), or as slowly as it came from its provider (`paced`)."
                ),
                Field(
                    "pause_max", \.pauseSecondsMax, .duration("1ms", "10s"),
                    "The longest pause of a `paced` stream."),
                Field(
                    "wait", \.waitSeconds, .duration("0s", "15m"),
                    "How long a request waits for one under way that asks the same, before it asks by itself; `0s`: never."
                ),
                Field(
                    "semantic", optional: \.semantic, .section(SemanticCache.section),
                    "Answers questions that mean the same too, by their vectors. Never when left out."),
            ])
    }

    /// When a question counts as the same as one of earlier.
    public struct SemanticCache: Sendable {
        var model = ""
        var thresholdPercent = 90
        var ageSecondsMax = 3_600.0
        var entriesMax = 10_000
        var deadlineSeconds = 0.5
        var textBytesMax = 4_096

        static let section = Section<SemanticCache>(
            "semantic cache",
            "Compares a conversation's last question, by vectors, with those that were asked before with the same system prompt, "
                + "the same turns before it and the same parameters, in the same scope. Numbers, names, negation, dates, units, "
                + "quotations and code must be the same whatever the vectors say.",
            empty: { SemanticCache() },
            fields: [
                Field(
                    "model", \.model, .name(of: "a model"), required: "embed",
                    "Which of `models` makes the vectors. Its cost is the caller's, with the purpose `embedding`."),
                Field(
                    "threshold", \.thresholdPercent, .percent(1...100),
                    "How near two questions must be: the cosine of their vectors. It depends on the model of the vectors."
                ),
                Field("max_age", \.ageSecondsMax, .duration("1s", "365d"), "Older replies are not taken."),
                Field(
                    "entries_max", \.entriesMax, .integer(1...1_000_000),
                    "Questions that are remembered, in memory; the oldest go first."),
                Field(
                    "deadline", \.deadlineSeconds, .duration("10ms", "1m"),
                    "Longest wait for the vector; after it the request goes on without."),
                Field(
                    "text_max", \.textBytesMax, .bytes("64B", "1MiB"), "Longer questions are not compared."),
            ])
    }
}
