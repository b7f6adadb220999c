/// Deterministic draws: the same for the same seed in every process, not for secrets.
enum Mix {
    /// The finalizer of SplitMix64 (Steele, Lea, Flood 2014).
    static func draw(_ seed: UInt64, _ index: UInt64) -> UInt64 {
        var mixed = seed &+ (index &+ 1) &* 0x9E37_79B9_7F4A_7C15
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// Eight bytes at a time; the tail and the length are mixed in last.
    static func digest(_ raw: UnsafeRawBufferPointer, seed: UInt64) -> UInt64 {
        var state = seed ^ 0xCBF2_9CE4_8422_2325
        var position = 0
        while position + 8 <= raw.count {
            state = (state ^ raw.loadUnaligned(fromByteOffset: position, as: UInt64.self)) &* 0x9FB2_1C65_1E98_DF25
            state ^= state >> 32
            position += 8
        }
        var tail = UInt64(raw.count)
        while position < raw.count {
            tail = tail << 8 | UInt64(raw[position])
            position += 1
        }
        return draw(state, tail)
    }
}

/// The simulator's vocabulary: every token is one word.
enum Words {
    private static let words: [StaticString] = [
        "the", "river", "runs", "over", "a", "low", "weir", "and", "slows", "before", "it", "turns", "toward", "mill",
        "water", "is", "measured", "by", "height", "above", "crest", "when", "rain", "comes", "gates", "open", "so",
        "that", "fields", "stay", "dry", "each", "stream", "finds", "its", "level", "stones", "keep", "their", "place",
        "under", "quiet", "pool", "where", "trout", "wait", "for", "evening", "light", "we", "count", "what", "passes",
        "then", "write", "down", "with", "care", "every", "drop", "has", "path", "to", "sea",
    ]

    static func word(_ seed: UInt64, _ index: Int) -> StaticString {
        words[Int(Mix.draw(seed, UInt64(index)) % UInt64(words.count))]
    }
}
