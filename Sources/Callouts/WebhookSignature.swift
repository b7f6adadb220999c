import Crypto

/// Signs messages as the Standard Webhooks convention has it, for which most languages have a library: the signed text is
/// `id.timestamp.body`.
struct WebhookSignature: Sendable {
    private let key: [UInt8]

    /// `whsec_` and base64, as the convention writes keys; any other text is the key itself.
    init(secret: String) {
        let prefix = "whsec_"
        let decoded = secret.hasPrefix(prefix) ? Self.bytes(secret.dropFirst(prefix.count)) : nil
        key = decoded ?? Array(secret.utf8)
    }

    /// The field `webhook-signature`.
    func text(id: String, timestamp: Int64, body: [UInt8]) -> String {
        let signed = Array("\(id).\(timestamp).".utf8) + body
        return "v1," + Self.base64(HMACSHA256.sign(key: key, message: signed))
    }

    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    private static func base64(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            let bits = group.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - group.count))
            for position in 0..<4 {
                let isFilled = position <= group.count
                text.append(isFilled ? alphabet[bits >> (18 - 6 * position) & 63] : UInt8(ascii: "="))
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Nil where it is no base64.
    private static func bytes(_ text: Substring) -> [UInt8]? {
        var bytes: [UInt8] = []
        var (word, bits) = (0, 0)
        for byte in text.utf8 where byte != UInt8(ascii: "=") {
            guard let digit = alphabet.firstIndex(of: byte) else { return nil }
            word = (word << 6 | digit) & 0xFFFF
            bits += 6
            guard bits >= 8 else { continue }
            bits -= 8
            bytes.append(UInt8(word >> bits & 0xFF))
        }
        return bytes.isEmpty ? nil : bytes
    }
}
