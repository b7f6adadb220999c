/// What a byte may be part of: the table by which the scan passes over most of a text.
enum ByteKind {
    static let digit: UInt8 = 1
    static let lower: UInt8 = 2
    static let upper: UInt8 = 4
    static let underscore: UInt8 = 8
    /// Letters, digits, `_`: what words and the bodies of tokens are made of.
    static let word: UInt8 = 15
    /// `.`, `+`, `-`, `%`: with words, what stands before the `@` of an address.
    static let local: UInt8 = 16
    /// Where something may begin that does not begin with a word.
    static let trigger: UInt8 = 32
    /// Part of a character beyond ASCII.
    static let wide: UInt8 = 64
    static let letter: UInt8 = 6
    static let wordOrTrigger: UInt8 = 47

    static let table: [UInt8] = (0...255).map { byte in
        switch UInt8(byte) {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit
        case UInt8(ascii: "a")...UInt8(ascii: "z"): lower
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): upper
        case UInt8(ascii: "_"): underscore
        case UInt8(ascii: "."), UInt8(ascii: "%"): local
        case UInt8(ascii: "+"), UInt8(ascii: "-"): local | trigger
        case UInt8(ascii: "@"), UInt8(ascii: ":"), UInt8(ascii: "="), UInt8(ascii: "("): trigger
        case 0x80...: wide
        default: 0
        }
    }
}

extension UInt8 {
    @inline(__always) var isDigit: Bool { self &- 48 < 10 }
    @inline(__always) var isUpper: Bool { self &- 65 < 26 }
    @inline(__always) var isLower: Bool { self &- 97 < 26 }
    @inline(__always) var isLetter: Bool { (self | 32) &- 97 < 26 }
    @inline(__always) var isAlphanumeric: Bool { isDigit || isLetter }
    @inline(__always) var isWord: Bool { isAlphanumeric || self == 95 }
    @inline(__always) var isHex: Bool { isDigit || (self | 32) &- 97 < 6 }
    @inline(__always) var isWhite: Bool { self == 32 || self &- 9 < 5 }
    /// 0 where it is no digit of base 16.
    @inline(__always) var hexValue: UInt16 { isDigit ? UInt16(self &- 48) : UInt16(((self | 32) &- 87) & 15) }
    @inline(__always) var uppercased: UInt8 { isLower ? self &- 32 : self }
}

/// The text and whether its end was looked at: what was decided without looking at the end holds, whatever follows.
extension Span<UInt8> {
    /// 0 beyond the end, which is noted.
    @inline(__always) func peek(_ index: Int, _ touched: inout Bool) -> UInt8 {
        if index < count { return self[index] }
        touched = true
        return 0
    }

    /// The byte before an index; 0 before the beginning.
    @inline(__always) func before(_ index: Int) -> UInt8 { index > 0 ? self[index - 1] : 0 }

    /// Whether these bytes stand at an index. The end is noted only where everything up to it is equal.
    func has(_ bytes: StaticString, at index: Int, _ touched: inout Bool) -> Bool {
        for offset in 0..<bytes.utf8CodeUnitCount where peek(index + offset, &touched) != bytes.utf8Start[offset] {
            return false
        }
        return true
    }
}
