/// Classes of words in an order, and the points that they give.
///
/// A rule reads `points step gap step …`: a step is a class or several (`prior|your`), a gap is how many words may stand
/// between. It holds within a sentence. A `$` at its end: a clause must end there.
struct InjectionRules {
    struct Rule {
        struct Step {
            let classes: WordClasses
            /// Words that may stand between this step and the one before.
            let gap: Int32
        }

        let kind: InjectionKind
        let weight: Int
        let steps: [Step]
        let endsClause: Bool
        /// As in `InjectionEvidence`.
        let source: Int
    }

    /// How many there are; a line that makes no sense is none.
    private(set) var count = 0
    /// By the position of a class that the first step takes.
    private var byFirst: [[Rule]] = Array(repeating: [], count: 128)

    init(_ text: [(InjectionKind, String)] = InjectionRules.text) {
        for (kind, lines) in text {
            for line in lines.split(separator: "\n") {
                guard let rule = Self.rule(line.split(separator: " "), kind, source: count + 1) else { continue }
                count += 1
                add(rule)
            }
        }
    }

    private mutating func add(_ rule: Rule) {
        guard let first = rule.steps.first?.classes else { return }
        for position in 0..<128 where first.meets(Self.bit(position)) { byFirst[position].append(rule) }
    }

    private static func bit(_ position: Int) -> WordClasses {
        position < 64
            ? WordClasses(low: 1 << UInt64(position)) : WordClasses(low: 0, high: 1 << UInt64(position - 64))
    }

    private static func rule(_ words: [Substring], _ kind: InjectionKind, source: Int) -> Rule? {
        guard let weight = words.first.flatMap({ Int($0) }) else { return nil }
        var steps: [Rule.Step] = []
        var gap: Int32 = 0
        for word in words.dropFirst() where word != "$" {
            if let number = Int32(word) {
                gap = number
                continue
            }
            var classes = WordClasses()
            for name in word.split(separator: "|") {
                guard let wordClass = WordClass(rawValue: String(name)) else { return nil }
                classes.formUnion(wordClass.bits)
            }
            steps.append(Rule.Step(classes: classes, gap: gap))
            gap = 0
        }
        return Rule(kind: kind, weight: weight, steps: steps, endsClause: words.last == "$", source: source)
    }

    /// Appends what the words say: of the rules that begin at a word, the one with the most points.
    func match(_ words: [FoundWord], into evidence: inout [InjectionEvidence]) {
        for index in words.indices {
            var best: (rule: Rule, end: Int)?
            visit(words[index].classes) { rule in
                guard rule.weight > best?.rule.weight ?? 0, let last = Self.end(of: rule, from: index, in: words) else {
                    return
                }
                let end = words[last].end
                if end - words[index].start <= InjectionDetector.evidenceBytesMax {
                    best = (rule, end)
                }
            }
            if let best {
                evidence.append(
                    InjectionEvidence(
                        range: words[index].start..<best.end, weight: best.rule.weight, kind: best.rule.kind,
                        source: best.rule.source))
            }
        }
    }

    private func visit(_ classes: WordClasses, _ body: (Rule) -> Void) {
        var (low, high) = (classes.low, classes.high)
        while low != 0 {
            for rule in byFirst[low.trailingZeroBitCount] { body(rule) }
            low &= low - 1
        }
        while high != 0 {
            for rule in byFirst[64 + high.trailingZeroBitCount] { body(rule) }
            high &= high - 1
        }
    }

    /// The position of the rule's last word: of each step the nearest that fits.
    private static func end(of rule: Rule, from start: Int, in words: [FoundWord]) -> Int? {
        var position = start
        for step in rule.steps.dropFirst() {
            let latest = words[position].lastOrdinal + step.gap + 1
            var next = position + 1
            while next < words.count, words[next].firstOrdinal <= latest,
                words[next].sentence == words[start].sentence,
                !(words[next].classes.meets(step.classes) && words[next].isBehind(words[position]))
            {
                next += 1
            }
            guard next < words.count, words[next].firstOrdinal <= latest,
                words[next].sentence == words[start].sentence
            else { return nil }
            position = next
        }
        return rule.endsClause && !words[position].endsClause ? nil : position
    }
}
