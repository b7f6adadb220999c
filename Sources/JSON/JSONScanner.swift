/// One strict forward scan over a JSON text (RFC 8259): nothing is built, values are read where they are wanted.
///
/// Refuses what parsers disagree about: invalid UTF-8, control characters in strings, numbers outside the grammar,
/// `NaN`, nesting deeper than 64. The pointer must outlive the scanner.
public struct JSONScanner {
    /// So deep may a text be nested.
    @inlinable public static var depthMax: Int { 64 }

    public let base: UnsafePointer<UInt8>
    public let count: Int
    public var offset = 0
    /// Objects and arrays that are open.
    public var depth = 0

    /// Nil for an empty text.
    @inlinable public init?(_ text: UnsafeRawBufferPointer) {
        guard let address = text.baseAddress, !text.isEmpty else { return nil }
        base = address.assumingMemoryBound(to: UInt8.self)
        count = text.count
    }

    // MARK: Looking

    /// The next byte that is not white space, which becomes the current one; 0 at the end (no value begins with 0).
    @inlinable @inline(__always) public mutating func peek() -> UInt8 {
        while offset < count {
            let byte = base[offset]
            if byte > 0x20 { return byte }
            guard byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else { return byte == 0 ? 1 : byte }
            offset += 1
        }
        return 0
    }

    @inlinable @inline(__always) public func problem(_ text: String) -> JSONProblem { .syntax(text, offset: offset) }

    /// The current byte may not stand here, or there is none; `wanted`: what should.
    @inline(never) public func unexpected(_ wanted: StaticString? = nil) -> JSONProblem {
        if let wanted { return problem("\(wanted)") }
        return offset < count ? problem("unexpected byte") : problem("unexpected end")
    }

    /// Eight bytes as a word, the first byte lowest; `position + 8` must not pass the end.
    @inlinable @inline(__always) public func word(at position: Int) -> UInt64 {
        UInt64(littleEndian: UnsafeRawPointer(base + position).loadUnaligned(as: UInt64.self))
    }

    // MARK: Structure

    /// Only white space may follow.
    @inlinable public mutating func finish() throws(JSONProblem) {
        if peek() != 0 { throw problem("trailing bytes behind the JSON text") }
    }

    @inlinable @inline(__always) public mutating func open() throws(JSONProblem) {
        depth += 1
        if depth > Self.depthMax { throw problem("nesting deeper than \(Self.depthMax)") }
        offset += 1
    }

    @inlinable @inline(__always) public mutating func close() {
        depth -= 1
        offset += 1
    }

    /// A member's key and its colon.
    @inlinable @inline(__always) public mutating func key() throws(JSONProblem) -> JSONString {
        guard peek() == UInt8(ascii: "\"") else { throw unexpected("a key is expected") }
        let key = try string()
        guard peek() == UInt8(ascii: ":") else { throw unexpected("a colon is expected") }
        offset += 1
        return key
    }

    /// Whether another element follows in the array that is open; before the first element `first` must be true.
    @inlinable public mutating func element(first: inout Bool) throws(JSONProblem) -> Bool {
        try advance(to: UInt8(ascii: "]"), first: &first)
    }

    /// Whether something follows before the bracket that closes; goes behind what stands between or around.
    @inlinable @inline(__always)
    public mutating func advance(to closing: UInt8, first: inout Bool) throws(JSONProblem) -> Bool {
        if first {
            try open()
            first = false
            if peek() != closing { return true }
            close()
            return false
        }
        let byte = peek()
        if byte == UInt8(ascii: ",") {
            offset += 1
            return true
        }
        guard byte == closing else { throw unexpected("a comma or the end is expected") }
        close()
        return false
    }

    // MARK: Whole values

    /// Checks a value and goes behind it. No recursion: one bit a level tells objects from arrays.
    public mutating func skipValue() throws(JSONProblem) {
        let outer = depth
        var objects: UInt64 = 0
        while true {
            let byte = peek()
            if byte == UInt8(ascii: "{") || byte == UInt8(ascii: "[") {
                let isObject = byte == UInt8(ascii: "{")
                try open()
                objects = objects << 1 | (isObject ? 1 : 0)
                if peek() == (isObject ? UInt8(ascii: "}") : UInt8(ascii: "]")) {
                    close()
                    objects >>= 1
                } else {
                    if isObject { _ = try key() }
                    continue
                }
            } else {
                try skipScalar(byte)
            }
            if try !next(above: outer, &objects) { return }
        }
    }

    /// Behind a value: closes what ends here; false when the outermost value is complete.
    @inline(__always)
    private mutating func next(above outer: Int, _ objects: inout UInt64) throws(JSONProblem) -> Bool {
        while depth > outer {
            let isObject = objects & 1 == 1
            let byte = peek()
            if byte == UInt8(ascii: ",") {
                offset += 1
                if isObject { _ = try key() }
                return true
            }
            guard byte == (isObject ? UInt8(ascii: "}") : UInt8(ascii: "]")) else { throw unexpected() }
            close()
            objects >>= 1
        }
        return false
    }

    @inlinable @inline(__always) mutating func skipScalar(_ byte: UInt8) throws(JSONProblem) {
        switch byte {
        case UInt8(ascii: "\""): _ = try string()
        case UInt8(ascii: "t"): try literal("true")
        case UInt8(ascii: "f"): try literal("false")
        case UInt8(ascii: "n"): try literal("null")
        default: _ = try number()
        }
    }

    @inlinable public mutating func literal(_ text: StaticString) throws(JSONProblem) {
        let length = text.utf8CodeUnitCount
        guard offset + length <= count else { throw problem("unexpected end") }
        for position in 0..<length where base[offset + position] != text.utf8Start[position] { throw unexpected() }
        offset += length
    }

    /// Goes behind `null`; false, and nothing read, for any other value.
    @inlinable public mutating func null() throws(JSONProblem) -> Bool {
        guard peek() == UInt8(ascii: "n") else { return false }
        try literal("null")
        return true
    }
}
