import GatewayTypes
import JSON

/// Turns a schema's JSON into rules.
struct SchemaReading {
    private static let schemasMax = 4_000
    private static let annotations: Set<String> = [
        "$schema", "$id", "$comment", "title", "description", "default", "examples", "deprecated", "readOnly",
        "writeOnly",
        "format", "$defs", "$anchor", "strict", "name",
    ]

    private let root: JSONNode
    private let pattern: (String) -> (any PatternTest)?
    private(set) var rules: [JSONSchema.Rules] = []
    /// Where the schema of a reference stands, once it has been met.
    private var references: [String: Int] = [:]

    typealias Fault = JSONSchema.Fault

    init(root: JSONNode, pattern: @escaping (String) -> (any PatternTest)?) {
        self.root = root
        self.pattern = pattern
    }

    mutating func schema(_ node: JSONNode, at path: String, depth: Int) throws(Fault) -> Int {
        let position = rules.count
        guard position < Self.schemasMax, depth < JSONScanner.depthMax else {
            throw Fault(path: path, what: "is too large")
        }
        rules.append(JSONSchema.Rules())
        if depth == 0, path.isEmpty { references["#"] = position }
        switch node {
        case .bool(let allows): rules[position].isNever = !allows
        case .object(let members):
            for (key, value) in members.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
                let name = String(decoding: key, as: UTF8.self)
                try keyword(name, value, position, at: path.isEmpty ? name : path + "." + name, depth)
            }
        case .null, .number, .string, .array: throw Fault(path: path, what: "is not a schema: an object, true or false")
        }
        return position
    }

    private mutating func keyword(
        _ name: String, _ value: JSONNode, _ position: Int, at path: String, _ depth: Int
    ) throws(Fault) {
        switch name {
        case "type": rules[position].types = try types(value, at: path)
        case "enum": rules[position].allowed = try list(value, at: path)
        case "const": rules[position].allowed = [value]
        case "required": rules[position].required = try names(value, at: path)
        case "properties": rules[position].properties = try table(value, at: path, depth)
        case "additionalProperties": rules[position].additional = try schema(value, at: path, depth: depth + 1)
        case "items": rules[position].items = try schema(value, at: path, depth: depth + 1)
        case "not": rules[position].not = try schema(value, at: path, depth: depth + 1)
        case "prefixItems": rules[position].prefixItems = try schemas(value, at: path, depth)
        case "anyOf": rules[position].anyOf = try schemas(value, at: path, depth)
        case "oneOf": rules[position].oneOf = try schemas(value, at: path, depth)
        case "allOf": rules[position].allOf = try schemas(value, at: path, depth)
        case "$ref": rules[position].reference = try reference(value, at: path, depth)
        case "pattern": rules[position].pattern = try test(value, at: path)
        case "uniqueItems":
            guard case .bool(let unique) = value else { throw Fault(path: path, what: "is neither true nor false") }
            rules[position].unique = unique
        default:
            if try bound(name, value, position, at: path) || Self.annotations.contains(name) { return }
            throw Fault(path: path, what: "is not known here; see the documentation for what is")
        }
    }

    /// Whether it is a keyword with a number.
    private mutating func bound(
        _ name: String, _ value: JSONNode, _ position: Int, at path: String
    ) throws(Fault) -> Bool {
        switch name {
        case "minimum": rules[position].minimum = try number(value, at: path)
        case "maximum": rules[position].maximum = try number(value, at: path)
        case "exclusiveMinimum": rules[position].above = try number(value, at: path)
        case "exclusiveMaximum": rules[position].below = try number(value, at: path)
        case "minLength": rules[position].lengthMin = try count(value, at: path)
        case "maxLength": rules[position].lengthMax = try count(value, at: path)
        case "minItems": rules[position].itemsMin = try count(value, at: path)
        case "maxItems": rules[position].itemsMax = try count(value, at: path)
        case "minProperties": rules[position].propertiesMin = try count(value, at: path)
        case "maxProperties": rules[position].propertiesMax = try count(value, at: path)
        default: return false
        }
        return true
    }

    // MARK: Values of keywords

    private func number(_ value: JSONNode, at path: String) throws(Fault) -> JSONNumeral {
        guard case .number(let number) = value else { throw Fault(path: path, what: "is no number") }
        return number
    }

    private func count(_ value: JSONNode, at path: String) throws(Fault) -> Int {
        guard case .number(let number) = value, let whole = number.whole, whole >= 0, whole <= Int64(Int32.max) else {
            throw Fault(path: path, what: "is no count")
        }
        return Int(whole)
    }

    private func list(_ value: JSONNode, at path: String) throws(Fault) -> [JSONNode] {
        guard case .array(let elements) = value, !elements.isEmpty else { throw Fault(path: path, what: "is no list") }
        return elements
    }

    private func names(_ value: JSONNode, at path: String) throws(Fault) -> [[UInt8]] {
        guard case .array(let elements) = value else { throw Fault(path: path, what: "is no list") }
        var names: [[UInt8]] = []
        for element in elements {
            guard case .string(let name) = element else { throw Fault(path: path, what: "is no list of names") }
            names.append(name)
        }
        return names
    }

    private func types(_ value: JSONNode, at path: String) throws(Fault) -> Set<JSONSchema.Kind> {
        let written: [JSONNode]
        if case .array(let elements) = value { written = elements } else { written = [value] }
        var types: Set<JSONSchema.Kind> = []
        for element in written {
            guard let type = element.text.flatMap(JSONSchema.Kind.init(rawValue:)) else {
                throw Fault(path: path, what: "is none of the types of JSON")
            }
            types.insert(type)
        }
        return types
    }

    private func test(_ value: JSONNode, at path: String) throws(Fault) -> any PatternTest {
        guard let text = value.text, let test = pattern(text) else {
            throw Fault(path: path, what: "is no pattern of RE2")
        }
        return test
    }

    // MARK: Schemas within

    private mutating func schemas(_ value: JSONNode, at path: String, _ depth: Int) throws(Fault) -> [Int] {
        var found: [Int] = []
        for (index, element) in try list(value, at: path).enumerated() {
            found.append(try schema(element, at: "\(path)[\(index)]", depth: depth + 1))
        }
        return found
    }

    private mutating func table(_ value: JSONNode, at path: String, _ depth: Int) throws(Fault) -> [[UInt8]: Int] {
        guard case .object(let members) = value else { throw Fault(path: path, what: "is no object") }
        var found: [[UInt8]: Int] = [:]
        for (key, member) in members.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
            let name = String(decoding: key, as: UTF8.self)
            found[key] = try schema(member, at: path + "." + name, depth: depth + 1)
        }
        return found
    }

    /// `#` and `#/$defs/NAME`.
    private mutating func reference(_ value: JSONNode, at path: String, _ depth: Int) throws(Fault) -> Int {
        guard let text = value.text else { throw Fault(path: path, what: "is no text") }
        if let known = references[text] { return known }
        let prefix = "#/$defs/"
        guard text.hasPrefix(prefix) else { throw Fault(path: path, what: "may only be # or #/$defs/NAME") }
        // JSON Pointer (RFC 6901): `~1` is a slash, `~0` a tilde.
        var name: [UInt8] = []
        var rest = PercentEncoding.bytes(of: text.dropFirst(prefix.count))[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "~") else {
                name.append(byte)
                continue
            }
            name.append(rest.popFirst() == UInt8(ascii: "1") ? UInt8(ascii: "/") : byte)
        }
        guard let defined = root["$defs"]?[String(decoding: name, as: UTF8.self)] else {
            throw Fault(path: path, what: "names no schema of $defs")
        }
        // Its place is known before it is read, since it may refer to itself.
        references[text] = rules.count
        return try schema(defined, at: text, depth: depth + 1)
    }
}
