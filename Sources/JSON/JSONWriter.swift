public import NIOCore

extension ByteBuffer {
    /// Writes the text as a JSON string with its quotes (RFC 8259, section 7).
    public mutating func writeJSONString(_ text: String) {
        var text = text
        text.withUTF8 { writeJSONString(UnsafeRawBufferPointer($0)) }
    }

    private mutating func writeJSONString(_ text: UnsafeRawBufferPointer) {
        writeInteger(UInt8(ascii: "\""))
        var start = 0
        while true {
            let end = Self.plainEnd(of: text, from: start)
            writeBytes(UnsafeRawBufferPointer(rebasing: text[start..<end]))
            guard end < text.count else { break }
            writeEscape(text[end])
            start = end + 1
        }
        writeInteger(UInt8(ascii: "\""))
    }

    /// The first byte from `position` on that must be escaped, else the count; eight bytes at once.
    private static func plainEnd(of text: UnsafeRawBufferPointer, from position: Int) -> Int {
        let ones: UInt64 = 0x0101_0101_0101_0101
        var position = position
        while position &+ 8 <= text.count {
            let word = UInt64(littleEndian: text.loadUnaligned(fromByteOffset: position, as: UInt64.self))
            let quotes = word ^ 0x2222_2222_2222_2222
            let backslashes = word ^ 0x5C5C_5C5C_5C5C_5C5C
            // A borrow can only mark bytes above one that is rightly marked, so the lowest mark is exact.
            let marks =
                ((quotes &- ones) & ~quotes | (backslashes &- ones) & ~backslashes
                    | (word &- 0x2020_2020_2020_2020) & ~word) & 0x8080_8080_8080_8080
            if marks != 0 { return position &+ marks.trailingZeroBitCount >> 3 }
            position &+= 8
        }
        while position < text.count {
            let byte = text[position]
            if byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { break }
            position &+= 1
        }
        return position
    }

    private mutating func writeEscape(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\""): writeStaticString("\\\"")
        case UInt8(ascii: "\\"): writeStaticString("\\\\")
        case UInt8(ascii: "\n"): writeStaticString("\\n")
        case UInt8(ascii: "\r"): writeStaticString("\\r")
        case UInt8(ascii: "\t"): writeStaticString("\\t")
        default:
            let digits = String(byte, radix: 16)
            writeString(digits.utf8.count == 1 ? "\\u000" + digits : "\\u00" + digits)
        }
    }

    /// Writes the text as a JSON string, or `null`.
    public mutating func writeJSONString(orNull text: String?) {
        if let text { writeJSONString(text) } else { writeStaticString("null") }
    }

    /// Writes one JSON object, whose members `write` gives.
    @inlinable public mutating func writeJSONObject(_ write: (inout JSONBuilder) -> Void) {
        var builder = JSONBuilder(self)
        // Else the builder would write into a copy.
        self = ByteBuffer()
        builder.openObject()
        write(&builder)
        builder.closeObject()
        self = (consume builder).output
    }
}

extension String {
    /// The text as a JSON string, with its quotes.
    public var json: String {
        var buffer = ByteBuffer()
        buffer.writeJSONString(self)
        return String(buffer: buffer)
    }
}
