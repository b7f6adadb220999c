/// E-mail addresses, from their `@`. Letters beyond ASCII of the alphabets written in two bytes (Latin, Greek, Cyrillic, …) count.
enum EmailAddresses {
    /// RFC 5321: bytes before the `@`, and of a domain.
    static let localBytesMax = 64
    private static let domainBytesMax = 253

    /// Where the run of what may stand before an `@` begins; nil where it is longer than an address has it.
    static func localStart(_ text: Span<UInt8>, before end: Int) -> Int? {
        var index = end
        while index > 0 {
            let byte = text[index - 1]
            if byte.isWord || isExtra(byte) {
                index -= 1
            } else if byte & 0xC0 == 0x80, index > 1, isWideLetter(text[index - 2], byte) {
                index -= 2
            } else {
                break
            }
            if end - index > localBytesMax { return nil }
        }
        // Neither begins with a dot, nor with the sign of a list.
        while index < end, isExtra(text[index]) { index += 1 }
        return index
    }

    /// What is local beside letters and digits.
    private static func isExtra(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: ".") || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "+") || byte == UInt8(ascii: "%")
    }

    /// Letters of two bytes: U+00C0 to U+07FF without × and ÷.
    private static func isWideLetter(_ lead: UInt8, _ trail: UInt8) -> Bool {
        lead >= 0xC3 && lead < 0xE0 && trail & 0xC0 == 0x80 && !(lead == 0xC3 && (trail == 0x97 || trail == 0xB7))
    }

    /// Where the address ends whose `@` stands at `sign`; nil where none does.
    static func end(_ text: Span<UInt8>, sign: Int, _ touched: inout Bool) -> Int? {
        guard sign > 0, text[sign - 1].isWord || text[sign - 1] >= 0x80 || text[sign - 1] == UInt8(ascii: "-") else {
            return nil
        }
        var (index, labelStart, end) = (sign + 1, sign + 1, 0)
        var hasDot = false
        scan: while index - sign <= domainBytesMax {
            let byte = text.peek(index, &touched)
            if byte.isAlphanumeric {
                index += 1
            } else if byte >= 0xC3, byte < 0xE0, isWideLetter(byte, text.peek(index + 1, &touched)) {
                index += 2
            } else {
                let label = index - labelStart
                let next = text.peek(index + 1, &touched)
                switch byte {
                case UInt8(ascii: "-"):
                    guard label > 0, label < 63, next.isAlphanumeric || next == byte else { break scan }
                    index += 1
                case UInt8(ascii: "."):
                    guard label > 0, label <= 63, next.isAlphanumeric || next >= 0xC3 else { break scan }
                    hasDot = true
                    labelStart = index + 1
                    index += 1
                default: break scan
                }
            }
        }
        end = index
        guard hasDot, end - labelStart >= 2, end - labelStart <= 24, isTop(text, labelStart, end) else { return nil }
        let next = text.peek(end, &touched)
        return next == UInt8(ascii: "_") || next == UInt8(ascii: "@") || next == UInt8(ascii: "(") ? nil : end
    }

    /// Letters, or the letters of an internationalised domain in its ASCII form.
    private static func isTop(_ text: Span<UInt8>, _ start: Int, _ end: Int) -> Bool {
        if end - start > 4, text[start] | 32 == UInt8(ascii: "x"), text[start + 1] | 32 == UInt8(ascii: "n") {
            return true
        }
        for index in start..<end where text[index].isDigit || text[index] == UInt8(ascii: "-") { return false }
        return true
    }
}
