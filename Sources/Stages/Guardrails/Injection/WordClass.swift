/// What a word does in a sentence that injects: rules are written over these.
enum WordClass: String, CaseIterable {
    /// To take no notice of, in languages whose verb comes first, and in those where it comes last.
    case ignore, ignoreLate
    /// To take away: less clear than to ignore.
    case drop
    case prior, all, rest, instruction
    /// Orders, commands, training: instructions where the words around say so.
    case weakInstruction
    case your, you, told, tell, not, longer, follow, fresh, void, only, me
    case system, developer, prompt, message
    case reveal, revealLate, repeating, what, are, verbatim, word, text, begin
    case pretend, ai, model, dan, without, limits, unfiltered, refuse, never, mode, modeName, enter
    case disable, safety, must, always, user, conceal, this, send, secret, reading, attention
    case anything, doing, now, character, stay, grandma, contraband, free, openai, task
    case context, include, image, url, conversation, first, call, tool, condition, from
    /// Of everyday work: speaks against an injection.
    case everyday

    /// A set of classes has a bit for each, in two words.
    var bits: WordClasses {
        let position = Self.allCases.firstIndex(of: self) ?? 0
        return position < 64
            ? WordClasses(low: 1 << UInt64(position), high: 0)
            : WordClasses(low: 0, high: 1 << UInt64(position - 64))
    }
}

/// A set of `WordClass`.
struct WordClasses: Hashable {
    var low: UInt64 = 0
    var high: UInt64 = 0

    @inline(__always) var isEmpty: Bool { low | high == 0 }
    @inline(__always) func meets(_ other: WordClasses) -> Bool { low & other.low | high & other.high != 0 }
    @inline(__always) mutating func formUnion(_ other: WordClasses) {
        low |= other.low
        high |= other.high
    }
}
