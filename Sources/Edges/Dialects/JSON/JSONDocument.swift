import NIOCore

/// A JSON text read once into a flat list of its values: no value is built before it is asked for.
///
/// For requests and replies that are translated; what merely passes is scanned without it.
final class JSONDocument {
    struct Node {
        enum Kind: UInt8 { case object, array, string, number, yes, no, null }

        let kind: Kind
        /// Whether a string has escapes.
        var isEscaped = false
        /// Bytes of the value from the text's start: with braces or brackets; of a string without its quotes.
        var start: Int32
        var end: Int32 = 0
        /// The first node behind this one and all that it holds.
        var next: Int32 = 0
    }

    /// Longer texts cannot be numbered by 32 bits, and none comes near.
    static let bytesMax = 1 << 30

    let bytes: ByteBuffer
    private(set) var nodes: [Node] = []

    /// `strict`: refuses an object that has a key twice, so that no second reader can find other facts.
    init(_ bytes: ByteBuffer, strict: Bool = false) throws(JSONProblem) {
        self.bytes = bytes
        nodes.reserveCapacity(32)
        let problem = bytes.withUnsafeReadableBytes { read($0, strict) }
        if let problem { throw problem }
    }

    /// Copies the bytes.
    convenience init(copying bytes: UnsafeRawBufferPointer) throws(JSONProblem) {
        try self.init(ByteBuffer(bytes: bytes))
    }

    var root: JSONValue { JSONValue(document: self, index: 0) }

    private func read(_ text: UnsafeRawBufferPointer, _ strict: Bool) -> JSONProblem? {
        guard text.count < Self.bytesMax, var scanner = JSONScanner(text) else {
            return .syntax("empty or too long", offset: 0)
        }
        do throws(JSONProblem) {
            try value(&scanner, strict)
            try scanner.finish()
            return nil
        } catch {
            return error
        }
    }

    private func value(_ scanner: inout JSONScanner, _ strict: Bool) throws(JSONProblem) {
        switch scanner.peek() {
        case UInt8(ascii: "{"): try object(&scanner, strict)
        case UInt8(ascii: "["): try array(&scanner, strict)
        case UInt8(ascii: "\""): append(try scanner.string())
        case UInt8(ascii: "t"): try literal(.yes, "true", &scanner)
        case UInt8(ascii: "f"): try literal(.no, "false", &scanner)
        case UInt8(ascii: "n"): try literal(.null, "null", &scanner)
        default:
            let number = try scanner.number()
            append(Node(kind: .number, start: Int32(number.start), end: Int32(number.end)))
        }
    }

    private func object(_ scanner: inout JSONScanner, _ strict: Bool) throws(JSONProblem) {
        let index = nodes.count
        nodes.append(Node(kind: .object, start: Int32(scanner.offset)))
        var first = true
        while try scanner.advanceToMember(first: &first) {
            append(try scanner.key())
            try value(&scanner, strict)
        }
        close(index, scanner)
        if strict { try refuseDuplicates(index) }
    }

    private func array(_ scanner: inout JSONScanner, _ strict: Bool) throws(JSONProblem) {
        let index = nodes.count
        nodes.append(Node(kind: .array, start: Int32(scanner.offset)))
        var first = true
        while try scanner.element(first: &first) { try value(&scanner, strict) }
        close(index, scanner)
    }

    private func close(_ index: Int, _ scanner: JSONScanner) {
        nodes[index].end = Int32(scanner.offset)
        nodes[index].next = Int32(nodes.count)
    }

    private func literal(
        _ kind: Node.Kind, _ text: StaticString, _ scanner: inout JSONScanner
    ) throws(JSONProblem) {
        let start = scanner.offset
        try scanner.literal(text)
        append(Node(kind: kind, start: Int32(start), end: Int32(scanner.offset)))
    }

    private func append(_ string: JSONString) {
        append(Node(kind: .string, isEscaped: string.isEscaped, start: Int32(string.start), end: Int32(string.end)))
    }

    private func append(_ node: Node) {
        var node = node
        node.next = Int32(nodes.count + 1)
        nodes.append(node)
    }

    private func refuseDuplicates(_ index: Int) throws(JSONProblem) {
        var seen = Set<String>()
        for (key, _) in JSONValue(document: self, index: index).members {
            guard seen.insert(key).inserted else { throw .member(key, "`\(key)` is given twice; give it once.") }
        }
    }
}
