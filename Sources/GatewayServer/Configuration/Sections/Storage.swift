extension Configuration {
    /// The journal and the ledger.
    public struct Storage: Sendable {
        public enum WhenFull: String, CaseIterable, Sendable {
            case refuse
            case continueUnaccounted = "continue_unaccounted"
        }

        public internal(set) var path = "weir.db"
        public internal(set) var journal = "weir.journal"
        public internal(set) var journalSlots = 32_768
        public internal(set) var retentionSeconds = 30.0 * 86_400
        public internal(set) var whenFull = WhenFull.refuse
        /// 0: none.
        public internal(set) var explainExchanges = 10_000

        static let section = Section<Storage>(
            "storage",
            "Where the money is written down. Relative paths start from the directory of the configuration file.",
            empty: { Storage() },
            fields: [
                Field("path", \.path, .path, "The ledger, a SQLite database."),
                Field("journal", \.journal, .path, "The journal, which survives a killed process."),
                Field(
                    "journal_slots", \.journalSlots, .integer(64...1_048_576),
                    "Exchanges that the journal holds until they are in the ledger; at least as many as are in "
                        + "flight at once."
                ),
                Field(
                    "retention", \.retentionSeconds, .duration("1h", "3650d"),
                    "How long single exchanges are kept; sums by the hour stay for years."),
                Field(
                    "when_full", \.whenFull, .choice,
                    "When nothing more can be written down: refuse requests, or serve them unaccounted, which "
                        + "is counted."
                ),
                Field(
                    "explain_exchanges", \.explainExchanges, .integer(0...100_000),
                    "How many of the latest exchanges keep their whole timeline for `weir explain`, in a file beside "
                        + "the ledger of 2 KiB for each; 0: none."),
            ])
    }

    /// How usage is counted.
    public struct Metering: Sendable {
        public internal(set) var drainOnClientGoneSeconds = 10.0

        static let section = Section<Metering>(
            "metering", "How usage is counted.",
            empty: { Metering() },
            fields: [
                Field(
                    "drain_on_client_gone", \.drainOnClientGoneSeconds, .duration("0s", "10m"),
                    "How long a reply is read on after its client has left, to learn what it cost; after that "
                        + "the usage is an estimate."
                )
            ])
    }

    /// How Weir stops.
    public struct Drain: Sendable {
        public internal(set) var delaySeconds = 5.0
        public internal(set) var deadlineSeconds = 25.0

        static let section = Section<Drain>(
            "drain", "How Weir stops on SIGTERM.",
            empty: { Drain() },
            fields: [
                Field(
                    "delay", \.delaySeconds, .duration("0s", "10m"),
                    "How long requests are still accepted after `/readyz` has turned 503."),
                Field(
                    "deadline", \.deadlineSeconds, .duration("0s", "1h"),
                    "How long streams may then still go on before they are cut."),
            ])
    }
}
