/// Writes `key=value` pairs on one line, as the logfmt parsers of Go and of Loki read them: a value is quoted where it is
/// empty, is the word `null`, or holds a space, a control character, `=`, `"` or U+FFFD; inside quotes the escapes are
/// JSON's. The keys of a group have its name before theirs (`tokens_input`), as Loki names the members of JSON; the items
/// of a list are joined by commas.
struct LogfmtLine: FactLine {
    private var bytes: [UInt8]
    private let start: Int
    private var group = ""

    init(appendingTo bytes: consuming [UInt8]) {
        self.bytes = bytes
        start = self.bytes.count
    }

    mutating func add(_ key: String, _ value: String?) {
        guard let value else { return }
        name(key)
        string(value)
    }
    mutating func add(_ key: String, _ value: Int64?) {
        guard let value else { return }
        name(key)
        bytes += String(value).utf8
    }
    mutating func add(_ key: String, _ value: Double) {
        name(key)
        bytes += value.description.utf8
    }
    mutating func add(_ key: String, _ value: Bool) {
        name(key)
        bytes += (value ? "true" : "false").utf8
    }
    mutating func add(_ key: String, _ values: [String]) {
        guard let first = values.first else { return }
        name(key)
        string(values.count == 1 ? first : values.joined(separator: ","))
    }

    mutating func begin(_ key: String) { group = key }
    mutating func endObject() { group = "" }

    consuming func finish() -> [UInt8] {
        bytes.append(UInt8(ascii: "\n"))
        return bytes
    }

    /// `key` needs no escapes.
    private mutating func name(_ key: String) {
        if bytes.count > start { bytes.append(UInt8(ascii: " ")) }
        if !group.isEmpty {
            bytes += group.utf8
            bytes.append(UInt8(ascii: "_"))
        }
        bytes += key.utf8
        bytes.append(UInt8(ascii: "="))
    }

    private mutating func string(_ text: String) {
        var text = text
        text.withUTF8 { buffer in
            if Self.isPlain(buffer) {
                bytes.append(contentsOf: buffer)
            } else {
                bytes.append(UInt8(ascii: "\""))
                JSONLine.escape(buffer, into: &bytes)
                bytes.append(UInt8(ascii: "\""))
            }
        }
    }

    private static func isPlain(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        guard !text.isEmpty, !text.elementsEqual("null".utf8) else { return false }
        // 0xEF begins U+FFFD, and some other characters that quotes do not harm.
        return text.allSatisfy { $0 > 0x20 && $0 != 0x22 && $0 != 0x3D && $0 != 0x7F && $0 != 0xEF }
    }
}
