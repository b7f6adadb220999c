extension Configuration {
    /// A target that gets a small share of a model's requests, as long as it does as well as the others.
    public struct Canary: Sendable {
        public internal(set) var target = ModelTarget()
        public internal(set) var sharePercent = 5
        public internal(set) var halt = CanaryHalt()

        static let section = Section<Canary>(
            "canary",
            "A target that gets a small share of the model's requests first. It loses them by itself when it fails more often or takes "
                + "longer to its first token than the others; see docs/routing.md.",
            empty: { Canary() },
            fields: [
                Field(
                    "target", \.target, .section(ModelTarget.section), required: "openai/gpt-5",
                    "The canary; none of the model's `targets`."),
                Field("share", \.sharePercent, .percent(1...50), "Its part of the requests."),
                Field("halt", \.halt, .section(CanaryHalt.section), "When it loses them."),
            ])
    }

    /// When a canary is halted.
    public struct CanaryHalt: Sendable {
        public internal(set) var errorsPercent = 2
        public internal(set) var firstTokenPercent = 30
        public internal(set) var after = 200

        static let section = Section<CanaryHalt>(
            "halt", "When the canary is halted, until the admin API or a changed canary lets it go on.",
            empty: { CanaryHalt() },
            fields: [
                Field(
                    "errors", \.errorsPercent, .growth(0...100),
                    "How many more of a hundred attempts may fail than of the others'."),
                Field(
                    "first_token", \.firstTokenPercent, .growth(0...1000),
                    "How much longer its typical time to the first token of streams may be than the others'."),
                Field(
                    "after", \.after, .integer(20...1_000_000),
                    "Attempts of its own, and of the others, before they are compared."),
            ])
    }
}

extension Kind where Value == Int {
    /// By how many hundredths something may be more: `+30%`.
    static func growth(_ range: ClosedRange<Int>) -> Kind {
        let words = "a growth, `+\(range.lowerBound)%` to `+\(range.upperBound)%`"
        return .scalar(.text(words, pattern: #"^\+[0-9]{1,4}%$"#), expected: "a growth such as +30%") { text, _ in
            guard text.hasPrefix("+"), text.hasSuffix("%"), text.count > 2,
                text.dropFirst().dropLast().utf8.allSatisfy({ (0x30...0x39).contains($0) })
            else { return .wrong("\(Words.quoted(text)) is no growth; write it in per cent, such as +30%") }
            guard let value = Int(text.dropFirst().dropLast()), range.contains(value) else {
                return .wrong(
                    "\(Words.shortened(text)) is out of bounds; write +\(range.lowerBound)% to +\(range.upperBound)%")
            }
            return .value(value)
        } write: {
            "+\($0)%"
        }
    }
}
