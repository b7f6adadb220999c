/// Writes one JSON text (RFC 8259), without spaces.
struct JSONText {
    private(set) var bytes: [UInt8] = []
    private var isFirst = true

    mutating func object(_ members: (inout JSONText) -> Void) { enclosed("{", "}", members) }

    mutating func array<Element>(_ elements: some Sequence<Element>, _ write: (inout JSONText, Element) -> Void) {
        enclosed("[", "]") { json in
            for element in elements {
                json.separate()
                write(&json, element)
            }
        }
    }

    mutating func member(_ key: String, _ write: (inout JSONText) -> Void) {
        separate()
        string(key)
        bytes.append(UInt8(ascii: ":"))
        write(&self)
    }

    mutating func add(_ key: String, _ value: String) { member(key) { $0.string(value) } }

    /// An integer is exact up to 2⁵³ where the reader takes numbers as binary64.
    mutating func add(_ key: String, _ value: Int) { member(key) { $0.bytes += String(value).utf8 } }

    mutating func string(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), byte]
            case 0x0A: bytes += #"\n"#.utf8
            case 0x0D: bytes += #"\r"#.utf8
            case 0x09: bytes += #"\t"#.utf8
            case 0..<0x20:
                bytes += byte < 0x10 ? #"\u000"#.utf8 : #"\u00"#.utf8
                bytes += String(byte, radix: 16).utf8
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private mutating func enclosed(_ opening: String, _ closing: String, _ write: (inout JSONText) -> Void) {
        bytes += opening.utf8
        isFirst = true
        write(&self)
        bytes += closing.utf8
        isFirst = false
    }

    private mutating func separate() {
        if !isFirst { bytes.append(UInt8(ascii: ",")) }
        isFirst = false
    }
}
