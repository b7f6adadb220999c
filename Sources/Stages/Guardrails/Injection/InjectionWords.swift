/// What words say: lexicon and rules together.
struct InjectionWords: Sendable {
    /// Building it takes milliseconds; it never changes.
    static let shared = InjectionWords()

    /// Points of a text that was hidden by an encoding: saying it so is part of the attack.
    static let concealedThreshold = 50

    let folding = LetterFolding.shared
    let table: LexiconTable
    let rules = InjectionRules()

    private init() {
        table = LexiconTable(InjectionLexicon.text, folding: .shared)
    }

    /// Appends what the text's words say, and where words of everyday work begin.
    func collect(_ text: Span<UInt8>, into evidence: inout [InjectionEvidence], everyday: inout [Int]) {
        var scanner = WordScanner(self)
        scanner.scan(text)
        rules.match(scanner.words, into: &evidence)
        for word in scanner.words where word.classes.meets(Self.everydayBits) { everyday.append(word.start) }
        for mixed in scanner.mixed {
            evidence.append(
                InjectionEvidence(range: mixed.range, weight: mixed.isKnown ? 100 : 60, kind: .hiddenCharacters))
        }
        concealed(scanner.turned, isReversed: false, into: &evidence)
        concealed(scanner.turned, isReversed: true, into: &evidence)
    }

    private static let everydayBits = WordClass.everyday.bits

    /// The most points of what a decoded text says close together.
    func points(_ text: Span<UInt8>) -> Int {
        var scanner = WordScanner(self)
        scanner.scan(text)
        var evidence: [InjectionEvidence] = []
        rules.match(scanner.words, into: &evidence)
        ConversationMarkers.collect(text, into: &evidence)
        return Self.most(evidence)
    }

    private static func most(_ evidence: [InjectionEvidence]) -> Int {
        var (most, first) = (0, 0)
        var window = EvidenceWindow()
        for piece in evidence {
            window.add(piece)
            while evidence[first].range.lowerBound + InjectionDetector.nearBytes < piece.range.lowerBound {
                window.remove(evidence[first])
                first += 1
            }
            most = max(most, window.sum)
        }
        return most
    }

    /// Words turned by thirteen letters, or backwards: whole rules of them.
    private func concealed(
        _ turned: [TurnedWord], isReversed: Bool,
        into evidence: inout [InjectionEvidence]
    ) {
        var words: [FoundWord] = []
        for turned in isReversed ? turned.reversed() : turned {
            var word = turned.word
            word.classes = isReversed ? turned.entry.reversed : turned.entry.rotated
            guard !word.classes.isEmpty else { continue }
            word.sentence = 0
            word.endsClause = false
            if isReversed {
                // Later in the text is earlier in what it says.
                (word.firstOrdinal, word.lastOrdinal) = (-turned.word.lastOrdinal, -turned.word.firstOrdinal)
                (word.start, word.end) = (-turned.word.end, -turned.word.start)
            }
            words.append(word)
        }
        guard words.count >= 2 else { return }
        var said: [InjectionEvidence] = []
        rules.match(words, into: &said)
        for piece in said where piece.weight >= Self.concealedThreshold {
            let range = isReversed ? -piece.range.upperBound..<(-piece.range.lowerBound) : piece.range
            evidence.append(InjectionEvidence(range: range, weight: 110, kind: .encodedPayload))
        }
    }
}
