import Synchronization

/// Tokens per byte of one model's text, learned from what its provider counted.
///
/// The sums of bytes and of tokens lie side by side in one atomic word, so that readers always see a matching pair
/// and nobody waits. Older observations fade: both sums are halved whenever a bound is reached.
final class TokenRatio: Sendable {
    /// One token in four bytes, with the weight of 256 tokens: a handful of short replies is no evidence yet.
    private static let start = pack(bytes: 1024, tokens: 256)
    /// Sums are halved beyond this: about the last million bytes are remembered.
    private static let sumMax: UInt64 = 1 << 20

    private let sums = Atomic<UInt64>(TokenRatio.start)

    /// At least 1 where there is any text; 0 where there is none.
    func tokens(forBytes bytes: Int) -> Int64 {
        guard bytes > 0 else { return 0 }
        let (seenBytes, seenTokens) = Self.unpack(sums.load(ordering: .relaxed))
        let bytes = UInt64(min(bytes, 1 << 40))
        return Int64(max(1, (bytes * seenTokens + seenBytes - 1) / seenBytes))
    }

    /// What makes no sense (nothing counted, nothing seen, more than four tokens a byte) teaches nothing.
    func observe(bytes: Int, tokens: Int64) {
        guard bytes > 0, tokens > 0, bytes < 1 << 40, tokens / 4 <= bytes else { return }
        var newBytes = UInt64(bytes)
        var newTokens = UInt64(tokens)
        while newBytes > Self.sumMax || newTokens > Self.sumMax {
            newBytes /= 2
            newTokens /= 2
        }
        var current = sums.load(ordering: .relaxed)
        while true {
            var (sumBytes, sumTokens) = Self.unpack(current)
            sumBytes += newBytes
            sumTokens += newTokens
            while sumBytes > Self.sumMax || sumTokens > Self.sumMax {
                sumBytes /= 2
                sumTokens /= 2
            }
            let next = Self.pack(bytes: max(1, sumBytes), tokens: max(1, sumTokens))
            let (exchanged, original) = sums.weakCompareExchange(
                expected: current, desired: next, ordering: .relaxed)
            if exchanged { return }
            current = original
        }
    }

    private static func pack(bytes: UInt64, tokens: UInt64) -> UInt64 { bytes << 32 | tokens }
    private static func unpack(_ word: UInt64) -> (bytes: UInt64, tokens: UInt64) { (word >> 32, word & 0xFFFF_FFFF) }
}
