/// Finds words and phrases in one pass over the text (Aho and Corasick, 1975), however many they are: in either case, as
/// whole words, with any white space between those of a phrase.
public struct WordDetector: TextDetector {
    public let reasons: [Reason]
    public let reachBytes: Int
    private let trie: WordTrie

    /// White space, or invisible characters, in a row that count as one: more of them are none.
    private static let runMax = 16
    private static let scalarBytesMax = 4

    public init(_ groups: [(reason: Reason, words: [String])]) {
        var trie = WordTrie()
        var reasons: [Reason] = []
        for group in groups {
            let reason = reasons.firstIndex(of: group.reason) ?? reasons.count
            if reason == reasons.count { reasons.append(group.reason) }
            for word in group.words { trie.add(Self.scalars(of: word), reason: reason) }
        }
        trie.link()
        self.trie = trie
        self.reasons = reasons
        // Every scalar may be followed by a run of what counts as nothing, and a neighbour on either side is looked at.
        reachBytes = max(64, trie.depthMax * 2 * Self.scalarBytesMax + Self.runMax * Self.scalarBytesMax)
    }

    private static func scalars(of word: String) -> [UInt32] {
        var scalars: [UInt32] = []
        for scalar in word.unicodeScalars {
            let folded = FoldedText.folded(scalar.value)
            if folded == FoldedText.nothing || (folded == FoldedText.blank && (scalars.last ?? folded) == folded) {
                continue
            }
            scalars.append(folded)
        }
        if scalars.last == FoldedText.blank { scalars.removeLast() }
        return scalars
    }

    public var contextBytes: Int { Self.scalarBytesMax }

    public func find(in text: Span<UInt8>, into findings: inout [Finding]) {
        _ = find(in: text, from: 0, isEnd: true, into: &findings)
    }

    /// Undecided is what a word may have begun in, or touch.
    public func find(in text: Span<UInt8>, from start: Int, isEnd: Bool, into findings: inout [Finding]) -> Int {
        let first = findings.count
        // Where the last scalars began that count, for the beginning of a match; a ring.
        var begins = [Int](repeating: start, count: trie.depthMax + 1)
        var (state, counted, blanks, skipped, index) = (0, 0, 0, 0, start)
        while index < text.count {
            let (scalar, bytes) = FoldedText.next(in: text, at: index)
            defer { index += bytes }
            if scalar == FoldedText.nothing {
                skipped += 1
                if skipped > Self.runMax { state = 0 }
                continue
            }
            skipped = 0
            blanks = scalar == FoldedText.blank ? blanks + 1 : 0
            if blanks > 1, blanks <= Self.runMax { continue }
            state = trie.next(state, scalar)
            begins[counted % begins.count] = index
            counted += 1
            guard trie.hasEnd(state) else { continue }
            let end = index + bytes
            trie.forEachEnd(at: state) { reason, depth in
                let begin = begins[(counted - depth) % begins.count]
                if Self.isWhole(begin..<end, last: scalar, in: text) {
                    findings.append(Finding(begin..<end, reasons[reason]))
                }
            }
        }
        findings.merge(from: first)
        guard !isEnd else { return text.count }
        let depth = trie.depth(of: state)
        return findings.keep(from: first, until: depth == 0 ? text.count : begins[(counted - depth) % begins.count])
    }

    /// Whether no letter or digit touches it.
    private static func isWhole(_ range: Range<Int>, last: UInt32, in text: Span<UInt8>) -> Bool {
        if range.upperBound < text.count, FoldedText.isWord(last), !FoldedText.isUnspaced(last),
            FoldedText.isWord(FoldedText.raw(in: text, at: range.upperBound).scalar)
        {
            return false
        }
        guard range.lowerBound > 0 else { return true }
        let first = FoldedText.raw(in: text, at: range.lowerBound).scalar
        guard FoldedText.isWord(first), !FoldedText.isUnspaced(first) else { return true }
        var before = range.lowerBound - 1
        while before > 0, text[before] & 0xC0 == 0x80 { before -= 1 }
        return !FoldedText.isWord(FoldedText.raw(in: text, at: before).scalar)
    }
}
