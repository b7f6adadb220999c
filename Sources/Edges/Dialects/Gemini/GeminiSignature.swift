import GatewayTypes

/// Signatures in Gemini's JSON, where they are bytes: its SDKs refuse what is no base64, so that a signature of another
/// dialect is shown as the base64 of its written form.
enum GeminiSignature {
    static func shown(_ signature: Signature) -> String {
        signature.origin == .gemini ? signature.text : encode(Array(signature.written(in: .gemini).utf8))
    }

    static func read(_ text: String) -> Signature {
        if let bytes = decode(text.prefix(16)), bytes.contains(UInt8(ascii: "~")), let whole = decode(text[...]) {
            let written = String(decoding: whole, as: UTF8.self)
            let signature = Signature(written: written, in: .gemini)
            if signature.origin != .gemini { return signature }
        }
        return Signature(origin: .gemini, text: text)
    }

    private static let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    /// RFC 4648, section 4.
    static func encode(_ bytes: [UInt8]) -> String {
        var result: [UInt8] = []
        var start = 0
        while start < bytes.count {
            let group = bytes[start..<min(start + 3, bytes.count)]
            let word = group.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - group.count))
            for place in 0..<4 {
                let digit = digits[word >> (18 - 6 * place) & 63]
                result.append(place <= group.count ? digit : UInt8(ascii: "="))
            }
            start += 3
        }
        return String(decoding: result, as: UTF8.self)
    }

    /// Both alphabets of RFC 4648; nil where it is neither.
    static func decode(_ text: Substring) -> [UInt8]? {
        var result: [UInt8] = []
        var word = 0
        var bits = 0
        for byte in text.utf8 where byte != UInt8(ascii: "=") {
            let value: Int
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"): value = Int(byte) - 65
            case UInt8(ascii: "a")...UInt8(ascii: "z"): value = Int(byte) - 71
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = Int(byte) + 4
            case UInt8(ascii: "+"), UInt8(ascii: "-"): value = 62
            case UInt8(ascii: "/"), UInt8(ascii: "_"): value = 63
            default: return nil
            }
            word = (word << 6 | value) & 0xFFFF
            bits += 6
            if bits >= 8 {
                bits -= 8
                result.append(UInt8(word >> bits & 0xFF))
            }
        }
        return result
    }
}
