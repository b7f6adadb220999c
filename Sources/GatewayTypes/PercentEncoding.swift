/// Percent-encoding (RFC 3986, section 2.1).
public enum PercentEncoding {
    /// All but the unreserved characters in percents. `keepingAt`: an `@` stays too, as Google's names of models have it.
    public static func encode(_ text: some StringProtocol, keepingAt: Bool = false) -> String {
        encode(bytes: text.utf8, keepingAt: keepingAt)
    }

    /// As `encode`, of bytes that need not be a text.
    public static func encode(bytes: some Sequence<UInt8>, keepingAt: Bool = false) -> String {
        var encoded = ""
        for byte in bytes {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"),
                UInt8(ascii: "@") where byte != UInt8(ascii: "@") || keepingAt:
                encoded.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                let digits = String(byte, radix: 16, uppercase: true)
                encoded += digits.utf8.count == 1 ? "%0" + digits : "%" + digits
            }
        }
        return encoded
    }

    /// What is no escape stays as it is.
    public static func decode(_ text: some StringProtocol) -> String {
        guard text.utf8.contains(UInt8(ascii: "%")) else { return String(text) }
        return String(decoding: bytes(of: text), as: UTF8.self)
    }

    /// As `decode`, of what need not be a text once its escapes are resolved.
    public static func bytes(of text: some StringProtocol) -> [UInt8] {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            let digits = String(decoding: rest.prefix(2), as: UTF8.self)
            if byte == UInt8(ascii: "%"), digits.utf8.count == 2, digits.allSatisfy(\.isHexDigit),
                let value = UInt8(digits, radix: 16)
            {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return bytes
    }
}
