import GatewayTypes
import JSON

/// Numbers of tokens in providers' replies.
enum TokenCount {
    /// More tokens than any exchange has; keeps sums of hostile numbers in range.
    static let most: Int64 = 1_000_000_000_000

    static func bounded(_ count: Int64) -> Int64 { min(max(count, 0), most) }

    /// A count in range; nil where it is no number.
    static func read(_ value: JSONValue?) -> Int64? {
        guard let value, value.isNumber else { return nil }
        guard let number = value.scaled(places: 0) else { return most }
        return Int64(min(max(number, 0), Int128(most)))
    }

    /// Takes a part out of its whole; no more than the whole has, so that the kinds sum to it.
    static func take(_ part: Int64?, from rest: inout Int64) -> Int64? {
        guard let part else { return nil }
        let taken = min(part, rest)
        rest -= taken
        return taken
    }
}
