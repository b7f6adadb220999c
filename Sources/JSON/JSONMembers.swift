/// The keys that are known at one level of a JSON text, or the words that a string may be: an enum's raw values,
/// prepared for comparison with bytes.
public struct JSONKeys<Field: CaseIterable & RawRepresentable<String> & Sendable>: Sendable {
    @usableFromInline struct Entry: Sendable {
        @usableFromInline let length: Int
        /// The first eight bytes, padded with zeros.
        @usableFromInline let head: UInt64
        @usableFromInline let bytes: [UInt8]
        @usableFromInline let field: Field
    }

    @usableFromInline let entries: [Entry]

    public init() {
        entries = Field.allCases.map { field in
            let bytes = Array(field.rawValue.utf8)
            let head = bytes.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            return Entry(length: bytes.count, head: head, bytes: bytes, field: field)
        }
    }

    /// The field that a key without escapes names, and its position.
    @inlinable @inline(__always) public func find(_ key: JSONString, in scanner: JSONScanner) -> (
        field: Field, position: Int
    )? {
        find(key.start..<key.end, in: scanner)
    }

    /// The field that the bytes in a range name, and its position.
    @inlinable @inline(__always) public func find(_ range: Range<Int>, in scanner: JSONScanner) -> (
        field: Field, position: Int
    )? {
        let length = range.count
        let head = Self.head(at: range.lowerBound, length: length, in: scanner)
        for position in entries.indices where entries[position].length == length && entries[position].head == head {
            let entry = entries[position]
            if length <= 8 { return (entry.field, position) }
            var next = 8
            while next < length, scanner.base[range.lowerBound + next] == entry.bytes[next] { next += 1 }
            if next == length { return (entry.field, position) }
        }
        return nil
    }

    @inlinable @inline(__always) static func head(at start: Int, length: Int, in scanner: JSONScanner) -> UInt64 {
        if start + 8 <= scanner.count {
            let word = scanner.word(at: start)
            return length >= 8 ? word : word & (1 << UInt64(length * 8) - 1)
        }
        var head: UInt64 = 0
        for position in (0..<min(length, 8)).reversed() { head = head << 8 | UInt64(scanner.base[start + position]) }
        return head
    }
}

/// A member's key: one that is known, or another.
public enum JSONMember<Field> {
    case known(Field)
    case other(JSONString)
}

/// Walks the members of an object of a request, where a second reader must not find other facts than the first:
/// a known key that comes twice, or is spelt with escapes, is refused.
public struct StrictMembers<Field: CaseIterable & RawRepresentable<String> & Sendable> {
    @usableFromInline let keys: JSONKeys<Field>
    /// The path of the object, with its final dot.
    @usableFromInline let path: StaticString
    @usableFromInline var seen: UInt64 = 0
    @usableFromInline var isFirst = true

    @inlinable public init(_ keys: JSONKeys<Field>, path: StaticString = "") {
        self.keys = keys
        self.path = path
    }

    /// The next member, with the scanner before its value; nil behind the object.
    /// At first the current byte must be the object's `{`.
    @inlinable public mutating func next(_ scanner: inout JSONScanner) throws(JSONProblem) -> JSONMember<Field>? {
        guard try scanner.advanceToMember(first: &isFirst) else { return nil }
        let key = try scanner.key()
        if key.isEscaped {
            let text = try scanner.text(of: key)
            if Field(rawValue: text) != nil {
                throw .member("\(path)\(text)", "Write the key `\(text)` plainly, without escapes.")
            }
            return .other(key)
        }
        guard let (field, position) = keys.find(key, in: scanner) else { return .other(key) }
        guard seen & 1 << UInt64(position) == 0 else {
            let name = "\(path)\(field.rawValue)"
            throw .member(name, "`\(name)` is given twice; give it once.")
        }
        seen |= 1 << UInt64(position)
        return .known(field)
    }
}

/// Walks the members of an object of a reply: takes what it knows and minds nothing else.
public struct LenientMembers<Field: CaseIterable & RawRepresentable<String> & Sendable> {
    @usableFromInline let keys: JSONKeys<Field>
    @usableFromInline var isFirst = true

    @inlinable public init(_ keys: JSONKeys<Field>) { self.keys = keys }

    /// The next known member, with the scanner before its value; nil behind the object. Unknown ones are skipped.
    @inlinable @inline(__always) public mutating func next(_ scanner: inout JSONScanner) throws(JSONProblem) -> Field? {
        while try scanner.advanceToMember(first: &isFirst) {
            let key = try scanner.key()
            if let (field, _) = keys.find(key, in: scanner) { return field }
            try scanner.skipValue()
        }
        return nil
    }
}

extension JSONScanner {
    /// Whether another member follows in the object; before the first one `first` must be true.
    @inlinable @inline(__always) public mutating func advanceToMember(first: inout Bool) throws(JSONProblem) -> Bool {
        if first, peek() != UInt8(ascii: "{") { throw unexpected() }
        return try advance(to: UInt8(ascii: "}"), first: &first)
    }
}
