/// Finds what is essential in a text, by one pass over its words.
struct EssentialReader {
    private(set) var essentials = Essentials()
    private var isSentenceStart = true
    private var previous = ""
    /// Where nearly all words are capitalised, that says nothing.
    private var knowsCase = true

    mutating func read(_ text: String) {
        let plain = takeQuotes(text.replacing("’", with: "'").replacing("‘", with: "'"))
        let pieces = plain.split { $0 == " " || $0.isNewline || $0 == "\t" || $0 == "\u{A0}" }
        let letters = pieces.filter { $0.first?.isLetter ?? false }
        let capital = letters.filter { $0.first?.isUppercase ?? false }.count
        knowsCase = letters.count < 4 || capital * 10 < letters.count * 6
        for piece in pieces { take(piece) }
    }

    // MARK: Quotations

    private static let marks: [(open: Character, close: Character)] = [
        ("\"", "\""), ("“", "”"), ("„", "“"), ("«", "»"), ("`", "`"), ("「", "」"),
    ]

    /// The text without what is quoted, which is kept as it stands.
    private mutating func takeQuotes(_ text: String) -> String {
        var rest = ""
        var quote = ""
        var closing: Character?
        var before: Character = " "
        for character in text {
            if let close = closing {
                if character == close {
                    essentials.quotes.append(quote)
                    (quote, closing) = ("", nil)
                    rest.append(" ")
                } else {
                    quote.append(character)
                }
            } else if let mark = Self.marks.first(where: { $0.open == character }) {
                closing = mark.close
            } else if character == "'", !before.isLetter, !before.isNumber {
                closing = "'"
            } else {
                rest.append(character)
            }
            before = character
        }
        // What is never closed was no quotation.
        return closing == nil ? rest : rest + " " + quote
    }

    // MARK: Words

    private static let edges: Set<Character> = [
        ".", ",", ";", ":", "!", "?", "(", ")", "[", "]", "…", "-", "–", "—", "'", "*", "¿", "¡", "？", "。", "，",
    ]

    private mutating func take(_ piece: Substring) {
        let endsSentence = piece.last.map { ".!?:…".contains($0) } ?? false
        var word = piece
        while let first = word.first, Self.edges.contains(first), !Self.isNegative(word) { word.removeFirst() }
        while let last = word.last, Self.edges.contains(last) { word.removeLast() }
        defer {
            if !word.isEmpty { isSentenceStart = false }
            if endsSentence { isSentenceStart = true }
        }
        guard !word.isEmpty else { return }
        if word.contains(where: { $0.isNumber }) { return takeNumber(String(word)) }
        if Self.isCode(word) {
            essentials.codes.append(String(word))
            return
        }
        // Words that a dash or a slash holds together count apart.
        for part in word.split(whereSeparator: { $0 == "-" || $0 == "/" || $0 == "–" || $0 == "—" || $0 == "," }) {
            takeWord(part)
            isSentenceStart = false
        }
    }

    private static func isNegative(_ word: Substring) -> Bool {
        word.first == "-" && (word.dropFirst().first?.isNumber ?? false)
    }

    private static let codeMarks: Set<Character> = [
        "_", "{", "}", "<", ">", "=", "@", "#", "\\", "|", "~", "^", "+", "*", "&", ";", "(", ")", "[", "]", ":", "$",
    ]

    private static func isCode(_ word: Substring) -> Bool {
        if word.contains(where: { codeMarks.contains($0) }) { return true }
        // A stop inside a word: a host, a file, a member. A capital after a small letter: an identifier.
        if word.contains(".") || word.contains("://") { return true }
        var before: Character = "A"
        for character in word {
            if character.isUppercase, before.isLowercase { return true }
            before = character
        }
        return false
    }

    private mutating func takeNumber(_ word: String) {
        defer { previous = "0" }
        // Written together with its unit: `5km`, `10%`, `$3`, `20°C`.
        let number = word.filter { $0.isNumber || ".,:/-".contains($0) }
        let rest = word.lowercased().filter { $0.isLetter || "%$€£¥°".contains($0) }
        essentials.numbers.append(Self.plain(number))
        essentials.words.insert(word.lowercased())
        if EssentialWords.ordinalEnds.contains(rest) || rest.isEmpty { return }
        if let unit = EssentialWords.units[rest] {
            essentials.units.formUnion([unit, "of a number: " + unit])
        } else if let unit = EssentialWords.times[rest] {
            essentials.units.insert(unit)
        } else {
            // `v2`, `H2O`, `iPhone15`: the letters belong to it.
            essentials.codes.append(word.lowercased())
        }
    }

    /// `1,000.0` is 1000.
    private static func plain(_ number: String) -> String {
        var text = number
        let groups = text.split(separator: ",", omittingEmptySubsequences: false)
        if groups.count > 1, groups.dropFirst().allSatisfy({ $0.prefix { $0.isNumber }.count == 3 }) {
            text = groups.joined()
        }
        if text.contains("."), text.filter({ $0 == "." }).count == 1 {
            while text.last == "0" { text.removeLast() }
            if text.last == "." { text.removeLast() }
        }
        return text
    }

    private mutating func takeWord(_ written: Substring) {
        let lower = written.lowercased()
        let isCapital = knowsCase && (written.first?.isUppercase ?? false)
        defer { previous = lower }
        if EssentialWords.negations.contains(lower) || lower.hasSuffix("n't") {
            essentials.negations = min(essentials.negations + 1, 2)
            return
        }
        let bare = lower.hasSuffix("'s") ? String(lower.dropLast(2)) : lower.filter { $0 != "'" }
        if let number = EssentialWords.numbers[bare] { return essentials.numbers.append(number) }
        if isDate(bare, isCapital) { return }
        if let unit = EssentialWords.units[bare] {
            essentials.units.insert(unit)
            // Which of two units the number is of: 5 miles in kilometers are not 5 kilometers in miles.
            if isAfterNumber { essentials.units.insert("of a number: " + unit) }
            return
        }
        if let time = EssentialWords.times[bare] {
            // `in 3 days` says how long; `which days` names a thing.
            if isAfterNumber { essentials.units.insert(time) }
            essentials.words.insert(EssentialWords.stem(bare))
            return
        }
        if let pole = EssentialWords.poles[bare] { essentials.poles[pole.axis, default: 0] |= pole.end }
        let stem = EssentialWords.meaning(of: bare)
        essentials.words.insert(stem)
        let isName = isCapital && !isSentenceStart && bare != "i" && lower != "i'm" && lower != "i've" && lower != "i'd"
        guard isName || !EssentialWords.isCommon(bare, stem) else { return }
        takePlace(of: stem)
        if !essentials.names.contains(stem) { essentials.names.append(stem) }
        if isName, !essentials.properNames.contains(stem) { essentials.properNames.append(stem) }
    }

    private var isAfterNumber: Bool { previous == "0" || EssentialWords.numbers[previous] != nil }

    /// Whether it is where something comes from, or goes.
    private mutating func takePlace(of stem: String) {
        if previous == "from" { essentials.origins.insert(stem) }
        if ["to", "into", "than", "against"].contains(previous) { essentials.ends.insert(stem) }
    }

    private mutating func isDate(_ word: String, _ isCapital: Bool) -> Bool {
        guard let date = EssentialWords.dates[word], word != "may" || isCapital && !isSentenceStart else {
            return false
        }
        essentials.dates.insert(date)
        return true
    }
}
