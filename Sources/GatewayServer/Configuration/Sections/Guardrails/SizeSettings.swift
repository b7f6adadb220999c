import Guardrails

extension Configuration.Guardrail {
    /// Bounds of what is said.
    struct Size: Sendable {
        var bytesMax: Int?
        var charactersMax: Int?
        var turnsMax: Int?
        var turnCharactersMax: Int?
        var toolCallsMax: Int?

        var isEmpty: Bool {
            bytesMax == nil && charactersMax == nil && turnsMax == nil && turnCharactersMax == nil
                && toolCallsMax == nil
        }

        var bounds: SizeJudge.Bounds {
            var bounds = SizeJudge.Bounds()
            bounds.bytesMax = bytesMax
            bounds.charactersMax = charactersMax
            bounds.turnsMax = turnsMax
            bounds.turnCharactersMax = turnCharactersMax
            bounds.toolCallsMax = toolCallsMax
            return bounds
        }

        static let field = Field<Configuration.Guardrail>(
            "size", \.size, .section(section), "Of `kind: size`: how much may be said.")

        static let section = Section<Size>(
            "guardrail size", "How much may be said.", empty: { Size() },
            fields: [
                Field(
                    "bytes_max", optional: \.bytesMax, .bytes("1B", "1GiB"),
                    "Of the request's body, or the reply's text."),
                Field(
                    "characters_max", optional: \.charactersMax, .integer(1...1_000_000_000),
                    "Of all text together, instructions included."),
                Field("turns_max", optional: \.turnsMax, .integer(1...1_000_000), "Messages of the conversation."),
                Field(
                    "turn_characters_max", optional: \.turnCharactersMax, .integer(1...1_000_000_000),
                    "Of the longest message."),
                Field("tool_calls_max", optional: \.toolCallsMax, .integer(0...100_000), "Calls of tools."),
            ])
    }
}
