import Yams

extension YAMLDocument {
    /// The library's error as a place and a sentence.
    static func fault(of error: YamlError, in text: String) -> Fault {
        switch error {
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
            .composer(let context, let problem, let mark, _):
            return syntax(problem, context: context, at: Mark(line: mark.line, column: mark.column), in: text)
        case .reader(let problem, let offset, _, _):
            let mark = offset.map { place(ofCharacter: $0, in: text) } ?? .start
            return Fault(mark: mark, message: "not valid YAML: \(problem)")
        case .duplicatedKeysInMapping(let keys, let context):
            let mark = Mark(line: context.mark.line, column: context.mark.column)
            let names = Words.list(keys.prefix(10).map(Words.quoted))
            return Fault(mark: mark, message: "a key is written twice: \(names); keep one of them")
        case .no, .memory, .writer, .emitter, .representer, .dataCouldNotBeDecoded:
            return Fault(mark: .start, message: "not valid YAML")
        }
    }

    private static func syntax(_ problem: String, context: YamlError.Context?, at mark: Mark, in text: String) -> Fault
    {
        var message = "not valid YAML: "
        if let context, !context.text.isEmpty { message += context.text + ", " }
        message += problem
        let lines = text.split(separator: "\n", maxSplits: mark.line, omittingEmptySubsequences: false)
        let line = mark.line <= lines.count ? lines[max(0, mark.line - 1)] : ""
        if line.prefix(while: { $0 == " " || $0 == "\t" }).contains("\t") {
            message += "; indent with spaces instead of tabs"
        }
        return Fault(mark: mark, message: message)
    }

    private static func place(ofCharacter offset: Int, in text: String) -> Mark {
        var mark = Mark.start
        for character in text.prefix(offset) {
            if character.isNewline {
                mark = Mark(line: mark.line + 1, column: 1)
            } else {
                mark.column += character.unicodeScalars.count
            }
        }
        return mark
    }
}

/// Tells keys apart that are written twice in one mapping: the first letter of the one is replaced by a private letter,
/// which moves nothing else in the text.
struct DuplicateMarker {
    private var originals: [Unicode.Scalar: Unicode.Scalar] = [:]
    /// Letters of Unicode's private use area, so that no real key begins with them.
    private static let first: UInt32 = 0xE000

    /// The text with the key at `mark` marked; nil where that cannot be done (too many, or no plain letter there).
    mutating func mark(in text: String, at mark: Mark) -> String? {
        guard originals.count < YAMLDocument.duplicatesMax,
            let letter = Unicode.Scalar(Self.first + UInt32(originals.count))
        else { return nil }
        let scalars = text.unicodeScalars
        guard var position = Self.position(of: mark, in: scalars), position < scalars.endIndex else { return nil }
        if scalars[position] == "\"" || scalars[position] == "'" {
            position = scalars.index(after: position)
            guard position < scalars.endIndex else { return nil }
        }
        let original = scalars[position]
        guard original.properties.isAlphabetic || ("0"..."9").contains(original) || original == "_" else { return nil }
        guard original.value < Self.first || original.value > 0xF8FF else { return nil }
        originals[letter] = original
        var marked = String.UnicodeScalarView(scalars[..<position])
        marked.append(letter)
        marked.append(contentsOf: scalars[scalars.index(after: position)...])
        return String(marked)
    }

    /// The key as it was written.
    func original(of key: String) -> String {
        guard let first = key.unicodeScalars.first, let original = originals[first] else { return key }
        return String(String.UnicodeScalarView([original]) + key.unicodeScalars.dropFirst())
    }

    private static func position(of mark: Mark, in scalars: String.UnicodeScalarView) -> String.Index? {
        var line = 1
        var position = scalars.startIndex
        var previous: Unicode.Scalar = "\n"
        while line < mark.line {
            guard position < scalars.endIndex else { return nil }
            let scalar = scalars[position]
            // The line breaks of YAML 1.1; CR LF is one.
            if scalar == "\r" || scalar == "\u{85}" || scalar == "\u{2028}" || scalar == "\u{2029}"
                || (scalar == "\n" && previous != "\r")
            {
                line += 1
            }
            previous = scalar
            position = scalars.index(after: position)
        }
        if previous == "\r", position < scalars.endIndex, scalars[position] == "\n" {
            position = scalars.index(after: position)
        }
        return scalars.index(position, offsetBy: mark.column - 1, limitedBy: scalars.endIndex)
    }
}
