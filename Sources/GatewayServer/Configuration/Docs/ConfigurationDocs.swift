import JSON

/// The page of documentation and the JSON Schema, both made of the declarations that also read the file.
public enum ConfigurationDocs {
    /// `docs/configuration.md`.
    public static func markdown() -> String {
        var text = """
            # Configuration

            This page is generated from the declarations that read the file; do not edit it.
            `weir init` writes an annotated file, `weir check` names every problem of one, and
            `weir.example.yaml` is an example.

            - Durations: `250ms`, `5s`, `1m30s`, `12h`, `30d`. Sizes: `512B`, `64KiB`, `32MiB`, `1GiB`.
            - Secrets are never written into the file: `env:NAME` reads an environment variable, `file:PATH` a file
              (line breaks at its end are left out).
            - Relative paths start from the directory of the configuration file.
            - Prices are exact decimals in US dollars.
            - The file is at most 1 MiB of UTF-8; unknown keys, and keys written twice, are errors.

            """
        for section in sections() {
            text += "\n## \(section.name)\n\n\(section.doc)\n\n"
            text += "| key | value | default | meaning |\n|---|---|---|---|\n"
            for field in section.fields {
                let standing = field.required ? "required" : field.defaultText.map { "`\($0)`" } ?? "—"
                let cells = ["`\(field.key)`", field.shape.words, standing, field.doc]
                text += "| " + cells.map { $0.replacing("|", with: "\\|") }.joined(separator: " | ") + " |\n"
            }
        }
        return text
    }

    /// Every section once, in the order in which the file leads to them.
    static func sections() -> [SectionShape] { sections(from: [Configuration.section.shape]) }

    private static func sections(from roots: [SectionShape]) -> [SectionShape] {
        var found: [SectionShape] = []
        var names: Set<String> = []
        func visit(_ section: SectionShape) {
            guard names.insert(section.name).inserted else { return }
            found.append(section)
            for field in section.fields { field.shape.sections.forEach(visit) }
        }
        roots.forEach(visit)
        return found
    }

    /// A JSON Schema (draft 2020-12) for editors.
    public static func jsonSchema() -> String {
        let sections = sections()
        let definitions = sections.dropFirst().map { ($0.anchor, schema(of: $0)) }
        var members: [(String, JSONText)] = [
            ("$schema", .string("https://json-schema.org/draft/2020-12/schema")), ("title", .string("weir.yaml")),
        ]
        if let root = sections.first, case .object(let own) = schema(of: root) { members += own }
        members.append(("$defs", .object(Array(definitions))))
        return JSONText.object(members).text() + "\n"
    }

    /// The sections that the admin API speaks of, as named schemas of an OpenAPI document.
    static func components(under prefix: String) -> [(String, JSONText)] {
        let roots =
            ResourceKind.allCases.compactMap(\.shape)
            + [Configuration.OverrideSpec.section.shape, Configuration.DrainSpec.section.shape]
        return sections(from: roots).map {
            (prefix + $0.anchor, schema(of: $0, under: "#/components/schemas/" + prefix))
        }
    }

    private static func schema(of section: SectionShape, under: String = "#/$defs/") -> JSONText {
        let properties = section.fields.map { field -> (String, JSONText) in
            var members: [(String, JSONText)] = [("description", .string(field.doc))]
            if let text = field.defaultText { members.append(("default", value(text, of: field.shape))) }
            if case .object(let own) = schema(of: field.shape, under) { members += own }
            return (field.key, .object(members))
        }
        let required = section.fields.filter(\.required).map { JSONText.string($0.key) }
        var members: [(String, JSONText)] = [("type", .string("object")), ("description", .string(section.doc))]
        members.append(("properties", .object(properties)))
        if !required.isEmpty { members.append(("required", .array(required))) }
        members.append(("additionalProperties", .boolean(false)))
        return .object(members)
    }

    private static func schema(of shape: Shape, _ under: String) -> JSONText {
        switch shape {
        case .boolean: .object([("type", .string("boolean"))])
        case .integer(let range):
            .object([
                ("type", .string("integer")), ("minimum", .integer(range.lowerBound)),
                ("maximum", .integer(range.upperBound)),
            ])
        case .text(_, let pattern):
            .object([("type", .string("string"))] + (pattern.map { [("pattern", .string($0))] } ?? []))
        case .choice(let words): .object([("enum", .array(words.map { .string($0) }))])
        case .decimal:
            .object([
                ("type", .array([.string("number"), .string("string")])), ("minimum", .integer(0)),
                ("pattern", .string(#"^[0-9]{1,9}(\.[0-9]{1,12})?$"#)),
            ])
        case .list(let item): .object([("type", .string("array")), ("items", schema(of: item, under))])
        case .map(_, let value):
            .object([("type", .string("object")), ("additionalProperties", schema(of: value, under))])
        case .section(let section): .object([("$ref", .string(under + section.anchor))])
        case .either(let shapes): .object([("anyOf", .array(shapes.map { schema(of: $0, under) }))])
        }
    }

    /// A default with the type that it has in the file.
    private static func value(_ text: String, of shape: Shape) -> JSONText {
        switch shape {
        case .boolean: .boolean(text == "true")
        case .integer: Int(text).map { .integer($0) } ?? .string(text)
        case .text, .choice, .decimal, .list, .map, .section, .either: .string(text)
        }
    }
}

/// JSON with its members in order, which is all that a generated file needs.
indirect enum JSONText {
    case object([(String, JSONText)])
    case array([JSONText])
    case string(String)
    case integer(Int)
    case boolean(Bool)

    func text(indent: String = "") -> String {
        let inner = indent + "  "
        switch self {
        case .object(let members):
            if members.isEmpty { return "{}" }
            let lines = members.map { inner + $0.0.json + ": " + $0.1.text(indent: inner) }
            return "{\n" + lines.joined(separator: ",\n") + "\n" + indent + "}"
        case .array(let items):
            if items.isEmpty { return "[]" }
            return "[\n" + items.map { inner + $0.text(indent: inner) }.joined(separator: ",\n") + "\n" + indent + "]"
        case .string(let text): return text.json
        case .integer(let value): return "\(value)"
        case .boolean(let value): return "\(value)"
        }
    }
}
