/// Content as JSON text, in the schemas of the GenAI conventions.
enum ContentJSON {
    static func append(_ message: ContentMessage, to bytes: inout [UInt8]) {
        bytes += #"{"role":"#.utf8
        string(message.role, to: &bytes)
        bytes += #","parts":["#.utf8
        for (position, part) in message.parts.enumerated() {
            if position > 0 { bytes.append(UInt8(ascii: ",")) }
            append(part, to: &bytes)
        }
        bytes.append(UInt8(ascii: "]"))
        member("finish_reason", message.finish, to: &bytes)
        bytes.append(UInt8(ascii: "}"))
    }

    static func append(_ part: ContentPart, to bytes: inout [UInt8]) {
        bytes += #"{"type":"#.utf8
        string(part.kind.rawValue, to: &bytes)
        member("id", part.id, to: &bytes)
        member("name", part.name, to: &bytes)
        member("modality", part.modality, to: &bytes)
        member("mime_type", part.mimeType, to: &bytes)
        member(name(of: part.kind), part.text, to: &bytes)
        bytes.append(UInt8(ascii: "}"))
    }

    private static func name(of kind: ContentPart.Kind) -> String {
        switch kind {
        case .text, .reasoning, .blob: "content"
        case .toolCall: "arguments"
        case .toolResponse: "response"
        case .uri: "uri"
        case .file: "file_id"
        }
    }

    private static func member(_ name: String, _ text: String?, to bytes: inout [UInt8]) {
        guard let text else { return }
        bytes += ",\"\(name)\":".utf8
        string(text, to: &bytes)
    }

    private static func string(_ text: String, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""): bytes += #"\""#.utf8
            case UInt8(ascii: "\\"): bytes += #"\\"#.utf8
            case 0..<0x20, 0x7F:
                bytes += #"\u00"#.utf8
                bytes.append(digits[Int(byte >> 4)])
                bytes.append(digits[Int(byte & 15)])
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private static let digits = Array("0123456789abcdef".utf8)

    /// The longest beginning of a text that takes no more than so many bytes between its quotes.
    static func prefix(of text: String, bytesMax: Int) -> String {
        var taken = 0
        for index in text.unicodeScalars.indices {
            let scalar = text.unicodeScalars[index]
            switch scalar {
            case "\"", "\\": taken += 2
            case "\u{0}"..<" ", "\u{7F}": taken += 6
            default: taken += UTF8.width(scalar)
            }
            if taken > bytesMax { return String(text[..<index]) }
        }
        return text
    }
}
