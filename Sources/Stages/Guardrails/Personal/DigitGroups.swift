/// Digits in groups, as numbers are written: `4111 1111 1111 1111`, `(030) 123-45`, `1.2.3.4`. Read once, asked by all who
/// know a kind of number.
struct DigitGroups {
    static let digitsMax = 32
    static let groupsMax = 12

    enum Separator: UInt8 {
        case none, space, hyphen, dot, slash
        /// With a parenthesis on either side.
        case paren
    }

    /// Values, not characters.
    private(set) var digits = InlineArray<32, UInt8>(repeating: 0)
    private(set) var digitCount = 0
    /// For each group: the digits up to its end, and the byte after its last digit.
    private var digitEnds = InlineArray<12, UInt8>(repeating: 0)
    private var byteEnds = InlineArray<12, Int>(repeating: 0)
    private var separators = InlineArray<12, Separator>(repeating: .none)
    private(set) var count = 0
    /// The first byte: of the first digit, or of a `+` or `(` before it.
    private(set) var start: Int
    private(set) var hasPlus = false
    private(set) var hasParen = false
    /// There is more that would belong to it than is read: it is no number that anybody knows.
    private(set) var isTooLong = false

    /// Digits in the first `groups` groups.
    func digits(in groups: Int) -> Int { Int(digitEnds[groups - 1]) }
    /// The byte after the first `groups` groups.
    func end(of groups: Int) -> Int { byteEnds[groups - 1] }
    func length(ofGroup index: Int) -> Int { Int(digitEnds[index]) - (index == 0 ? 0 : Int(digitEnds[index - 1])) }
    /// What stands between a group and the next.
    func separator(after index: Int) -> Separator { separators[index] }

    /// Lengths of the first groups as hexadecimal digits: `0x3334` is 3-3-3-4. At most eight groups; 0 for more.
    func shape(_ groups: Int) -> UInt32 {
        if groups > 8 { return 0 }
        var shape: UInt32 = 0
        for index in 0..<groups { shape = shape << 4 | UInt32(min(15, length(ofGroup: index))) }
        return shape
    }

    /// What stands between all of the first groups, if it is the same; `.none` for one group.
    func uniform(_ groups: Int) -> Separator? {
        if groups < 2 { return Separator.none }
        for index in 1..<max(1, groups - 1) where separators[index] != separators[0] { return nil }
        return separators[0]
    }

    /// A part of the digits as a number; at most 18 digits.
    func value(_ range: Range<Int>) -> Int {
        var value = 0
        for index in range { value = value &* 10 &+ Int(digits[index]) }
        return value
    }

    /// Reads what begins at `start`: a digit, `+` or `(`. Nil where that is no number.
    init?(_ text: Span<UInt8>, at start: Int, _ touched: inout Bool) {
        self.start = start
        var index = start
        var (lead, isClosed) = (0, false)
        while lead < 3 {
            let byte = text.peek(index, &touched)
            if byte == UInt8(ascii: "+"), !hasPlus {
                hasPlus = true
            } else if byte == UInt8(ascii: "("), !hasParen {
                hasParen = true
            } else {
                break
            }
            index += 1
            lead += 1
        }
        guard text.peek(index, &touched).isDigit else { return nil }
        while true {
            while true {
                let byte = text.peek(index, &touched)
                if !byte.isDigit { break }
                if digitCount == Self.digitsMax {
                    isTooLong = true
                    return
                }
                digits[digitCount] = byte &- 48
                digitCount += 1
                index += 1
            }
            digitEnds[count] = UInt8(digitCount)
            byteEnds[count] = index
            count += 1
            guard let (separator, next) = Self.separator(text, index, &touched) else {
                // A parenthesis that is not closed before the last digits is none of the number's.
                if hasParen, !isClosed { return nil }
                return
            }
            if separator == .paren { isClosed = true }
            if count == Self.groupsMax {
                isTooLong = true
                return
            }
            separators[count - 1] = separator
            index = next
        }
    }

    /// What separates two groups, and where the next begins; nil where no digit follows.
    private static func separator(
        _ text: Span<UInt8>, _ start: Int, _ touched: inout Bool
    ) -> (Separator, Int)? {
        var (index, kind, length) = (start, Separator.none, 0)
        while length < 3 {
            let byte = text.peek(index, &touched)
            switch byte {
            case UInt8(ascii: " "):
                if kind == .space { return nil }
                if kind == .none { kind = .space }
            case UInt8(ascii: "-"): kind = kind == .paren ? .paren : .hyphen
            case UInt8(ascii: "."):
                // Alone: what ends a sentence, or leaves something out, separates no groups.
                return length == 0 && text.peek(index + 1, &touched).isDigit ? (.dot, index + 1) : nil
            case UInt8(ascii: "/"): kind = .slash
            case UInt8(ascii: "("), UInt8(ascii: ")"): kind = .paren
            case 0xC2 where text.peek(index + 1, &touched) == 0xA0:
                kind = .space
                index += 1
            case 0xE2 where text.peek(index + 1, &touched) == 0x80:
                switch text.peek(index + 2, &touched) {
                case 0xAF: kind = .space
                case 0x90...0x93: kind = .hyphen
                default: return nil
                }
                index += 2
            default: return byte.isDigit && length > 0 ? (kind, index) : nil
            }
            index += 1
            length += 1
        }
        return text.peek(index, &touched).isDigit ? (kind, index) : nil
    }
}
