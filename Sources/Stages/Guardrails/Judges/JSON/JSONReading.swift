import JSON

/// Reads one JSON text into a `JSONNode`, strictly: no trailing bytes, no member twice, no half surrogates, bounded depth.
enum JSONReading {
    struct Fault: Error, Equatable {
        /// For people and models; holds nothing of the text.
        let what: String
        let offset: Int
    }

    static let bytesMax = 4 << 20

    static func read(_ text: some Collection<UInt8>) throws(Fault) -> JSONNode {
        guard text.count <= bytesMax else { throw Fault(what: "too long", offset: 0) }
        let bytes = Array(text)
        do throws(JSONProblem) {
            return try bytes.span.withUnsafeBytes { (text) throws(JSONProblem) in
                try node(of: JSONDocument(copying: text).root)
            }
        } catch {
            switch error {
            case .syntax(let what, let offset): throw Fault(what: what, offset: offset)
            // Its sentence names a member, which is of the text.
            case .member: throw Fault(what: "a member is not what it may be", offset: 0)
            }
        }
    }

    private static func node(of value: JSONValue) throws(JSONProblem) -> JSONNode {
        if value.isObject { return try object(value) }
        if value.isArray {
            var elements: [JSONNode] = []
            for element in value.elements { elements.append(try node(of: element)) }
            return .array(elements)
        }
        if let text = try value.checkedString() { return .string(Array(text.utf8)) }
        if value.isNumber { return .number(JSONNumeral(value.raw)) }
        return value.bool.map { .bool($0) } ?? .null
    }

    private static func object(_ value: JSONValue) throws(JSONProblem) -> JSONNode {
        var members: [[UInt8]: JSONNode] = [:]
        for (key, value) in try value.checkedMembers() {
            guard members.updateValue(try node(of: value), forKey: Array(key.utf8)) == nil else {
                throw .syntax("a member stands there twice", offset: value.range.lowerBound)
            }
        }
        return .object(members)
    }
}
