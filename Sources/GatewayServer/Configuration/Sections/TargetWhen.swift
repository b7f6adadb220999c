public import GatewayTypes

extension Configuration {
    /// Which requests a target is for.
    public struct TargetWhen: Sendable {
        public internal(set) var teams: [String] = []
        public internal(set) var header: String?
        public internal(set) var needs: [Abilities.Need] = []
        public internal(set) var promptTokensMin: Int?
        public internal(set) var promptTokensMax: Int?

        static let section = Section<TargetWhen>(
            "when", "Which requests the target is for: all that is written must hold.",
            empty: { TargetWhen() },
            fields: [
                Field("team", \.teams, .listOrOne(of: .name(of: "a team")), "One of `teams`, or a list of them."),
                Field(
                    "header", optional: \.header, .text("a header and its value", pattern: "^[^:]+: ?.+$"),
                    "A header of the request and the value that it must have: `x-tier: gold`."),
                Field("needs", \.needs, .listOrOne(of: .choice), "What the request must need, all of it."),
                Field(
                    "prompt_tokens_min", optional: \.promptTokensMin, .integer(0...1_000_000_000),
                    "Tokens that the prompt must have, four bytes each."),
                Field(
                    "prompt_tokens_max", optional: \.promptTokensMax, .integer(0...1_000_000_000),
                    "Tokens that the prompt may have, four bytes each."),
            ])

        /// The name and the value of `header`; nil where it is none.
        var field: (name: String, value: String)? {
            guard let header, let colon = header.firstIndex(of: ":") else { return nil }
            let value = header[header.index(after: colon)...].drop { $0 == " " }
            return (String(header[..<colon]), String(value))
        }
    }
}
