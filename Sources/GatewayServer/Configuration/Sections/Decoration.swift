import GatewayTypes

extension Configuration {
    /// Instructions that a model adds to those of its clients.
    public struct SystemText: Sendable {
        public internal(set) var prepend: String?
        public internal(set) var append: String?

        static let section = Section<SystemText>(
            "system", "Instructions that are added to every conversation with the model.",
            empty: { SystemText() },
            fields: [
                Field("prepend", optional: \.prepend, .prose, "Goes before the client's own instructions."),
                Field("append", optional: \.append, .prose, "Goes behind the client's own instructions."),
            ])
    }

    /// What requests to a model may ask for.
    public struct Parameters: Sendable {
        public internal(set) var maxTokens: TokenParameter?
        public internal(set) var temperature: Parameter?
        public internal(set) var topP: Parameter?
        public internal(set) var frequencyPenalty: Parameter?
        public internal(set) var presencePenalty: Parameter?
        public internal(set) var seed: Parameter?

        static let section = Section<Parameters>(
            "parameters",
            "Defaults and bounds of what requests to the model ask for. What a surface has no word for is left out there.",
            empty: { Parameters() },
            fields: [
                Field(
                    "max_tokens", optional: \.maxTokens, .section(TokenParameter.section),
                    "Output tokens of a reply, whatever the surface calls them."),
                Field("temperature", optional: \.temperature, .section(Parameter.section), "`temperature`."),
                Field("top_p", optional: \.topP, .section(Parameter.section), "`top_p`."),
                Field(
                    "frequency_penalty", optional: \.frequencyPenalty, .section(Parameter.section),
                    "`frequency_penalty`."),
                Field(
                    "presence_penalty", optional: \.presencePenalty, .section(Parameter.section), "`presence_penalty`."),
                Field("seed", optional: \.seed, .section(Parameter.section), "`seed`."),
            ])

        /// In the words of GatewayTypes.
        var rules: [ParameterRule] {
            let written: [(ModelParameter, Parameter?)] = [
                (.temperature, temperature), (.topP, topP), (.frequencyPenalty, frequencyPenalty),
                (.presencePenalty, presencePenalty), (.seed, seed),
            ]
            return written.compactMap { parameter, setting in
                setting.map {
                    ParameterRule(parameter, standard: $0.standard, most: $0.most, forced: $0.forced)
                }
            }
        }
    }

    /// One parameter; a number alone is its default.
    public struct Parameter: Sendable {
        /// As JSON writes them.
        public internal(set) var standard: String?
        public internal(set) var most: String?
        public internal(set) var forced: String?

        static let section = Section<Parameter>(
            "parameter", "What a parameter may be. A number alone is its default.",
            empty: { Parameter() },
            fields: [
                Field("default", optional: \.standard, .jsonNumber, "Where the client says nothing."),
                Field(
                    "max", optional: \.most, .jsonNumber, "The largest that the client may ask for; more becomes this."),
                Field("force", optional: \.forced, .jsonNumber, "Whatever the client says."),
            ],
            shorthand: Section.Shorthand(shape: Kind<String>.jsonNumber.shape) { tree, path, reader, root in
                root.standard = Kind<String>.jsonNumber.read(tree, path, reader)
            })
    }

    /// Output tokens; a number alone is the default.
    public struct TokenParameter: Sendable {
        public internal(set) var standard: Int?
        public internal(set) var most: Int?

        static let section = Section<TokenParameter>(
            "token parameter", "Output tokens of a reply. A number alone is the default.",
            empty: { TokenParameter() },
            fields: [
                Field(
                    "default", optional: \.standard, .integer(1...100_000_000), "Where the client says nothing."),
                Field(
                    "max", optional: \.most, .integer(1...100_000_000),
                    "The most that the client may ask for; more becomes this."),
            ],
            shorthand: Section.Shorthand(shape: Kind<Int>.integer(1...100_000_000).shape) { tree, path, reader, root in
                root.standard = Kind<Int>.integer(1...100_000_000).read(tree, path, reader)
            })
    }

}

extension Kind where Value == String {
    /// Text of any length that a person wrote, line breaks and all.
    static let prose = Kind.scalar(.text("text", pattern: nil), expected: "text") { text, _ in
        if text.isEmpty { return .wrong("is empty; write text, or leave it out") }
        if text.utf8.count > 1 << 20 { return .wrong("is longer than 1MiB") }
        let isPlain = !text.unicodeScalars.contains { Words.isControl($0) && $0 != "\n" && $0 != "\t" && $0 != "\r" }
        return isPlain ? .value(text) : .wrong("holds a control character")
    }

    /// A number as JSON writes it.
    static let jsonNumber = Kind.scalar(
        .text("number", pattern: #"^-?(0|[1-9][0-9]*)(\.[0-9]+)?$"#), expected: "a number such as 0.2"
    ) { text, _ in
        let digits = text.utf8.first == UInt8(ascii: "-") ? text.dropFirst() : Substring(text)
        let parts = digits.split(separator: ".", omittingEmptySubsequences: false)
        let isNumber =
            (1...2).contains(parts.count) && digits.utf8.count <= 18
            && parts.allSatisfy { !$0.isEmpty && $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }
            && (parts[0] == "0" || parts[0].first != "0")
        return Parsed(isNumber ? text : nil, else: "\(Words.quoted(text)) is not a number; write one such as 0.2")
    }
}
