public import NIOCore

/// A JSON text read once into a flat list of its values: no value is built before it is asked for.
///
/// For requests and replies that are translated; what merely passes is scanned without it.
public final class JSONDocument {
    /// The text.
    public private(set) var bytes: ByteBuffer
    @usableFromInline private(set) var tree = JSONTree()

    /// `strict`: refuses an object that has a key twice, so that no second reader can find other facts.
    public init(_ bytes: ByteBuffer, strict: Bool = false) throws(JSONProblem) {
        self.bytes = bytes
        try read()
        if strict { try refuseDuplicates() }
    }

    /// Copies the bytes.
    public convenience init(copying bytes: UnsafeRawBufferPointer, strict: Bool = false) throws(JSONProblem) {
        try self.init(ByteBuffer(bytes: bytes), strict: strict)
    }

    /// The outermost value.
    public var root: JSONValue { JSONValue(document: self, index: 0) }

    /// Copies another text into the place of this one. No value of the old one may be left.
    fileprivate func replace(_ text: UnsafeRawBufferPointer) throws(JSONProblem) {
        bytes.clear()
        bytes.writeBytes(text)
        try read()
    }

    private func read() throws(JSONProblem) {
        // A local value is written to without asking each time whether somebody else does.
        var read = JSONTree()
        swap(&read, &tree)
        let problem = bytes.withUnsafeReadableBytes { bytes -> JSONProblem? in
            do throws(JSONProblem) {
                try read.read(bytes)
                return nil
            } catch {
                return error
            }
        }
        swap(&read, &tree)
        if let problem { throw problem }
    }

    private func refuseDuplicates() throws(JSONProblem) {
        for index in tree.nodes.indices where tree.nodes[index].kind == .object {
            var seen = Set<String>()
            for (key, _) in JSONValue(document: self, index: index).members {
                guard seen.insert(key).inserted else { throw .member(key, "`\(key)` is given twice; give it once.") }
            }
        }
    }
}

/// Reads one text after another: into the memory of the last one where nobody holds a value of it any more.
public final class JSONTexts {
    private var document: JSONDocument?

    public init() {}

    /// Copies the bytes.
    public func read(_ text: UnsafeRawBufferPointer) throws(JSONProblem) -> JSONValue {
        if isKnownUniquelyReferenced(&document), let document {
            try document.replace(text)
            return document.root
        }
        let read = try JSONDocument(copying: text)
        document = read
        return read.root
    }
}
