/// How much a value looks as if a machine had made it: which classes of characters it has, and the entropy of their counts.
struct Randomness {
    private(set) var length = 0
    private(set) var hasLower = false
    private(set) var hasUpper = false
    private(set) var hasDigit = false
    /// A sign that names and paths do not have.
    private(set) var hasSign = false
    /// How often a byte is of another class (small, capital, digit, other) than the one before.
    private(set) var changes = 0
    /// The longest stretch of letters of one case.
    private(set) var longestRun = 0
    private(set) var isHex = true
    private var counts = InlineArray<128, UInt8>(repeating: 0)

    init(_ text: Span<UInt8>, _ range: Range<Int>) {
        var (last, run) = (UInt8.max, 0)
        for index in range {
            let byte = text[index]
            length += 1
            if !byte.isHex { isHex = false }
            let kind: UInt8 = byte.isLower ? 0 : byte.isUpper ? 1 : byte.isDigit ? 2 : 3
            run = kind == last ? run + 1 : 1
            if kind != last, length > 1 { changes += 1 }
            if kind < 2 { longestRun = max(longestRun, run) }
            last = kind
            counts[Int(byte & 127)] &+= 1
            if byte.isLower {
                hasLower = true
            } else if byte.isUpper {
                hasUpper = true
            } else if byte.isDigit {
                hasDigit = true
            } else {
                switch byte {
                case UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "/"): break
                default: hasSign = true
                }
            }
        }
    }

    /// Whether it is put together of words, as names in programs are: `PKCS7PrivateKeyTypes`.
    var isName: Bool { !isHex && longestRun >= 5 && changes * 100 < 40 * (length - 1) }

    /// Different bytes.
    var distinct: Int {
        var distinct = 0
        for index in 0..<128 where counts[index] > 0 { distinct += 1 }
        return distinct
    }

    /// Shannon's entropy of the bytes' counts, in hundredths of a bit per byte. At most 255 bytes.
    var centibits: Int {
        if length == 0 { return 0 }
        var sum = 0
        for index in 0..<128 where counts[index] > 1 { sum += Int(counts[index]) * Self.logarithms[Int(counts[index])] }
        return Self.logarithms[min(255, length)] - sum / length
    }

    /// Two's logarithm of 0 (as 0) to 255, in hundredths: squared seven times over, it gives binary digits one after the other.
    private static let logarithms: [Int] = (0...255).map { number in
        if number < 2 { return 0 }
        var (value, whole) = (Double(number), 0.0)
        while value >= 2 {
            value /= 2
            whole += 1
        }
        var bit = 0.5
        for _ in 0..<12 {
            value *= value
            if value >= 2 {
                value /= 2
                whole += bit
            }
            bit /= 2
        }
        return Int(whole * 100 + 0.5)
    }
}
