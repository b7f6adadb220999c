import GatewayTypes

/// What rules see of a text: its words, its language, whether it is code or a list.
struct PromptText: Sendable {
    /// Bytes of a text that are looked at.
    static let bytesMax = 16_384

    let language: PromptLanguage
    let holdsCode: Bool
    let holdsList: Bool
    /// The words in lower case with one space around each, for phrases to be looked for.
    private let plain: String

    init(_ whole: String) {
        let text = Self.prefix(of: whole, bytesMax: Self.bytesMax)
        let words = Self.words(of: text)
        plain = " " + words.joined(separator: " ") + " "
        language = PromptLanguage.guess(text, words: words)
        let lines = text.split(separator: "\n")
        holdsCode = text.contains("```") || lines.count(where: Self.looksLikeCode) >= 3
        holdsList = lines.count(where: Self.looksLikeItem) >= 3
    }

    /// How many of the phrases the text holds; each as `phrase(_:)` made it.
    func count(of phrases: [String]) -> Int { phrases.count { plain.contains($0) } }

    /// A word or several, ready to be looked for. Scripts that write no spaces between words are looked for anywhere.
    static func phrase(_ text: String) -> String {
        let joined = words(of: text).joined(separator: " ")
        return joined.unicodeScalars.contains { $0.value >= 0x2E80 } ? joined : " " + joined + " "
    }

    /// The beginning of a text, whole characters only.
    static func prefix(of text: String, bytesMax: Int) -> String {
        guard text.utf8.count > bytesMax else { return text }
        var end = text.utf8.index(text.startIndex, offsetBy: bytesMax)
        while end > text.startIndex, end.samePosition(in: text.unicodeScalars) == nil {
            end = text.utf8.index(before: end)
        }
        return String(text[..<end])
    }

    private static func words(of text: String) -> [Substring] {
        text.lowercased().split { character in
            !character.isLetter && !character.isNumber && character != "_" && character != "+" && character != "#"
        }
    }

    private static let codeBeginnings = [
        "def ", "import ", "func ", "function ", "class ", "#include", "public ", "private ", "const ", "let ", "var ",
        "return ", "SELECT ", "select ", "FROM ", "</", "<?", "if (", "for (", "while (", "@",
    ]

    private static func looksLikeCode(_ line: Substring) -> Bool {
        let bare = line.drop { $0 == " " || $0 == "\t" }
        if codeBeginnings.contains(where: { bare.hasPrefix($0) }) { return true }
        guard let last = bare.last else { return false }
        return last == ";" || last == "{" || last == "}"
    }

    private static func looksLikeItem(_ line: Substring) -> Bool {
        let bare = line.drop { $0 == " " || $0 == "\t" }
        if bare.hasPrefix("- ") || bare.hasPrefix("* ") || bare.hasPrefix("• ") { return true }
        let rest = bare.drop { $0.isASCII && $0.isNumber }
        return rest.startIndex > bare.startIndex && (rest.hasPrefix(". ") || rest.hasPrefix(") "))
    }
}
