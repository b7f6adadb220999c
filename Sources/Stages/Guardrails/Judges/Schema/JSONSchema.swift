/// Says whether a text has a pattern in it. The roof implements it.
public protocol PatternTest: Sendable {
    func matches(_ text: Span<UInt8>) -> Bool
}

/// The useful part of JSON Schema 2020-12, ready to be asked.
///
/// What it knows: `type`, `enum`, `const`, `properties`, `required`, `additionalProperties`, `minProperties`, `maxProperties`,
/// `items`, `prefixItems`, `minItems`, `maxItems`, `uniqueItems`, `minimum`, `maximum`, `exclusiveMinimum`, `exclusiveMaximum`,
/// `minLength`, `maxLength`, `pattern`, `anyOf`, `allOf`, `oneOf`, `not`, and `$ref` to `#` and `#/$defs/…`. Annotations pass. A
/// schema that says more is refused when it is read: half a schema would be worse than none.
public struct JSONSchema: Sendable {
    public struct Fault: Error, Equatable {
        /// `properties.name.type`; empty: the schema itself.
        public let path: String
        public let what: String
    }

    struct Rules: Sendable {
        /// Nil: a schema of true (anything) or, where `isNever`, false.
        var isNever = false
        var types: Set<Kind>?
        var allowed: [JSONNode]?
        var properties: [[UInt8]: Int] = [:]
        var required: [[UInt8]] = []
        var additional: Int?
        var propertiesMin: Int?
        var propertiesMax: Int?
        var prefixItems: [Int] = []
        var items: Int?
        var itemsMin: Int?
        var itemsMax: Int?
        var unique = false
        var minimum: JSONNumeral?
        var maximum: JSONNumeral?
        var above: JSONNumeral?
        var below: JSONNumeral?
        var lengthMin: Int?
        var lengthMax: Int?
        var pattern: (any PatternTest)?
        var anyOf: [Int]?
        var allOf: [Int] = []
        var oneOf: [Int]?
        var not: Int?
        var reference: Int?
    }

    enum Kind: String, CaseIterable, Sendable { case null, boolean, object, array, number, string, integer }

    let rules: [Rules]
    let root: Int

    /// `pattern` makes a test of a regular expression; nil: it is none that can be used.
    public init(_ source: String, pattern: @escaping (String) -> (any PatternTest)?) throws(Fault) {
        let node: JSONNode
        do throws(JSONReading.Fault) {
            node = try JSONReading.read(source.utf8)
        } catch {
            throw Fault(path: "", what: "is no JSON: \(error.what) at byte \(error.offset)")
        }
        var reading = SchemaReading(root: node, pattern: pattern)
        root = try reading.schema(node, at: "", depth: 0)
        rules = reading.rules
    }

    public struct Mismatch: Error, Equatable, Sendable {
        public enum Kind: Sendable { case notJSON, mismatch }

        public let kind: Kind
        /// `items[3].price`; empty: the whole. Names of members come from the schema or the text.
        public let path: String
        /// For people and models. Holds nothing of the text.
        public let what: String
    }

    /// Nil: the text is JSON that satisfies the schema.
    public func mismatch(in text: some Collection<UInt8>) -> Mismatch? {
        do throws(JSONReading.Fault) {
            var check = SchemaCheck(schema: self)
            return check.mismatch(try JSONReading.read(text))
        } catch {
            return Mismatch(kind: .notJSON, path: "", what: "is no JSON: \(error.what) at byte \(error.offset)")
        }
    }
}
