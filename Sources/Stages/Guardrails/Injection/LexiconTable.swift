/// Looks words up by a hash of their folded letters: as they are, turned by thirteen letters, backwards, or with their
/// inner letters shaken.
struct LexiconTable {
    struct Entry {
        var plain = WordClasses()
        var rotated = WordClasses()
        var reversed = WordClasses()

        @inline(__always) var isEmpty: Bool { plain.isEmpty && rotated.isEmpty && reversed.isEmpty }
    }

    /// Characters of the longest word of a script without spaces.
    static let unspacedMax = 6
    /// Letters of the longest other word.
    static let lettersMax = 24

    private var keys: [UInt64]
    private var entries: [Entry]
    private let mask: Int

    init(_ lexicon: [(WordClass, String)], folding: LetterFolding) {
        var found: [UInt64: Entry] = [:]
        for (wordClass, text) in lexicon {
            for word in text.split(whereSeparator: \.isWhitespace) {
                Self.add(Self.folded(word, folding), wordClass.bits, to: &found)
            }
        }
        var capacity = 1024
        while capacity < found.count * 3 { capacity *= 2 }
        keys = Array(repeating: 0, count: capacity)
        entries = Array(repeating: Entry(), count: capacity)
        mask = capacity - 1
        for (key, entry) in found {
            var slot = Int(truncatingIfNeeded: key) & mask
            while keys[slot] != 0 { slot = (slot + 1) & mask }
            keys[slot] = key
            entries[slot] = entry
        }
    }

    private static func add(_ letters: [UInt32], _ classes: WordClasses, to found: inout [UInt64: Entry]) {
        found[hash(letters[...]), default: Entry()].plain.formUnion(classes)
        guard letters.allSatisfy({ (0x61...0x7A).contains($0) }) else { return }
        // Short words turn into other short words.
        if letters.count >= 4 || classes == WordClass.all.bits {
            let rotated = letters.map { 0x61 + ($0 - 0x61 + 13) % 26 }
            found[hash(rotated[...]), default: Entry()].rotated.formUnion(classes)
            let reversed = Array(letters.reversed())
            if reversed != letters { found[hash(reversed[...]), default: Entry()].reversed.formUnion(classes) }
        }
        if letters.count >= 6 { found[shakenHash(letters[...]), default: Entry()].plain.formUnion(classes) }
    }

    private static func folded(_ word: Substring, _ folding: LetterFolding) -> [UInt32] {
        word.unicodeScalars.compactMap { scalar in
            if scalar.isASCII { return scalar == "'" ? nil : scalar.value | 0x20 }
            let (kind, letter) = folding.fold(scalar.value)
            return kind == .transparent ? nil : letter
        }
    }

    static let seed: UInt64 = 0xCBF2_9CE4_8422_2325

    @inline(__always) static func hash(_ letters: ArraySlice<UInt32>) -> UInt64 {
        var hash = seed
        for letter in letters { hash = step(hash, letter) }
        return finish(hash)
    }

    @inline(__always) static func step(_ hash: UInt64, _ letter: UInt32) -> UInt64 {
        (hash ^ UInt64(letter)) &* 0x100_0000_01B3
    }

    /// Never 0, and mixed downwards, since the table's places are the low bits.
    @inline(__always) static func finish(_ hash: UInt64) -> UInt64 {
        var mixed = hash
        mixed ^= mixed >> 29
        mixed = mixed &* 0xBF58_476D_1CE4_E5B9
        mixed ^= mixed >> 32
        return mixed | 1
    }

    /// The same for all orders of the inner letters.
    static func shakenHash(_ letters: ArraySlice<UInt32>) -> UInt64 {
        var inner: UInt64 = 0
        for position in (letters.startIndex + 1)..<(letters.endIndex - 1) {
            inner &+= finish(UInt64(letters[position]) &* 0x9E37_79B9_7F4A_7C15)
        }
        let ends = UInt64(letters.first ?? 0) << 32 | UInt64(letters.last ?? 0)
        return finish(inner ^ finish(ends &+ UInt64(letters.count) << 56))
    }

    @inline(__always) subscript(key: UInt64) -> Entry? {
        var slot = Int(truncatingIfNeeded: key) & mask
        while keys[slot] != 0 {
            if keys[slot] == key { return entries[slot] }
            slot = (slot + 1) & mask
        }
        return nil
    }
}
