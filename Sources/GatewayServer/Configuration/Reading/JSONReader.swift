/// Makes a `SettingTree` of JSON text (RFC 8259), strictly: a key written twice and half a surrogate pair are refused, and
/// everything is bounded as in a YAML document. Numbers keep their digits.
struct JSONReader {
    /// What `null` means.
    enum Nulls {
        /// It says nothing, and is refused.
        case refused
        /// It takes something away: `.empty`.
        case empty
    }

    struct Fault: Error {
        let message: String
    }

    private let bytes: [UInt8]
    private let nulls: Nulls
    private var position = 0
    private var values = 0

    static func read(_ bytes: [UInt8], nulls: Nulls = .refused) throws(Fault) -> SettingTree {
        guard String(validating: bytes, as: UTF8.self) != nil else { throw Fault(message: "it is not UTF-8") }
        var reader = JSONReader(bytes: bytes, nulls: nulls)
        reader.skipSpace()
        let tree = try reader.value(depth: 0)
        reader.skipSpace()
        guard reader.position == bytes.count else { throw reader.fault("something follows its end") }
        return tree
    }

    private init(bytes: [UInt8], nulls: Nulls) {
        self.bytes = bytes
        self.nulls = nulls
    }

    private func fault(_ what: String) -> Fault { Fault(message: "\(what) (at byte \(position + 1))") }

    private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func skipSpace() {
        while let byte = next, byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D { position += 1 }
    }

    private mutating func take(_ byte: Character) -> Bool {
        guard next == byte.asciiValue else { return false }
        position += 1
        return true
    }

    private mutating func value(depth: Int) throws(Fault) -> SettingTree {
        values += 1
        guard values <= YAMLDocument.valuesMax else {
            throw fault("it holds more than \(YAMLDocument.valuesMax) values")
        }
        guard depth <= YAMLDocument.depthMax else {
            throw fault("it is nested more than \(YAMLDocument.depthMax) deep")
        }
        let content: SettingTree.Content
        switch next ?? 0 {
        case UInt8(ascii: "{"): content = .map(try members(depth: depth))
        case UInt8(ascii: "["): content = .list(try elements(depth: depth))
        case UInt8(ascii: "\""): content = .text(try string(), quoted: true)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): content = .text(try number(), quoted: false)
        case _: content = try word()
        }
        return SettingTree(mark: Mark(line: 0, column: 0), content: content)
    }

    private mutating func members(depth: Int) throws(Fault) -> [SettingTree.Entry] {
        position += 1
        var entries: [SettingTree.Entry] = []
        var seen: Set<String> = []
        skipSpace()
        if take("}") { return entries }
        while true {
            skipSpace()
            guard next == UInt8(ascii: "\"") else { throw fault("a key is expected") }
            let key = try string()
            guard seen.insert(key).inserted else { throw fault("the key \(Words.quoted(key)) is written twice") }
            skipSpace()
            guard take(":") else { throw fault("a colon is expected") }
            skipSpace()
            entries.append(
                SettingTree.Entry(key: key, mark: Mark(line: 0, column: 0), value: try value(depth: depth + 1)))
            skipSpace()
            if take("}") { return entries }
            guard take(",") else { throw fault("a comma or } is expected") }
        }
    }

    private mutating func elements(depth: Int) throws(Fault) -> [SettingTree] {
        position += 1
        var items: [SettingTree] = []
        skipSpace()
        if take("]") { return items }
        while true {
            skipSpace()
            items.append(try value(depth: depth + 1))
            skipSpace()
            if take("]") { return items }
            guard take(",") else { throw fault("a comma or ] is expected") }
        }
    }

    private mutating func word() throws(Fault) -> SettingTree.Content {
        for word in ["true", "false"] where bytes[position...].starts(with: word.utf8) {
            position += word.utf8.count
            return .text(word, quoted: false)
        }
        if bytes[position...].starts(with: "null".utf8) {
            switch nulls {
            case .refused: throw fault("null says nothing; leave the member out")
            case .empty:
                position += 4
                return .empty
            }
        }
        throw fault(position == bytes.count ? "it ends too early" : "a value is expected")
    }

    private mutating func number() throws(Fault) -> String {
        let start = position
        func digits(_ reader: inout JSONReader) throws(Fault) {
            let first = reader.position
            while let byte = reader.next, (0x30...0x39).contains(byte) { reader.position += 1 }
            guard reader.position > first else { throw reader.fault("a digit is expected") }
        }
        _ = take("-")
        if !take("0") { try digits(&self) }
        if take(".") { try digits(&self) }
        if next == UInt8(ascii: "e") || next == UInt8(ascii: "E") {
            position += 1
            if !take("+") { _ = take("-") }
            try digits(&self)
        }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    private mutating func string() throws(Fault) -> String {
        position += 1
        var text: [UInt8] = []
        while let byte = next {
            position += 1
            switch byte {
            case UInt8(ascii: "\""): return String(decoding: text, as: UTF8.self)
            case UInt8(ascii: "\\"): text.append(contentsOf: String(try escape()).utf8)
            case 0..<0x20: throw fault("a control character must be escaped")
            case _: text.append(byte)
            }
        }
        throw fault("a text does not end")
    }

    private mutating func escape() throws(Fault) -> Character {
        guard let byte = next else { throw fault("a text does not end") }
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Character(Unicode.Scalar(byte))
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{C}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"): return Character(try codePoint())
        case _: throw fault("an escape that JSON does not have")
        }
    }

    private mutating func codePoint() throws(Fault) -> Unicode.Scalar {
        let first = try unit()
        if let scalar = Unicode.Scalar(first) { return scalar }
        guard first < 0xDC00, take("\\"), take("u") else { throw fault("half a surrogate pair") }
        let second = try unit()
        guard (0xDC00...0xDFFF).contains(second),
            let scalar = Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
        else { throw fault("half a surrogate pair") }
        return scalar
    }

    private mutating func unit() throws(Fault) -> UInt32 {
        let digits = bytes[position...].prefix(4)
        guard digits.count == 4, digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
            let unit = UInt32(String(decoding: digits, as: UTF8.self), radix: 16)
        else { throw fault("four hexadecimal digits are expected") }
        position += 4
        return unit
    }
}
