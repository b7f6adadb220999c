/// Whether a number may begin at an index: not within a word, a decimal, a date, a path or a sum of money.
enum NumberStart {
    static func isOne(_ text: Span<UInt8>, _ index: Int) -> Bool {
        let (last, before) = (text.before(index), index > 1 ? text[index - 2] : 0)
        if last.isWord { return false }
        switch last {
        case UInt8(ascii: "."), UInt8(ascii: "/"), UInt8(ascii: "'"): return !before.isAlphanumeric
        case UInt8(ascii: ","), UInt8(ascii: ":"): return !before.isDigit
        case UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "$"), UInt8(ascii: "%"), UInt8(ascii: "\\"),
            UInt8(ascii: "@"),
            UInt8(ascii: "#"), UInt8(ascii: "&"), UInt8(ascii: "^"):
            return false
        // Pound, yen, euro.
        case 0xA3, 0xA5: return before != 0xC2
        case 0xAC: return before != 0x82
        default: return true
        }
    }
}
