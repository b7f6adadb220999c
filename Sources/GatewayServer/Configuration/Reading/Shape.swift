/// What may be written for a setting: the part of a declaration that the documentation and the JSON Schema are made of.
indirect enum Shape: Sendable {
    case boolean
    case integer(ClosedRange<Int>)
    /// Free text; the description says what, the pattern is for the JSON Schema.
    case text(String, pattern: String?)
    case choice([String])
    /// An exact decimal number; the description says of what.
    case decimal(String)
    case list(Shape)
    /// Names of the user's own choice to values.
    case map(key: String, Shape)
    case section(SectionShape)
    case either([Shape])

    /// For the table of settings.
    var words: String {
        switch self {
        case .boolean: "`true` or `false`"
        case .integer(let range) where range.count == 1: "`\(range.lowerBound)`"
        case .integer(let range): "integer, \(range.lowerBound) to \(range.upperBound)"
        case .text(let what, _): what
        case .decimal(let what): "decimal, \(what)"
        case .choice(let names): names.map { "`\($0)`" }.joined(separator: ", ")
        case .list(let item): "list of: \(item.words)"
        case .map(let key, let value): "mapping of \(key) to: \(value.words)"
        case .section(let section): "[\(section.name)](#\(section.anchor))"
        case .either(let shapes): shapes.map(\.words).joined(separator: "; or ")
        }
    }

    /// The sections it leads to.
    var sections: [SectionShape] {
        switch self {
        case .boolean, .integer, .text, .choice, .decimal: []
        case .list(let inner), .map(_, let inner): inner.sections
        case .section(let section): [section]
        case .either(let shapes): shapes.flatMap(\.sections)
        }
    }
}

/// The declaration of a section, without the type that it is read into.
struct SectionShape: Sendable {
    let name: String
    let doc: String
    let fields: [FieldShape]
    /// What may be written instead of the mapping.
    let shorthand: Shape?

    /// The heading's anchor in Markdown.
    var anchor: String {
        let kept = name.lowercased().unicodeScalars.filter {
            ("a"..."z").contains($0) || ("0"..."9").contains($0) || $0 == " " || $0 == "_" || $0 == "-"
        }
        return String(String.UnicodeScalarView(kept)).split(separator: " ").joined(separator: "-")
    }
}

struct FieldShape: Sendable {
    let key: String
    let doc: String
    let shape: Shape
    let required: Bool
    /// As it would be written; nil where leaving it out is something of its own.
    let defaultText: String?
}
