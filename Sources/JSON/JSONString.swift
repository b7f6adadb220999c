/// Where a string lies in a JSON text.
public struct JSONString {
    /// The first byte behind the opening quote, and the closing quote.
    public let start: Int
    public let end: Int
    public let isEscaped: Bool
    /// UTF-8 bytes of the text once its escapes are resolved (a lone surrogate counts 3).
    public let decodedBytes: Int

    public var isEmpty: Bool { start == end }
}

extension JSONScanner {
    private static let ones: UInt64 = 0x0101_0101_0101_0101
    private static let highBits: UInt64 = 0x8080_8080_8080_8080

    /// The string that begins at the current byte.
    public mutating func string() throws(JSONProblem) -> JSONString {
        let start = offset + 1
        var position = start
        var saved = 0
        var escaped = false
        while true {
            position = plainEnd(from: position)
            guard position < count else {
                offset = count
                throw problem("unexpected end of a string")
            }
            let byte = base[position]
            if byte == UInt8(ascii: "\"") { break }
            if byte == UInt8(ascii: "\\") {
                escaped = true
                let escape = try escape(at: position)
                position += escape.length
                saved += escape.length - escape.decodedBytes
            } else if byte >= 0x80 {
                repeat { position += try scalarLength(at: position) } while position < count && base[position] >= 0x80
            } else {
                offset = position
                throw problem("control character in a string")
            }
        }
        offset = position + 1
        return JSONString(
            start: start, end: position, isEscaped: escaped, decodedBytes: position - start - saved)
    }

    /// The first byte from `position` on that is a quote, a backslash, a control character or not ASCII; eight at once.
    @inline(__always) private func plainEnd(from position: Int) -> Int {
        var position = position
        while position &+ 8 <= count {
            let bytes = word(at: position)
            let quotes = (bytes ^ 0x2222_2222_2222_2222) &- Self.ones
            let backslashes = (bytes ^ 0x5C5C_5C5C_5C5C_5C5C) &- Self.ones
            let controls = bytes &- 0x2020_2020_2020_2020
            // A borrow can only mark bytes above one that is rightly marked, so the lowest mark is exact.
            let marks = (quotes | backslashes | controls | bytes) & Self.highBits
            if marks != 0 { return position &+ marks.trailingZeroBitCount >> 3 }
            position &+= 8
        }
        while position < count {
            let byte = base[position]
            if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") || byte < 0x20 || byte >= 0x80 { break }
            position &+= 1
        }
        return position
    }

    // MARK: UTF-8 (RFC 3629, table 3-7 of the Unicode standard)

    private mutating func scalarLength(at position: Int) throws(JSONProblem) -> Int {
        let lead = base[position]
        let length = lead < 0xC2 ? 0 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : lead < 0xF5 ? 4 : 0
        guard length > 0, position + length <= count else { throw invalidUTF8(position) }
        let second = base[position + 1]
        let lowest: UInt8 = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80
        let highest: UInt8 = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF
        guard second >= lowest, second <= highest else { throw invalidUTF8(position) }
        for next in position + 2..<max(position + 2, position + length) where base[next] & 0xC0 != 0x80 {
            throw invalidUTF8(position)
        }
        return length
    }

    private mutating func invalidUTF8(_ position: Int) -> JSONProblem {
        offset = position
        return problem("invalid UTF-8")
    }

    // MARK: Escapes

    public struct Escape {
        public let length: Int
        let decodedBytes: Int
        /// The code point; a lone surrogate stays one.
        let value: UInt32
    }

    public mutating func escape(at position: Int) throws(JSONProblem) -> Escape {
        guard position + 1 < count else {
            offset = count
            throw problem("unexpected end of a string")
        }
        switch base[position + 1] {
        case UInt8(ascii: "\""): return Escape(length: 2, decodedBytes: 1, value: 0x22)
        case UInt8(ascii: "\\"): return Escape(length: 2, decodedBytes: 1, value: 0x5C)
        case UInt8(ascii: "/"): return Escape(length: 2, decodedBytes: 1, value: 0x2F)
        case UInt8(ascii: "b"): return Escape(length: 2, decodedBytes: 1, value: 0x08)
        case UInt8(ascii: "f"): return Escape(length: 2, decodedBytes: 1, value: 0x0C)
        case UInt8(ascii: "n"): return Escape(length: 2, decodedBytes: 1, value: 0x0A)
        case UInt8(ascii: "r"): return Escape(length: 2, decodedBytes: 1, value: 0x0D)
        case UInt8(ascii: "t"): return Escape(length: 2, decodedBytes: 1, value: 0x09)
        case UInt8(ascii: "u"): break
        default:
            offset = position
            throw problem("unknown escape in a string")
        }
        guard let unit = codeUnit(at: position) else {
            offset = position
            throw problem("a \\u escape needs four hexadecimal digits")
        }
        if unit & 0xFC00 == 0xD800, let low = codeUnit(at: position + 6), low & 0xFC00 == 0xDC00 {
            return Escape(length: 12, decodedBytes: 4, value: 0x10000 + (unit & 0x3FF) << 10 + (low & 0x3FF))
        }
        return Escape(length: 6, decodedBytes: unit < 0x80 ? 1 : unit < 0x800 ? 2 : 3, value: unit)
    }

    /// The UTF-16 code unit of the `\uXXXX` at `position`; nil when there is none.
    private func codeUnit(at position: Int) -> UInt32? {
        guard position + 6 <= count, base[position] == UInt8(ascii: "\\"), base[position + 1] == UInt8(ascii: "u")
        else { return nil }
        var unit: UInt32 = 0
        for next in position + 2..<position + 6 {
            let digit: UInt8
            switch base[next] {
            case let byte where byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9"): digit = byte - 0x30
            case let byte where byte | 0x20 >= UInt8(ascii: "a") && byte | 0x20 <= UInt8(ascii: "f"):
                digit = (byte | 0x20) - 0x57
            default: return nil
            }
            unit = unit << 4 | UInt32(digit)
        }
        return unit
    }

    // MARK: Reading

    @inlinable public func bytes(of string: JSONString) -> UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(start: base + string.start, count: string.end - string.start)
    }

    /// The string's text. A lone surrogate has none and is refused.
    public func text(of string: JSONString) throws(JSONProblem) -> String {
        guard string.isEscaped else { return String(decoding: bytes(of: string), as: UTF8.self) }
        var reader = self
        var text = ""
        var position = string.start
        while position < string.end {
            var plain = position
            while plain < string.end, base[plain] != UInt8(ascii: "\\") { plain += 1 }
            text += String(
                decoding: UnsafeBufferPointer(start: base + position, count: plain - position), as: UTF8.self)
            position = plain
            if position < string.end {
                let escape = try reader.escape(at: position)
                guard let scalar = Unicode.Scalar(escape.value) else {
                    throw .syntax("a \\u escape names half a surrogate pair", offset: position)
                }
                text.unicodeScalars.append(scalar)
                position += escape.length
            }
        }
        return text
    }

    /// The value's text when it is a string; nil for `null`, refused otherwise.
    public mutating func optionalText(_ name: String) throws(JSONProblem) -> String? {
        if try null() { return nil }
        guard peek() == UInt8(ascii: "\"") else { throw .member(name, "`\(name)` must be a string.") }
        return try text(of: string())
    }
}
