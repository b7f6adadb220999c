extension Configuration {
    /// Attempts and breakers.
    public struct Routing: Sendable {
        public internal(set) var attemptsMax = 3
        public internal(set) var breaker = Breaker()

        static let section = Section<Routing>(
            "routing", "What happens when a target fails.",
            empty: { Routing() },
            fields: [
                Field(
                    "attempts_max", \.attemptsMax, .integer(1...10),
                    "Most attempts for one request, over all its targets."),
                Field("breaker", \.breaker, .section(Breaker.section), "When a failing target is left alone."),
            ])
    }

    /// Leaves a failing target alone for a while.
    public struct Breaker: Sendable {
        public internal(set) var failures = 5
        public internal(set) var cooldownSeconds = 10.0

        static let section = Section<Breaker>(
            "breaker", "Leaves a failing target alone for a while.",
            empty: { Breaker() },
            fields: [
                Field("failures", \.failures, .integer(1...1000), "Failures in a row that open it."),
                Field("cooldown", \.cooldownSeconds, .duration("100ms", "1h"), "Time until one request may try again."),
            ])
    }
}
