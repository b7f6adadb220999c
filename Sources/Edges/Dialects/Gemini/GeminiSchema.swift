import JSON
import NIOCore

/// Gemini's `Schema` (a part of OpenAPI's, with types in upper case) as JSON Schema.
enum GeminiSchema {
    /// JSON text.
    static func jsonSchema(_ schema: JSONValue) -> String {
        var bytes = ByteBuffer()
        write(schema, to: &bytes)
        return String(buffer: bytes)
    }

    private static let types = ["", "string", "number", "integer", "boolean", "array", "object", "null"]
    private static let counts: Set<String> = [
        "minItems", "maxItems", "minLength", "maxLength", "minProperties", "maxProperties",
    ]
    /// What orders or illustrates, and means nothing to JSON Schema.
    private static let left: Set<String> = ["propertyOrdering", "nullable", "example"]

    private static func write(_ schema: JSONValue, to bytes: inout ByteBuffer) {
        guard schema.isObject else {
            bytes.writeString(schema.compact)
            return
        }
        let members = GeminiMembers(schema)
        let isNullable = members.written("nullable")?.bool == true
        bytes.writeStaticString("{")
        var isFirst = true
        for (key, value) in schema.members where !value.isNull {
            let name = canonical(key)
            guard !left.contains(name), let text = member(name, value, isNullable) else { continue }
            if !isFirst { bytes.writeStaticString(",") }
            isFirst = false
            bytes.writeJSONString(name)
            bytes.writeStaticString(":")
            bytes.writeString(text)
        }
        bytes.writeStaticString("}")
    }

    /// The member's value in JSON Schema; nil where it says nothing.
    private static func member(_ name: String, _ value: JSONValue, _ isNullable: Bool) -> String? {
        switch name {
        case "type": return type(value, isNullable)
        case "items", "additionalProperties": return jsonSchema(value)
        case "anyOf", "prefixItems":
            var schemas = value.elements.map(jsonSchema)
            if name == "anyOf", isNullable { schemas.append(#"{"type":"null"}"#) }
            return "[" + schemas.joined(separator: ",") + "]"
        case "properties", "defs", "$defs":
            var bytes = ByteBuffer()
            bytes.writeStaticString("{")
            for (position, (key, schema)) in value.members.enumerated() {
                if position > 0 { bytes.writeStaticString(",") }
                bytes.writeJSONString(key)
                bytes.writeStaticString(":")
                write(schema, to: &bytes)
            }
            bytes.writeStaticString("}")
            return String(buffer: bytes)
        // Google's JSON writes 64-bit integers as strings.
        case _ where counts.contains(name): return value.googleInteger.map { String($0) }
        default: return value.compact
        }
    }

    private static func type(_ value: JSONValue, _ isNullable: Bool) -> String? {
        let name: String
        if let number = value.integer {
            guard types.indices.contains(Int(number)) else { return nil }
            name = types[Int(number)]
        } else if let word = value.string {
            name = word.lowercased()
        } else {
            return value.compact
        }
        guard !name.isEmpty, name != "type_unspecified" else { return nil }
        return isNullable && name != "null" ? "[\"\(name)\",\"null\"]" : "\"\(name)\""
    }

    private static func canonical(_ key: String) -> String {
        switch key {
        case "any_of": "anyOf"
        case "property_ordering": "propertyOrdering"
        case "min_items": "minItems"
        case "max_items": "maxItems"
        case "min_length": "minLength"
        case "max_length": "maxLength"
        case "min_properties": "minProperties"
        case "max_properties": "maxProperties"
        case "additional_properties": "additionalProperties"
        case "prefix_items": "prefixItems"
        default: key
        }
    }
}
