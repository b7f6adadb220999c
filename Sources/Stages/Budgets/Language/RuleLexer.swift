/// A piece of a rule's text and where it begins.
struct RuleToken: Equatable {
    enum Kind: Equatable {
        /// Letters, digits, dots and underscores, beginning with a letter.
        case word(String)
        /// Digits and at most one dot, as written.
        case number(String)
        case comparator(Comparator)
        case percent, open, close, end
    }

    let kind: Kind
    /// From 1.
    let column: Int

    /// How a message names it.
    var quoted: String {
        switch kind {
        case .word(let text), .number(let text): "\"\(text)\""
        case .comparator(let comparator): "\"\(comparator.rawValue)\""
        case .percent: "\"%\""
        case .open: "\"(\""
        case .close: "\")\""
        case .end: "the end"
        }
    }
}

/// Cuts a rule's text into tokens. Columns count characters.
struct RuleLexer {
    /// Bounds the work for one text and the depth of its parentheses.
    static let textBytesMax = 1000

    private let characters: [Character]
    private var position = 0

    private init(_ text: String) { characters = Array(text) }

    static func tokens(_ text: String) throws(RuleTextError) -> [RuleToken] {
        guard text.utf8.count <= textBytesMax else {
            throw RuleTextError(column: 1, message: "the text is longer than \(textBytesMax) bytes")
        }
        var lexer = RuleLexer(text)
        var tokens: [RuleToken] = []
        repeat { tokens.append(try lexer.next()) } while tokens.last?.kind != .end
        return tokens
    }

    private mutating func next() throws(RuleTextError) -> RuleToken {
        while position < characters.count, characters[position].isWhitespace { position += 1 }
        let column = position + 1
        guard position < characters.count else { return RuleToken(kind: .end, column: column) }
        let first = characters[position]
        if Self.isLetter(first) {
            return RuleToken(
                kind: .word(take { Self.isLetter($0) || Self.isDigit($0) || $0 == "." || $0 == "_" }), column: column)
        }
        if Self.isDigit(first) {
            return RuleToken(kind: .number(take { Self.isDigit($0) || $0 == "." }), column: column)
        }
        position += 1
        switch first {
        case "%": return RuleToken(kind: .percent, column: column)
        case "(": return RuleToken(kind: .open, column: column)
        case ")": return RuleToken(kind: .close, column: column)
        case ">", "<", "≥", "≤", "=", "!": return try comparator(first, column)
        default: throw RuleTextError(column: column, message: "\"\(first)\" has no meaning here")
        }
    }

    private mutating func comparator(_ first: Character, _ column: Int) throws(RuleTextError) -> RuleToken {
        let isOrEqual = position < characters.count && characters[position] == "="
        if isOrEqual { position += 1 }
        switch (first, isOrEqual) {
        case (">", true), ("≥", false): return RuleToken(kind: .comparator(.atLeast), column: column)
        case ("<", true), ("≤", false): return RuleToken(kind: .comparator(.atMost), column: column)
        case (">", false): return RuleToken(kind: .comparator(.above), column: column)
        case ("<", false): return RuleToken(kind: .comparator(.below), column: column)
        default:
            throw RuleTextError(column: column, message: "money is never compared for equality; write >=, >, <= or <")
        }
    }

    private mutating func take(while belongs: (Character) -> Bool) -> String {
        let start = position
        while position < characters.count, belongs(characters[position]) { position += 1 }
        return String(characters[start..<position])
    }

    private static func isLetter(_ character: Character) -> Bool {
        character.isASCII && character.isLetter
    }

    private static func isDigit(_ character: Character) -> Bool { character.isASCII && character.isNumber }
}
