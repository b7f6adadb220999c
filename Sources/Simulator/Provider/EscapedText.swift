/// A JSON string with escapes, made plain: two clients that write the same text differently are answered alike.
enum EscapedText {
    static func string(_ raw: UnsafeRawBufferPointer, _ range: Range<Int>) -> String {
        String(decoding: bytes(raw, range), as: UTF8.self)
    }

    /// The text in UTF-8; half a surrogate pair becomes the replacement character.
    static func bytes(_ raw: UnsafeRawBufferPointer, _ range: Range<Int>) -> [UInt8] {
        var plain: [UInt8] = []
        plain.reserveCapacity(range.count)
        var position = range.lowerBound
        while position < range.upperBound {
            guard raw[position] == UInt8(ascii: "\\"), position + 1 < range.upperBound else {
                plain.append(raw[position])
                position += 1
                continue
            }
            let letter = raw[position + 1]
            position += 2
            switch letter {
            case UInt8(ascii: "n"): plain.append(0x0A)
            case UInt8(ascii: "t"): plain.append(0x09)
            case UInt8(ascii: "r"): plain.append(0x0D)
            case UInt8(ascii: "b"): plain.append(0x08)
            case UInt8(ascii: "f"): plain.append(0x0C)
            case UInt8(ascii: "u"): plain += scalar(raw, &position, range.upperBound).utf8
            case _: plain.append(letter)
            }
        }
        return plain
    }

    private static func scalar(_ raw: UnsafeRawBufferPointer, _ position: inout Int, _ end: Int) -> String {
        guard let high = unit(raw, position, end) else { return "\u{FFFD}" }
        position += 4
        if (0xD800..<0xDC00).contains(high), position + 6 <= end, raw[position] == UInt8(ascii: "\\"),
            raw[position + 1] == UInt8(ascii: "u"), let low = unit(raw, position + 2, end),
            (0xDC00..<0xE000).contains(low)
        {
            position += 6
            return Unicode.Scalar(0x10000 + (high - 0xD800) << 10 + (low - 0xDC00)).map { String($0) } ?? "\u{FFFD}"
        }
        return Unicode.Scalar(high).map { String($0) } ?? "\u{FFFD}"
    }

    private static func unit(_ raw: UnsafeRawBufferPointer, _ start: Int, _ end: Int) -> UInt32? {
        guard start + 4 <= end else { return nil }
        return UInt32(String(decoding: raw[start..<start + 4], as: UTF8.self), radix: 16)
    }
}
