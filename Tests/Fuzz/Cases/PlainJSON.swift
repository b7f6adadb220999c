/// Whether bytes are one JSON text (RFC 8259), by the plainest means, so that the gateway's scanner is not checked by
/// itself.
struct PlainJSON {
    /// No text that the gateway writes is nested deeper.
    private static let depthMax = 200

    private let bytes: [UInt8]
    private var position = 0

    static func accepts(_ bytes: some Sequence<UInt8>) -> Bool {
        var reader = PlainJSON(bytes: Array(bytes))
        // Invalid UTF-8 would be repaired by decoding it, and so differ.
        guard Array(String(decoding: reader.bytes, as: UTF8.self).utf8) == reader.bytes else { return false }
        guard reader.value(depth: 0) else { return false }
        reader.space()
        return reader.position == reader.bytes.count
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    private var byte: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func space() {
        while let byte, [0x20, 0x09, 0x0A, 0x0D].contains(byte) { position += 1 }
    }

    private mutating func take(_ text: String) -> Bool {
        guard bytes[position...].starts(with: text.utf8) else { return false }
        position += text.utf8.count
        return true
    }

    private mutating func value(depth: Int) -> Bool {
        guard depth < Self.depthMax else { return false }
        space()
        switch byte {
        case UInt8(ascii: "{"): return list("}", depth) { $0.member(depth: $1) }
        case UInt8(ascii: "["): return list("]", depth) { $0.value(depth: $1) }
        case UInt8(ascii: "\""): return string()
        case UInt8(ascii: "t"): return take("true")
        case UInt8(ascii: "f"): return take("false")
        case UInt8(ascii: "n"): return take("null")
        default: return number()
        }
    }

    private mutating func list(_ end: String, _ depth: Int, _ item: (inout PlainJSON, Int) -> Bool) -> Bool {
        position += 1
        space()
        if take(end) { return true }
        repeat {
            guard item(&self, depth + 1) else { return false }
            space()
        } while take(",")
        return take(end)
    }

    private mutating func member(depth: Int) -> Bool {
        space()
        guard string() else { return false }
        space()
        return take(":") && value(depth: depth)
    }

    private mutating func string() -> Bool {
        guard take("\"") else { return false }
        while let byte {
            position += 1
            if byte == UInt8(ascii: "\"") { return true }
            if byte < 0x20 { return false }
            if byte == UInt8(ascii: "\\"), !escape() { return false }
        }
        return false
    }

    private mutating func escape() -> Bool {
        guard let letter = byte else { return false }
        position += 1
        guard letter == UInt8(ascii: "u") else { return "\"\\/bfnrt".utf8.contains(letter) }
        for _ in 0..<4 {
            guard let digit = byte, "0123456789abcdefABCDEF".utf8.contains(digit) else { return false }
            position += 1
        }
        return true
    }

    private mutating func number() -> Bool {
        _ = take("-")
        if !take("0"), !digits() { return false }
        if take("."), !digits() { return false }
        if take("e") || take("E") {
            _ = take("+") || take("-")
            return digits()
        }
        return true
    }

    private mutating func digits() -> Bool {
        let start = position
        while let byte, byte >= 0x30, byte <= 0x39 { position += 1 }
        return position > start
    }
}
