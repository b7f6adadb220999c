/// A word of the lexicon, and where it stands.
struct FoundWord {
    /// Bytes.
    var start: Int
    var end: Int
    /// Positions among the text's words; a word of a script without spaces takes several.
    var firstOrdinal: Int32
    var lastOrdinal: Int32
    var sentence: Int32
    var classes: WordClasses
    /// Whether punctuation or the text's end follows.
    var endsClause = false

    /// Words of a run share their bytes; those of scripts without spaces may share an ordinal.
    @inline(__always) func isBehind(_ other: FoundWord) -> Bool {
        start >= other.end || firstOrdinal > other.lastOrdinal
    }
}

/// A word that is one of the lexicon's when turned.
struct TurnedWord {
    let word: FoundWord
    let entry: LexiconTable.Entry
}

/// Takes a text apart into words and keeps those of the lexicon: one pass, bounded work for each byte.
struct WordScanner {
    /// Letters of a run that are looked at.
    private static let runMax = 96
    /// A run without spaces may hide several words from this length on.
    private static let joinedMin = 12
    /// Letters set apart ("i g n o r e") that make a run.
    private static let spacedMin = 5

    private let table: LexiconTable
    private let folding: LetterFolding

    private(set) var words: [FoundWord] = []
    private(set) var turned: [TurnedWord] = []
    /// Words of letters of several scripts that look alike.
    private(set) var mixed: [(range: Range<Int>, isKnown: Bool)] = []

    // The word under way.
    private var letters: [UInt32] = []
    /// Of the letters, as they come.
    private var hash = LexiconTable.seed
    private var wordStart = 0
    private var latinCount = 0
    private var otherCount = 0
    private var lookAlikeCount = 0
    private var hasDigit = false
    /// Characters before, of a script without spaces, the latest last.
    private var unspaced: [(letter: UInt32, start: Int)] = []
    // Single letters in a row.
    private var spaced: [UInt32] = []
    private var spacedStart = 0
    private var spacedEnd = 0

    private var ordinal: Int32 = 0
    private var halfStep = false
    private var sentence: Int32 = 0
    // What stands between the last word and the next.
    private var hasStop = false
    private var lineBreaks = 0
    private var atBoundary = false

    init(_ words: InjectionWords) {
        table = words.table
        folding = words.folding
        letters.reserveCapacity(Self.runMax)
    }

    mutating func scan(_ text: Span<UInt8>) {
        var index = 0
        let count = text.count
        while index < count {
            let byte = text[index]
            if byte < 0x80 {
                if Scalars.isLetter(byte) {
                    take(UInt32(byte | 0x20), .latin, at: index, isUpper: byte & 0x20 == 0)
                } else if Scalars.isDigit(byte) {
                    take(UInt32(byte), .digit, at: index, isUpper: false)
                } else if byte == UInt8(ascii: "@") || byte == UInt8(ascii: "$"), index + 1 < count,
                    Scalars.isLetter(text[index + 1]) || Scalars.isDigit(text[index + 1])
                {
                    take(UInt32(byte), .digit, at: index, isUpper: false)
                } else if byte == UInt8(ascii: "'"), !letters.isEmpty {
                    // "don't" is a word.
                } else {
                    separate(byte, at: index)
                }
                index += 1
                continue
            }
            let (value, length) = Scalars.read(text, at: index)
            let (kind, letter) = folding.fold(value)
            switch kind {
            case .transparent: break
            case .separator: separate(Self.punctuation(value), at: index)
            case .latin, .digit, .cyrillic, .greek, .other: take(letter, kind, at: index, isUpper: false)
            case .unspaced: takeUnspaced(letter, at: index, end: index + length)
            }
            index += length
        }
        separate(UInt8(ascii: "."), at: count)
        endSpaced()
    }

    /// The ASCII mark that a mark of another script stands for.
    private static func punctuation(_ value: UInt32) -> UInt8 {
        switch value {
        case 0x3002, 0xFF01, 0xFF0E, 0xFF1F, 0x61F, 0x964, 0x2026: UInt8(ascii: ".")
        case 0x3001, 0xFF0C, 0xFF1A, 0xFF1B, 0x60C, 0x201C...0x201E, 0x300C...0x300F: UInt8(ascii: ",")
        case _: UInt8(ascii: " ")
        }
    }

    // MARK: Letters

    @inline(__always)
    private mutating func take(_ letter: UInt32, _ kind: LetterFolding.Kind, at index: Int, isUpper: Bool) {
        if letters.isEmpty {
            beginWord(at: index, isUpper: isUpper)
        }
        if letters.count < Self.runMax { letters.append(letter) }
        hash = LexiconTable.step(hash, letter)
        switch kind {
        case .latin: latinCount += 1
        case .digit: hasDigit = true
        case .cyrillic, .greek:
            otherCount += 1
            if LetterFolding.lookAlike(letter) != nil { lookAlikeCount += 1 }
        case .other: otherCount += 1
        case .separator, .transparent, .unspaced: break
        }
    }

    private mutating func beginWord(at index: Int, isUpper: Bool) {
        if !unspaced.isEmpty { unspaced.removeAll(keepingCapacity: true) }
        crossGap(beforeUpper: isUpper)
        wordStart = index
        hash = LexiconTable.seed
        latinCount = 0
        otherCount = 0
        lookAlikeCount = 0
        hasDigit = false
    }

    /// What stood since the last word decides whether a sentence ended there.
    private mutating func crossGap(beforeUpper: Bool) {
        if lineBreaks >= 2 || hasStop && (beforeUpper || lineBreaks > 0) { sentence += 1 }
        hasStop = false
        lineBreaks = 0
        atBoundary = false
    }

    @inline(__always)
    private mutating func separate(_ byte: UInt8, at index: Int) {
        if !letters.isEmpty { endWord(at: index) }
        switch byte {
        case UInt8(ascii: "."), UInt8(ascii: "!"), UInt8(ascii: "?"):
            hasStop = true
            bound()
        case 0x0A:
            lineBreaks += 1
            bound()
        case UInt8(ascii: ","), UInt8(ascii: ";"), UInt8(ascii: ":"), UInt8(ascii: "\""), UInt8(ascii: ")"),
            UInt8(ascii: "<"):
            bound()
        default: break
        }
    }

    /// A clause ends behind the last word.
    private mutating func bound() {
        guard !atBoundary else { return }
        atBoundary = true
        var position = words.count - 1
        while position >= 0, words[position].lastOrdinal == ordinal {
            words[position].endsClause = true
            position -= 1
        }
        if !unspaced.isEmpty { unspaced.removeAll(keepingCapacity: true) }
    }

    // MARK: Words

    private mutating func endWord(at end: Int) {
        ordinal += 1
        if letters.count == 1 {
            if latinCount == 1 || hasDigit { takeSpaced(at: wordStart, end: end) }
        } else if !spaced.isEmpty {
            endSpaced()
        }
        if letters.count < Self.runMax { lookUp(end) }
        letters.removeAll(keepingCapacity: true)
    }

    private mutating func lookUp(_ end: Int) {
        let found = FoundWord(
            start: wordStart, end: end, firstOrdinal: ordinal, lastOrdinal: ordinal, sentence: sentence,
            classes: WordClasses())
        let isMixed = latinCount > 0 && otherCount > 0
        if letters.count <= LexiconTable.lettersMax {
            if let entry = table[LexiconTable.finish(hash)] {
                return keep(entry, as: found)
            }
            if latinCount == 0, otherCount == 0 { return }
            if hasDigit {
                for oneIsL in [false, true] {
                    let spelled = letters.map { LetterFolding.letter(for: $0, oneIsL: oneIsL) }
                    if let entry = table[LexiconTable.hash(spelled[...])] { return keep(entry, as: found) }
                }
            }
            if lookAlikeCount > 0, lookAlikeCount == otherCount {
                let latin = letters.map { LetterFolding.lookAlike($0) ?? $0 }
                let entry = table[LexiconTable.hash(latin[...])]
                if isMixed, letters.count >= 4, entry != nil || latinCount > otherCount {
                    mixed.append((wordStart..<end, entry != nil))
                }
                if let entry { return keep(entry, as: found) }
                return
            }
            if letters.count >= 6, let entry = table[LexiconTable.shakenHash(letters[...])] {
                return keep(LexiconTable.Entry(plain: entry.plain), as: found)
            }
        }
        if letters.count >= Self.joinedMin, latinCount == letters.count { split(letters, from: wordStart, to: end) }
    }

    private mutating func keep(_ entry: LexiconTable.Entry, as word: FoundWord) {
        if !entry.plain.isEmpty {
            var word = word
            word.classes = entry.plain
            words.append(word)
        }
        if !entry.rotated.isEmpty || !entry.reversed.isEmpty { turned.append(TurnedWord(word: word, entry: entry)) }
    }

    // MARK: Letters set apart, and words run together

    private mutating func takeSpaced(at start: Int, end: Int) {
        if !spaced.isEmpty, start > spacedEnd + 3 || spaced.count >= Self.runMax { endSpaced() }
        if spaced.isEmpty { spacedStart = start }
        spaced.append(LetterFolding.letter(for: letters[0], oneIsL: false))
        spacedEnd = end
    }

    private mutating func endSpaced() {
        if spaced.count >= Self.spacedMin { split(spaced, from: spacedStart, to: spacedEnd) }
        spaced.removeAll(keepingCapacity: true)
    }

    /// The words of a run, the longest first at each place, where they make up most of it.
    private mutating func split(_ run: [UInt32], from start: Int, to end: Int) {
        var parts: [LexiconTable.Entry] = []
        var (position, covered) = (0, 0)
        while position < run.count {
            let longest = min(16, run.count - position)
            var length = longest
            while length >= 3 {
                if let entry = table[LexiconTable.hash(run[position..<position + length])], !entry.plain.isEmpty {
                    parts.append(entry)
                    covered += length
                    break
                }
                length -= 1
            }
            position += length >= 3 ? length : 1
        }
        guard parts.count >= 2, covered * 10 >= run.count * 7 else { return }
        for part in parts {
            ordinal += 1
            words.append(
                FoundWord(
                    start: start, end: end, firstOrdinal: ordinal, lastOrdinal: ordinal, sentence: sentence,
                    classes: part.plain))
        }
    }

    // MARK: Scripts without spaces

    /// Every word of the lexicon that ends with this character. Two characters count as a word.
    private mutating func takeUnspaced(_ letter: UInt32, at start: Int, end: Int) {
        if !letters.isEmpty { endWord(at: start) }
        if unspaced.isEmpty { crossGap(beforeUpper: true) }
        halfStep.toggle()
        if halfStep { ordinal += 1 }
        if unspaced.count == LexiconTable.unspacedMax { unspaced.removeFirst() }
        unspaced.append((letter, start))
        for length in 1...unspaced.count {
            let first = unspaced.count - length
            var hash = LexiconTable.seed
            for position in first..<unspaced.count { hash = LexiconTable.step(hash, unspaced[position].letter) }
            guard let entry = table[LexiconTable.finish(hash)], !entry.plain.isEmpty else { continue }
            words.append(
                FoundWord(
                    start: unspaced[first].start, end: end,
                    firstOrdinal: ordinal - Int32(length / 2) + (length > 1 ? 1 : 0), lastOrdinal: ordinal,
                    sentence: sentence, classes: entry.plain))
        }
    }
}
