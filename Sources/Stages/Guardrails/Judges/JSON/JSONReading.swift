/// Reads one JSON text (RFC 8259), strictly: no trailing bytes, no member twice, no half surrogates, bounded depth.
struct JSONReading {
    struct Fault: Error, Equatable {
        /// For people and models; holds nothing of the text.
        let what: String
        let offset: Int
    }

    static let depthMax = 64
    static let bytesMax = 4 << 20

    private let text: [UInt8]
    private var index = 0
    private var depth = 0

    static func read(_ text: some Collection<UInt8>) throws(Fault) -> JSONNode {
        var reading = JSONReading(Array(text))
        guard reading.text.count <= bytesMax else { throw Fault(what: "too long", offset: 0) }
        reading.skipSpace()
        let node = try reading.value()
        reading.skipSpace()
        guard reading.index == reading.text.count else { throw reading.fault("more follows the value") }
        return node
    }

    private init(_ text: [UInt8]) { self.text = text }

    private func fault(_ what: String) -> Fault { Fault(what: what, offset: index) }

    private var next: UInt8? { index < text.count ? text[index] : nil }

    private mutating func skipSpace() {
        while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { index += 1 }
    }

    private mutating func value() throws(Fault) -> JSONNode {
        switch next {
        case UInt8(ascii: "{"): return try object()
        case UInt8(ascii: "["): return try array()
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try literal("true", .bool(true))
        case UInt8(ascii: "f"): return try literal("false", .bool(false))
        case UInt8(ascii: "n"): return try literal("null", .null)
        case .some(UInt8(ascii: "-")), .some(0x30...0x39): return try number()
        case nil: throw fault("ends before a value")
        case .some: throw fault("no value begins so")
        }
    }

    private mutating func literal(_ word: StaticString, _ node: JSONNode) throws(Fault) -> JSONNode {
        for offset in 0..<word.utf8CodeUnitCount {
            guard next == word.utf8Start[offset] else { throw fault("no value begins so") }
            index += 1
        }
        return node
    }

    // MARK: What holds others

    private mutating func enter() throws(Fault) {
        depth += 1
        index += 1
        if depth > Self.depthMax { throw fault("nested too deep") }
        skipSpace()
    }

    /// Whether another element follows; the closing mark is taken.
    private mutating func continues(until close: UInt8) throws(Fault) -> Bool {
        skipSpace()
        if next == close {
            index += 1
            depth -= 1
            return false
        }
        guard next == UInt8(ascii: ",") else { throw fault("a comma or an end is missing") }
        index += 1
        skipSpace()
        return true
    }

    private mutating func array() throws(Fault) -> JSONNode {
        try enter()
        var elements: [JSONNode] = []
        if next == UInt8(ascii: "]") {
            index += 1
            depth -= 1
            return .array([])
        }
        repeat { elements.append(try value()) } while try continues(until: UInt8(ascii: "]"))
        return .array(elements)
    }

    private mutating func object() throws(Fault) -> JSONNode {
        try enter()
        var members: [[UInt8]: JSONNode] = [:]
        if next == UInt8(ascii: "}") {
            index += 1
            depth -= 1
            return .object([:])
        }
        repeat {
            guard next == UInt8(ascii: "\"") else { throw fault("a member's name is missing") }
            let key = try string()
            skipSpace()
            guard next == UInt8(ascii: ":") else { throw fault("a colon is missing") }
            index += 1
            skipSpace()
            guard members.updateValue(try value(), forKey: key) == nil else {
                throw fault("a member stands there twice")
            }
        } while try continues(until: UInt8(ascii: "}"))
        return .object(members)
    }

    // MARK: Numbers

    private mutating func number() throws(Fault) -> JSONNode {
        let start = index
        if next == UInt8(ascii: "-") { index += 1 }
        if next == UInt8(ascii: "0") { index += 1 } else { try digits() }
        if next == UInt8(ascii: ".") {
            index += 1
            try digits()
        }
        if next == UInt8(ascii: "e") || next == UInt8(ascii: "E") {
            index += 1
            if next == UInt8(ascii: "+") || next == UInt8(ascii: "-") { index += 1 }
            try digits()
        }
        return .number(JSONNumeral(String(decoding: text[start..<index], as: UTF8.self)))
    }

    private mutating func digits() throws(Fault) {
        let start = index
        while let byte = next, Scalars.isDigit(byte) { index += 1 }
        if index == start { throw fault("a digit is missing") }
    }

    // MARK: Strings

    private mutating func string() throws(Fault) -> [UInt8] {
        index += 1
        var bytes: [UInt8] = []
        while let byte = next {
            switch byte {
            case UInt8(ascii: "\""):
                index += 1
                return bytes
            case UInt8(ascii: "\\"):
                index += 1
                try escape(into: &bytes)
            case 0..<0x20: throw fault("a control character in a string")
            case 0x80...: try scalar(into: &bytes)
            default:
                bytes.append(byte)
                index += 1
            }
        }
        throw fault("a string has no end")
    }

    /// Well-formed UTF-8 only.
    private mutating func scalar(into bytes: inout [UInt8]) throws(Fault) {
        let (value, length) = Scalars.read(text.span, at: index)
        guard length > 1, let scalar = Unicode.Scalar(value), UTF8.width(scalar) == length else {
            throw fault("not UTF-8")
        }
        bytes += text[index..<index + length]
        index += length
    }

    private mutating func escape(into bytes: inout [UInt8]) throws(Fault) {
        guard let byte = next else { throw fault("a string has no end") }
        index += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): bytes.append(byte)
        case UInt8(ascii: "b"): bytes.append(0x08)
        case UInt8(ascii: "f"): bytes.append(0x0C)
        case UInt8(ascii: "n"): bytes.append(0x0A)
        case UInt8(ascii: "r"): bytes.append(0x0D)
        case UInt8(ascii: "t"): bytes.append(0x09)
        case UInt8(ascii: "u"):
            var value = try unit()
            if (0xD800...0xDBFF).contains(value) {
                guard next == UInt8(ascii: "\\"), index + 1 < text.count, text[index + 1] == UInt8(ascii: "u") else {
                    throw fault("half of a surrogate pair")
                }
                index += 2
                let low = try unit()
                guard (0xDC00...0xDFFF).contains(low) else { throw fault("half of a surrogate pair") }
                value = 0x10000 + ((value - 0xD800) << 10) + (low - 0xDC00)
            }
            guard let scalar = Unicode.Scalar(value) else { throw fault("half of a surrogate pair") }
            bytes += Array(String(scalar).utf8)
        default: throw fault("an unknown escape")
        }
    }

    private mutating func unit() throws(Fault) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard let byte = next, let digit = Scalars.hexDigit(byte) else {
                throw fault("an escape needs four digits")
            }
            value = value << 4 | UInt32(digit)
            index += 1
        }
        return value
    }
}
