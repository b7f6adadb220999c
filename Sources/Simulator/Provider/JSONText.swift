import NIOCore

extension ByteBuffer {
    mutating func append(_ text: StaticString) { writeStaticString(text) }
    mutating func append(_ number: Int) { writeString(String(number)) }

    /// The text as a JSON string, with its quotes.
    mutating func appendJSON(_ text: String) {
        append("\"")
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                writeInteger(UInt8(ascii: "\\"))
                writeInteger(byte)
            case 0..<0x20:
                append("\\u00")
                writeString(byte < 16 ? "0" : "")
                writeString(String(byte, radix: 16))
            case _: writeInteger(byte)
            }
        }
        append("\"")
    }
}

extension String {
    /// The text as a JSON string, with its quotes.
    var json: String {
        var buffer = ByteBuffer()
        buffer.appendJSON(self)
        return String(buffer: buffer)
    }
}
