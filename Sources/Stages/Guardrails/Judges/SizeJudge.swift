public import GatewayTypes

/// Refuses what is too large: bytes, characters of the text, turns of the conversation, tool calls.
public struct SizeJudge: Judge {
    public struct Bounds: Sendable {
        public var bytesMax: Int?
        /// Unicode scalars of the text, the system's included.
        public var charactersMax: Int?
        public var turnsMax: Int?
        /// Of the longest turn.
        public var turnCharactersMax: Int?
        public var toolCallsMax: Int?

        public init() {}
    }

    private static let tooManyBytes = Reason("bytes")
    private static let tooManyCharacters = Reason("characters")
    private static let tooManyTurns = Reason("turns")
    private static let tooLongTurn = Reason("turn_characters")
    private static let tooManyCalls = Reason("tool_calls")

    private let bounds: Bounds

    public init(_ bounds: Bounds) { self.bounds = bounds }

    public var reasons: [Reason] {
        [
            bounds.bytesMax.map { _ in Self.tooManyBytes }, bounds.charactersMax.map { _ in Self.tooManyCharacters },
            bounds.turnsMax.map { _ in Self.tooManyTurns }, bounds.turnCharactersMax.map { _ in Self.tooLongTurn },
            bounds.toolCallsMax.map { _ in Self.tooManyCalls },
        ].compactMap { $0 }
    }

    public func judge(_ matter: Matter, for asker: Asker) async throws(Failure) -> Judgement { judge(matter) }

    public func judge(_ matter: Matter) -> Judgement {
        if let most = bounds.bytesMax, matter.bytes > most { return .deny(Self.tooManyBytes) }
        if let most = bounds.turnsMax, matter.turns.count > most { return .deny(Self.tooManyTurns, path: "turns") }
        if let most = bounds.toolCallsMax, matter.toolCalls.count > most {
            return .deny(Self.tooManyCalls, path: "tool_calls")
        }
        guard bounds.charactersMax != nil || bounds.turnCharactersMax != nil else { return .pass }
        var total = matter.system.unicodeScalars.count
        for (index, turn) in matter.turns.enumerated() {
            let count = turn.text.unicodeScalars.count
            total += count
            if let most = bounds.turnCharactersMax, count > most {
                return .deny(Self.tooLongTurn, path: "turns[\(index)]")
            }
        }
        if let most = bounds.charactersMax, total > most { return .deny(Self.tooManyCharacters) }
        return .pass
    }
}
