public import GatewayTypes

extension Configuration {
    /// Which requests something is for: a target, or another route.
    public struct RequestWhen: Sendable {
        public internal(set) var teams: [String] = []
        public internal(set) var callers: [String] = []
        public internal(set) var headers: [String] = []
        public internal(set) var operations: [Operation] = []
        public internal(set) var needs: [Abilities.Need] = []
        public internal(set) var promptTokensMin: Int?
        public internal(set) var promptTokensMax: Int?
        public internal(set) var classes: [String] = []
        public internal(set) var hours: [WeeklyHours] = []

        static let section = Section<RequestWhen>(
            "when", "Which requests are meant: all that is written must hold.",
            empty: { RequestWhen() },
            fields: [
                Field("team", \.teams, .listOrOne(of: .name(of: "a team")), "One of `teams`, or a list of them."),
                Field(
                    "caller", \.callers, .listOrOne(of: .name(of: "a caller")), "One of `callers`, or a list of them."),
                Field(
                    "header", \.headers, .listOrOne(of: .text("a header and its value", pattern: "^[^:]+: ?.+$")),
                    "A header of the request and the value that it must have: `x-tier: gold`; of a list, all."),
                Field(
                    "operation", \.operations, .listOrOne(of: .choice),
                    "What is asked of the model; one of them."),
                Field("needs", \.needs, .listOrOne(of: .choice), "What the request must need, all of it."),
                Field(
                    "prompt_tokens_min", optional: \.promptTokensMin, .integer(0...1_000_000_000),
                    "Tokens that the prompt must have, four bytes each."),
                Field(
                    "prompt_tokens_max", optional: \.promptTokensMax, .integer(0...1_000_000_000),
                    "Tokens that the prompt may have, four bytes each."),
                Field(
                    "class", \.classes, .listOrOne(of: .name(of: "a class")),
                    "Which class the model's classifier (`classify`) must have decided on; one of them. Of targets alone."
                ),
                Field(
                    "hours", \.hours, .listOrOne(of: .weeklyHours),
                    "When they came, by the clock of `time_zone`: days (`mon-fri`, `sat,sun`), hours (`07:00-20:00`), "
                        + "or both (`mon-fri 07:00-20:00`). Hours that pass midnight belong to the day on which they begin."
                ),
            ])

        /// Whether anything is asked for.
        var isSet: Bool {
            !teams.isEmpty || !callers.isEmpty || !headers.isEmpty || !operations.isEmpty || !needs.isEmpty
                || promptTokensMin != nil || promptTokensMax != nil || !classes.isEmpty || !hours.isEmpty
        }

        /// The name and the value of each of `headers`; those that are none are left out.
        var fields: [(name: String, value: String)] {
            headers.compactMap { header in
                guard let colon = header.firstIndex(of: ":") else { return nil }
                let value = header[header.index(after: colon)...].drop { $0 == " " }
                return (String(header[..<colon]), String(value))
            }
        }
    }
}

extension Kind where Value == WeeklyHours {
    static let weeklyHours = Kind.scalar(
        .text("days and hours, `mon-fri 07:00-20:00`", pattern: nil),
        expected: "days and hours such as mon-fri 07:00-20:00"
    ) { text, _ in
        Parsed(
            WeeklyHours(text),
            else: "\(Words.quoted(text)) is neither days nor hours; write mon-fri, 07:00-20:00 or mon-fri 07:00-20:00")
    }
}
