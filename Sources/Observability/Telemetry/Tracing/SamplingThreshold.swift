/// Consistent probability sampling (OpenTelemetry, "TraceState: Probability Sampling"): a trace is kept where its 56
/// random bits are not below the threshold. A smaller share has a higher threshold, so what it keeps, every larger share
/// keeps too, in every process that follows the specification.
public struct SamplingThreshold: Hashable, Sendable {
    /// 0: everything is kept … 2⁵⁶: nothing is.
    public let value: UInt64

    static let bits: UInt64 = 0xFF_FFFF_FFFF_FFFF
    public static let always = SamplingThreshold(value: 0)
    public static let never = SamplingThreshold(value: bits + 1)

    private init(value: UInt64) { self.value = value }

    /// - Parameter share: of traces to keep; taken as 0 … 1. Rounded so that the threshold has five digits after its
    ///   leading `f`s, a relative error below 10⁻⁵.
    public init(share: Double) {
        let share = min(1, max(0, share))
        guard share > 0 else { self = .never; return }
        let exact = Self.bits + 1 - UInt64((share * 0x1p56).rounded())
        guard exact <= Self.bits else { self = .never; return }
        let leading = (~(exact << 8) | 0xFF).leadingZeroBitCount / 4
        let dropped = UInt64(max(0, 14 - leading - Self.digitsAfterLeading)) * 4
        let rounded = dropped == 0 ? exact : ((exact + (1 << (dropped - 1))) >> dropped) << dropped
        value = min(rounded, Self.bits + 1)
    }

    private static let digitsAfterLeading = 5

    /// The value of `th`: 1 … 14 lower-case hexadecimal digits, zeros at the end left out. Nil where it is not that.
    public init?(_ text: some StringProtocol) {
        guard let digits = HexDigits.value(of: text, count: 1...14) else { return nil }
        value = digits << UInt64((14 - text.utf8.count) * 4)
    }

    public func keeps(randomness: UInt64) -> Bool { randomness & Self.bits >= value }

    /// As `th` writes it; nil where nothing is kept, which `th` cannot say.
    public var text: String? {
        guard value <= Self.bits else { return nil }
        var digits = String(value, radix: 16)
        digits = String(repeating: "0", count: 14 - digits.utf8.count) + digits
        while digits.utf8.count > 1, digits.utf8.last == UInt8(ascii: "0") { digits.removeLast() }
        return digits
    }
}

/// Lower-case hexadecimal digits, and nothing else.
enum HexDigits {
    /// Nil where there are more or fewer digits than `count`, or anything that is none.
    static func value(of text: some StringProtocol, count: ClosedRange<Int>) -> UInt64? {
        guard count.contains(text.utf8.count) else { return nil }
        var value: UInt64 = 0
        for byte in text.utf8 {
            switch byte {
            case 0x30...0x39: value = value << 4 | UInt64(byte - 0x30)
            case 0x61...0x66: value = value << 4 | UInt64(byte - 0x61 + 10)
            default: return nil
            }
        }
        return value
    }
}
