/// A JSON text as a flat list of its values, each followed by all that it holds.
@usableFromInline struct JSONTree {
    @usableFromInline struct Node {
        @usableFromInline enum Kind: UInt8 { case object, array, string, number, yes, no, null }

        @usableFromInline let kind: Kind
        /// Whether a string has escapes.
        @usableFromInline var isEscaped = false
        /// Bytes of the value from the text's start: with braces or brackets; of a string without its quotes.
        @usableFromInline var start: Int32
        @usableFromInline var end: Int32 = 0
        /// The first node behind this one and all that it holds.
        @usableFromInline var next: Int32 = 0
    }

    /// Longer texts cannot be numbered by 32 bits, and none comes near.
    static let bytesMax = 1 << 30

    @usableFromInline private(set) var nodes: [Node] = []

    /// Reads a text in the place of the last one; the memory stays.
    mutating func read(_ text: UnsafeRawBufferPointer) throws(JSONProblem) {
        nodes.removeAll(keepingCapacity: true)
        nodes.reserveCapacity(32)
        guard text.count < Self.bytesMax, var scanner = JSONScanner(text) else {
            throw .syntax("empty or too long", offset: 0)
        }
        try value(&scanner)
        try scanner.finish()
    }

    private mutating func value(_ scanner: inout JSONScanner) throws(JSONProblem) {
        switch scanner.peek() {
        case UInt8(ascii: "{"): try object(&scanner)
        case UInt8(ascii: "["): try array(&scanner)
        case UInt8(ascii: "\""): append(try scanner.string())
        case UInt8(ascii: "t"): try literal(.yes, "true", &scanner)
        case UInt8(ascii: "f"): try literal(.no, "false", &scanner)
        case UInt8(ascii: "n"): try literal(.null, "null", &scanner)
        default:
            let number = try scanner.number()
            append(Node(kind: .number, start: Int32(number.start), end: Int32(number.end)))
        }
    }

    private mutating func object(_ scanner: inout JSONScanner) throws(JSONProblem) {
        let index = nodes.count
        nodes.append(Node(kind: .object, start: Int32(scanner.offset)))
        var first = true
        while try scanner.advanceToMember(first: &first) {
            append(try scanner.key())
            try value(&scanner)
        }
        close(index, scanner)
    }

    private mutating func array(_ scanner: inout JSONScanner) throws(JSONProblem) {
        let index = nodes.count
        nodes.append(Node(kind: .array, start: Int32(scanner.offset)))
        var first = true
        while try scanner.element(first: &first) { try value(&scanner) }
        close(index, scanner)
    }

    private mutating func close(_ index: Int, _ scanner: JSONScanner) {
        nodes[index].end = Int32(scanner.offset)
        nodes[index].next = Int32(nodes.count)
    }

    private mutating func literal(
        _ kind: Node.Kind, _ text: StaticString, _ scanner: inout JSONScanner
    ) throws(JSONProblem) {
        let start = scanner.offset
        try scanner.literal(text)
        append(Node(kind: kind, start: Int32(start), end: Int32(scanner.offset)))
    }

    private mutating func append(_ string: JSONString) {
        append(Node(kind: .string, isEscaped: string.isEscaped, start: Int32(string.start), end: Int32(string.end)))
    }

    @inlinable @inline(__always) mutating func append(_ node: Node) {
        var node = node
        node.next = Int32(nodes.count + 1)
        nodes.append(node)
    }

    /// Where the value of an object's member stands in the list; nil where there is no such member, where it is `null`,
    /// and where this is no object. `bytes`: the text.
    func member(_ key: StaticString, of index: Int, in bytes: UnsafeRawBufferPointer) -> Int? {
        nodes.withUnsafeBufferPointer { nodes in
            guard nodes[index].kind == .object else { return nil }
            let end = Int(nodes[index].next)
            let length = key.utf8CodeUnitCount
            var position = index &+ 1
            while position < end {
                let name = nodes[position]
                if Int(name.end &- name.start) == length, !name.isEscaped,
                    Self.equal(bytes, Int(name.start), key, length)
                {
                    return nodes[position &+ 1].kind == .null ? nil : position &+ 1
                }
                position = Int(nodes[position &+ 1].next)
            }
            return nil
        }
    }

    @inlinable @inline(__always) static func equal(
        _ bytes: UnsafeRawBufferPointer, _ start: Int, _ key: StaticString, _ length: Int
    ) -> Bool {
        for position in 0..<length where bytes[start &+ position] != key.utf8Start[position] { return false }
        return true
    }
}
