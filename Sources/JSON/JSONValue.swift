public import NIOCore

/// One value of a `JSONDocument`.
public struct JSONValue {
    public let document: JSONDocument
    public let index: Int

    @inlinable @inline(__always) var node: JSONTree.Node { document.tree.nodes[index] }

    @inlinable public var isObject: Bool { node.kind == .object }
    @inlinable public var isArray: Bool { node.kind == .array }
    @inlinable public var isString: Bool { node.kind == .string }
    @inlinable public var isNumber: Bool { node.kind == .number }
    @inlinable public var isNull: Bool { node.kind == .null }

    // MARK: Structure

    /// The member of that key; nil where there is none, where it is `null`, and where this is no object.
    public subscript(key: StaticString) -> JSONValue? {
        document.bytes.withUnsafeReadableBytes { document.tree.member(key, of: index, in: $0) }
            .map { JSONValue(document: document, index: $0) }
    }

    /// The members of an object in order, `null`s too; none of anything else.
    public var members: [(key: String, value: JSONValue)] {
        guard node.kind == .object else { return [] }
        var found: [(key: String, value: JSONValue)] = []
        var position = index + 1
        while position < Int(node.next) {
            let key = JSONValue(document: document, index: position).string ?? ""
            found.append((key, JSONValue(document: document, index: position + 1)))
            position = Int(document.tree.nodes[position + 1].next)
        }
        return found
    }

    /// The key of a value that `members` gave.
    public var key: JSONValue { JSONValue(document: document, index: index - 1) }

    /// As `members`; half a surrogate pair in a key is refused.
    public func checkedMembers() throws(JSONProblem) -> [(key: String, value: JSONValue)] {
        var members = members
        for position in members.indices {
            members[position].key = try members[position].value.key.checkedString() ?? ""
        }
        return members
    }

    /// The elements of an array in order; none of anything else.
    public var elements: [JSONValue] {
        guard node.kind == .array else { return [] }
        var found: [JSONValue] = []
        var position = index + 1
        while position < Int(node.next) {
            found.append(JSONValue(document: document, index: position))
            position = Int(document.tree.nodes[position].next)
        }
        return found
    }

    // MARK: Values

    /// The text of a string; half a surrogate pair becomes U+FFFD. Nil of anything else.
    public var string: String? {
        let node = node
        guard node.kind == .string else { return nil }
        return document.bytes.withUnsafeReadableBytes { bytes in
            guard node.isEscaped else {
                let content = UnsafeRawBufferPointer(rebasing: bytes[Int(node.start)..<Int(node.end)])
                return String(decoding: content, as: UTF8.self)
            }
            return JSONScanner(bytes)?.lossyText(start: Int(node.start), end: Int(node.end)) ?? ""
        }
    }

    /// The text of a string; half a surrogate pair is refused. Nil of anything else.
    public func checkedString() throws(JSONProblem) -> String? {
        let node = node
        guard node.kind == .string else { return nil }
        guard node.isEscaped else { return string }
        let place = JSONString(start: Int(node.start), end: Int(node.end), isEscaped: true, decodedBytes: 0)
        return try document.bytes.withUnsafeReadableBytes { (bytes) throws(JSONProblem) in
            try JSONScanner(bytes)?.text(of: place)
        }
    }

    /// Whether it is a string of just that text.
    public func says(_ text: StaticString) -> Bool {
        let node = node
        guard node.kind == .string, !node.isEscaped, Int(node.end - node.start) == text.utf8CodeUnitCount else {
            return false
        }
        return document.bytes.withUnsafeReadableBytes { bytes in
            (0..<text.utf8CodeUnitCount).allSatisfy { bytes[Int(node.start) + $0] == text.utf8Start[$0] }
        }
    }

    /// Which of the words that an enum lists a string is; nil where it is none of them, and of anything else.
    @inlinable @inline(__always) public func word<Word>(of words: JSONKeys<Word>) -> Word? {
        let node = node
        guard node.kind == .string, !node.isEscaped else { return nil }
        return document.bytes.withUnsafeReadableBytes { bytes in
            JSONScanner(bytes).flatMap { words.find(Int(node.start)..<Int(node.end), in: $0)?.field }
        }
    }

    /// A whole number that fits; nil of anything else. `3.0` is whole.
    public var integer: Int64? {
        withNumber { scanner, number in
            if number.isInteger { return scanner.integer(number) }
            guard let value = scanner.double(number), value == value.rounded(), abs(value) < 9e15 else { return nil }
            return Int64(value)
        }
    }

    public var double: Double? { withNumber { scanner, number in scanner.double(number) } }

    public var bool: Bool? {
        switch node.kind {
        case .yes: true
        case .no: false
        case .object, .array, .string, .number, .null: nil
        }
    }

    /// The number times 10 to the power of `places`, exactly.
    public func scaled(places: Int) -> Int128? {
        withNumber { scanner, number in scanner.scaled(number, places: places) }
    }

    private func withNumber<Result>(_ read: (JSONScanner, JSONNumber) -> Result?) -> Result? {
        guard node.kind == .number else { return nil }
        return document.bytes.withUnsafeReadableBytes { bytes in
            guard var scanner = JSONScanner(bytes) else { return nil }
            scanner.offset = Int(node.start)
            do throws(JSONProblem) { return read(scanner, try scanner.number()) } catch { return nil }
        }
    }

    /// Whether a member with this value asks for nothing: `null`, false, an empty text, nothing in brackets.
    public var saysNothing: Bool {
        switch node.kind {
        case .object, .array: Int(node.next) == index + 1
        case .string: node.start == node.end
        case .null, .no: true
        case .number, .yes: false
        }
    }

    // MARK: Source text

    /// Where the value stands in the text; a string with its quotes.
    public var range: Range<Int> {
        node.kind == .string ? Int(node.start) - 1..<Int(node.end) + 1 : Int(node.start)..<Int(node.end)
    }

    /// The value as it was written.
    public var raw: String {
        document.bytes.withUnsafeReadableBytes { String(decoding: $0[range], as: UTF8.self) }
    }
}

extension JSONScanner {
    /// The text between two positions inside a string that was checked before.
    fileprivate func lossyText(start: Int, end: Int) -> String {
        var text = ""
        var position = start
        while position < end {
            var plain = position
            while plain < end, base[plain] != UInt8(ascii: "\\") { plain += 1 }
            text += String(
                decoding: UnsafeBufferPointer(start: base + position, count: plain - position), as: UTF8.self)
            position = plain
            if position < end {
                var reader = self
                do throws(JSONProblem) {
                    let escape = try reader.escape(at: position)
                    text.unicodeScalars.append(Unicode.Scalar(escape.value) ?? "\u{FFFD}")
                    position += escape.length
                } catch {
                    return text
                }
            }
        }
        return text
    }
}
