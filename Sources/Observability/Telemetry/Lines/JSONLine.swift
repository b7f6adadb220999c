/// Writes one JSON object on one line (RFC 8259).
struct JSONLine: FactLine {
    private var bytes: [UInt8]
    private var isFirst = true

    /// Goes on behind `bytes`.
    init(appendingTo bytes: consuming [UInt8]) {
        self.bytes = bytes
        self.bytes.append(UInt8(ascii: "{"))
    }

    mutating func add(_ key: String, _ value: String?) {
        guard let value else { return }
        name(key)
        string(value)
    }
    mutating func add(_ key: String, _ value: Int64?) {
        guard let value else { return }
        name(key)
        append(String(value))
    }
    /// A finite number.
    mutating func add(_ key: String, _ value: Double) {
        name(key)
        append(value.description)
    }
    mutating func add(_ key: String, _ value: Bool) {
        name(key)
        append(value ? "true" : "false")
    }
    mutating func add(_ key: String, _ values: [String]) {
        guard !values.isEmpty else { return }
        name(key)
        bytes.append(UInt8(ascii: "["))
        for (position, value) in values.enumerated() {
            if position > 0 { bytes.append(UInt8(ascii: ",")) }
            string(value)
        }
        bytes.append(UInt8(ascii: "]"))
    }

    mutating func begin(_ key: String) {
        name(key)
        bytes.append(UInt8(ascii: "{"))
        isFirst = true
    }
    mutating func endObject() {
        bytes.append(UInt8(ascii: "}"))
        isFirst = false
    }

    consuming func finish() -> [UInt8] {
        bytes += "}\n".utf8
        return bytes
    }

    /// `key` needs no escapes.
    private mutating func name(_ key: String) {
        if !isFirst { bytes.append(UInt8(ascii: ",")) }
        isFirst = false
        bytes.append(UInt8(ascii: "\""))
        append(key)
        append("\":")
    }

    /// By its memory, which is much quicker than by the view of its bytes.
    private mutating func append(_ text: String) {
        var text = text
        text.withUTF8 { bytes.append(contentsOf: $0) }
    }

    private mutating func string(_ text: String) {
        var text = text
        bytes.append(UInt8(ascii: "\""))
        text.withUTF8 { buffer in
            if buffer.allSatisfy({ $0 >= 0x20 && $0 != 0x22 && $0 != 0x5C && $0 != 0x7F }) {
                bytes.append(contentsOf: buffer)
            } else {
                Self.escape(buffer, into: &bytes)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    /// The inside of a JSON string.
    static func escape(_ text: UnsafeBufferPointer<UInt8>, into bytes: inout [UInt8]) {
        for byte in text {
            switch byte {
            case UInt8(ascii: "\""): bytes += #"\""#.utf8
            case UInt8(ascii: "\\"): bytes += #"\\"#.utf8
            case 0x0A: bytes += #"\n"#.utf8
            case 0x0D: bytes += #"\r"#.utf8
            case 0x09: bytes += #"\t"#.utf8
            case 0..<0x20, 0x7F:
                bytes += #"\u00"#.utf8
                bytes.append(digits[Int(byte >> 4)])
                bytes.append(digits[Int(byte & 15)])
            default: bytes.append(byte)
            }
        }
    }

    private static let digits = Array("0123456789abcdef".utf8)
}
