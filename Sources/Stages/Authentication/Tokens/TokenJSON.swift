import JSON

/// A JSON value of a token or a key set, read strictly (RFC 8259): no member twice, nothing behind the end, valid UTF-8.
///
/// Two readers that disagree about a member that stands there twice would see two identities in one signature.
indirect enum TokenJSON: Equatable, Sendable {
    case null
    case bool(Bool)
    /// As it was written.
    case number(String)
    case string(String)
    case array([TokenJSON])
    case object([String: TokenJSON])

    /// Values inside of one another at most.
    private static let depthMax = 16

    /// Nil: the bytes are not one JSON value.
    init?(_ bytes: [UInt8]) {
        do throws(JSONProblem) {
            let root = try bytes.span.withUnsafeBytes { (text) throws(JSONProblem) in
                try JSONDocument(copying: text).root
            }
            try self.init(root, depth: 0)
        } catch {
            return nil
        }
    }

    private init(_ value: JSONValue, depth: Int) throws(JSONProblem) {
        guard depth < Self.depthMax else { throw .syntax("nested too deep", offset: value.range.lowerBound) }
        if value.isObject {
            var members: [String: TokenJSON] = [:]
            for (name, member) in try value.checkedMembers() {
                guard members.updateValue(try TokenJSON(member, depth: depth + 1), forKey: name) == nil else {
                    throw .member(name, "`\(name)` is given twice.")
                }
            }
            self = .object(members)
        } else if value.isArray {
            var values: [TokenJSON] = []
            for element in value.elements { values.append(try TokenJSON(element, depth: depth + 1)) }
            self = .array(values)
        } else if let text = try value.checkedString() {
            self = .string(text)
        } else if value.isNumber {
            self = .number(value.raw)
        } else {
            self = value.bool.map { .bool($0) } ?? .null
        }
    }

    subscript(name: String) -> TokenJSON? {
        guard case .object(let members) = self else { return nil }
        return members[name]
    }

    var text: String? {
        guard case .string(let text) = self else { return nil }
        return text
    }

    var number: Double? {
        guard case .number(let text) = self else { return nil }
        return Double(text)
    }

    /// The one value, or each of a list's.
    var entries: [TokenJSON] {
        guard case .array(let values) = self else { return [self] }
        return values
    }

    /// A text, number or truth as text; nil where it is something else.
    var scalar: String? {
        switch self {
        case .string(let text), .number(let text): text
        case .bool(let flag): flag ? "true" : "false"
        case .null, .array, .object: nil
        }
    }
}
