extension Kind where Value == Bool {
    static let boolean = Kind.scalar(.boolean, expected: "true or false") { text, quoted in
        switch text {
        case "true" where !quoted: .value(true)
        case "false" where !quoted: .value(false)
        default: .wrong("\(Words.quoted(text)) is neither true nor false")
        }
    } write: {
        "\($0)"
    }
}

extension Kind where Value == Int {
    static func integer(_ range: ClosedRange<Int>) -> Kind {
        .scalar(.integer(range), expected: "an integer") { text, quoted in
            let digits = text.utf8.first == UInt8(ascii: "-") ? text.dropFirst() : Substring(text)
            guard !digits.isEmpty, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
                return .wrong("\(Words.quoted(text)) is not an integer")
            }
            if quoted { return .wrong("expected an integer, found quoted text; write it without quotes") }
            guard let value = Int(text), range.contains(value) else {
                let bounds = range.count == 1 ? "\(range.lowerBound)" : "\(range.lowerBound) to \(range.upperBound)"
                return .wrong("\(Words.shortened(text)) is out of bounds; write \(bounds)")
            }
            return .value(value)
        } write: {
            "\($0)"
        }
    }
}

extension Kind where Value == String {
    static func text(_ what: String, characterCountMax: Int = 256, pattern: String? = nil) -> Kind {
        .scalar(.text(what, pattern: pattern), expected: what) { text, _ in
            if text.isEmpty { return .wrong("is empty; write \(what)") }
            if text.count > characterCountMax { return .wrong("is longer than \(characterCountMax) characters") }
            if text.unicodeScalars.contains(where: Words.isControl) { return .wrong("holds a control character") }
            return .value(text)
        } write: {
            $0.isEmpty ? nil : $0
        }
    }

    /// A name that may become a label of metrics.
    static func name(of what: String) -> Kind {
        .scalar(.text("the name of \(what)", pattern: nil), expected: "the name of \(what)") { text, _ in
            if let fault = nameFault(text) { return .wrong(fault) }
            return .value(text)
        }
    }

    /// A path of the file system; relative to the directory of the configuration file.
    static let path = Kind(.text("path", pattern: nil)) { tree, path, reader in
        guard let text = Kind.text("path", characterCountMax: 4096).read(tree, path, reader) else { return nil }
        return BoundedFile.resolve(text, in: reader.directory)
    } write: {
        $0.isEmpty ? nil : $0
    }

    /// 64 hexadecimal digits, made lower-case.
    static let sha256 = Kind.scalar(
        .text("64 hexadecimal digits", pattern: "^[0-9a-fA-F]{64}$"), expected: "64 hexadecimal digits"
    ) { text, _ in
        // Not repeated: it might be the key itself.
        let isDigest = text.utf8.count == 64 && text.allSatisfy { $0.isASCII && $0.isHexDigit }
        return Parsed(isDigest ? text.lowercased() : nil, else: "is not a SHA-256: 64 hexadecimal digits are expected")
    }

    static func nameFault(_ text: String) -> String? {
        if text.isEmpty { return "a name must not be empty" }
        if text.utf8.count > 128 { return "a name must not be longer than 128 bytes" }
        if text.hasPrefix("_") { return "\(Words.quoted(text)): names that begin with _ are Weir's own" }
        let isPlain = !text.unicodeScalars.contains { Words.isControl($0) || $0 == "\"" || $0 == "\\" }
        if !isPlain || text.first == " " || text.last == " " {
            return "\(Words.quoted(text)) is not a name: no quotes, backslashes, control characters or outer spaces"
        }
        return nil
    }
}

extension Kind where Value: CaseIterable & RawRepresentable<String> {
    /// One of a closed set of words.
    static var choice: Kind {
        let words = Value.allCases.map(\.rawValue)
        return .scalar(.choice(words), expected: Words.list(words, last: "or")) { text, _ in
            if let value = Value(rawValue: text) { return .value(value) }
            let near = Words.nearest(to: text, among: words).map { "; did you mean \(Words.quoted($0))?" }
            return .wrong("unknown value \(Words.quoted(text))" + (near ?? "; write \(Words.list(words, last: "or"))"))
        } write: {
            $0.rawValue
        }
    }
}
