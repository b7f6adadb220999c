import NIOCore

extension ByteBuffer {
    /// Writes the text as a JSON string with its quotes (RFC 8259, section 7).
    mutating func writeJSONString(_ text: String) {
        writeInteger(UInt8(ascii: "\""))
        if text.utf8.allSatisfy({ $0 >= 0x20 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }) {
            writeString(text)
            writeInteger(UInt8(ascii: "\""))
            return
        }
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""): writeStaticString("\\\"")
            case UInt8(ascii: "\\"): writeStaticString("\\\\")
            case UInt8(ascii: "\n"): writeStaticString("\\n")
            case UInt8(ascii: "\r"): writeStaticString("\\r")
            case UInt8(ascii: "\t"): writeStaticString("\\t")
            case 0..<0x20:
                let digits = String(byte, radix: 16)
                writeString(digits.utf8.count == 1 ? "\\u000" + digits : "\\u00" + digits)
            default: writeInteger(byte)
            }
        }
        writeInteger(UInt8(ascii: "\""))
    }

    /// Writes the text as a JSON string, or `null`.
    mutating func writeJSONString(orNull text: String?) {
        if let text { writeJSONString(text) } else { writeStaticString("null") }
    }
}
