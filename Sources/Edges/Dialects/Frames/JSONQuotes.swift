/// Follows a JSON text byte by byte, to tell the bytes of its strings from its structure.
struct JSONQuotes {
    private var inString = false
    private var isEscaped = false

    /// Whether the next byte belongs to a string, its quotes included.
    @inline(__always) mutating func take(_ byte: UInt8) -> Bool {
        guard inString else {
            inString = byte == UInt8(ascii: "\"")
            return inString
        }
        if isEscaped {
            isEscaped = false
        } else if byte == UInt8(ascii: "\\") {
            isEscaped = true
        } else if byte == UInt8(ascii: "\"") {
            inString = false
        }
        return true
    }
}
