extension Configuration {
    /// Attempts, retries and the health of targets.
    public struct Routing: Sendable {
        public internal(set) var attemptsMax = 3
        public internal(set) var breaker = Breaker()
        public internal(set) var outliers = Outliers()
        public internal(set) var retries = Retries()
        public internal(set) var silence = Silence()

        static let section = Section<Routing>(
            "routing", "What happens when a target fails.",
            empty: { Routing() },
            fields: [
                Field(
                    "attempts_max", \.attemptsMax, .integer(1...10),
                    "Most attempts for one request, over all its targets. Targets that are left alone count for none."),
                Field("breaker", \.breaker, .section(Breaker.section), "When a failing target is left alone."),
                Field(
                    "outliers", \.outliers, .section(Outliers.section),
                    "When a target is put behind its siblings of the same model, because it fails more often than they."
                ),
                Field("retries", \.retries, .section(Retries.section), "When the same target is tried once more."),
                Field(
                    "silence", \.silence, .section(Silence.section), "When a provider that says nothing is left alone."),
            ])
    }

    /// Asks a provider that says nothing whether it is there.
    public struct Silence: Sendable {
        public internal(set) var afterSeconds = 1.0
        public internal(set) var questions = 2
        public internal(set) var answerSeconds = 1.25

        static let section = Section<Silence>(
            "silence",
            "Finds out providers that swallow requests, without a limit on how long a model may think. A provider from which "
                + "nothing at all has come for `after`, while requests are under way, is asked by a plain `GET` of its "
                + "`base_url`, without a key; any answer will do. When none comes, it is left alone until one does, and "
                + "requests that have no content yet go to the next target. Only for providers of models with several targets.",
            empty: { Silence() },
            fields: [
                Field(
                    "after", \.afterSeconds, .duration("100ms", "1h"), "How long nothing may come before it is asked."),
                Field(
                    "questions", \.questions, .integer(0...10),
                    "Questions in a row without an answer after which it is left alone; 0 turns this off."),
                Field("answer", \.answerSeconds, .duration("50ms", "1m"), "How long each answer may take."),
            ])
    }

    /// Leaves a failing target alone for a while.
    public struct Breaker: Sendable {
        public internal(set) var failures = 5
        public internal(set) var failurePercent = 50
        public internal(set) var minimum = 20
        public internal(set) var windowSeconds = 10.0
        public internal(set) var cooldownSeconds = 10.0

        static let section = Section<Breaker>(
            "breaker",
            "Leaves a failing target alone for a while; then one request at a time probes it. What is not its fault (a rate "
                + "limit, a pause that it asks for, a request that it rejects) is no failure.",
            empty: { Breaker() },
            fields: [
                Field("failures", \.failures, .integer(1...1_000_000), "Failures in a row that open it."),
                Field(
                    "failure_ratio", \.failurePercent, .percent(1...100),
                    "And the part of the attempts in the window that opens it."),
                Field(
                    "minimum", \.minimum, .integer(1...1_000_000),
                    "Attempts in the window below which no ratio is judged."),
                Field("window", \.windowSeconds, .duration("1s", "1h"), "How far back the ratio looks."),
                Field("cooldown", \.cooldownSeconds, .duration("100ms", "1h"), "Time until one request may try again."),
            ])
    }

    /// Compares the targets of one model.
    public struct Outliers: Sendable {
        public internal(set) var factor = 3
        public internal(set) var failurePercent = 20
        public internal(set) var minimum = 20
        public internal(set) var windowSeconds = 30.0
        public internal(set) var ejectSeconds = 30.0
        public internal(set) var percentMax = 50

        static let section = Section<Outliers>(
            "outliers",
            "Puts a target behind its siblings for a while, when it fails far more often than they do together.",
            empty: { Outliers() },
            fields: [
                Field("factor", \.factor, .integer(1...100), "How many times as often it must fail."),
                Field("failure_ratio", \.failurePercent, .percent(1...100), "And at least this part of its attempts."),
                Field(
                    "minimum", \.minimum, .integer(1...1_000_000),
                    "Attempts in the window that it must have had, and its siblings together."),
                Field("window", \.windowSeconds, .duration("1s", "1h"), "How far back it looks."),
                Field(
                    "eject", \.ejectSeconds, .duration("100ms", "1h"),
                    "How long the first time; longer each time it comes to that again, up to five times."),
                Field(
                    "share_max", \.percentMax, .percent(0...100),
                    "The part of a model's targets that may be behind at once; `0%` turns this off."),
            ])
    }

    /// Tries the same target once more, before the next one's turn.
    public struct Retries: Sendable {
        public internal(set) var perTarget = 0
        public internal(set) var backoffSeconds = 0.1
        public internal(set) var backoffSecondsMax = 2.0
        public internal(set) var budgetPercent = 20

        static let section = Section<Retries>(
            "retries",
            "Tries the same target once more, before the next one's turn: after a connection that failed or broke off, and "
                + "an error of the provider's side, as long as no content has reached the client. Never after a timeout, or "
                + "where the provider asks for a pause.",
            empty: { Retries() },
            fields: [
                Field(
                    "per_target", \.perTarget, .integer(0...5),
                    "Retries of one request at one target; `routing.attempts_max` bounds all of them together."),
                Field(
                    "backoff", \.backoffSeconds, .duration("1ms", "1m"),
                    "The wait before the first, at most; each next one waits twice as long. Half of it is random."),
                Field("backoff_max", \.backoffSecondsMax, .duration("1ms", "1m"), "The longest wait."),
                Field(
                    "budget", \.budgetPercent, .percent(0...100),
                    "Retries of a model's requests in the long run; ten may be saved up."),
            ])
    }
}
