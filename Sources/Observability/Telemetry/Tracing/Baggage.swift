import GatewayTypes

/// `baggage` (W3C Baggage, §3): read for the configured keys, and never passed on.
enum Baggage {
    private static let membersMax = 64
    private static let bytesMax = 8_192

    /// The members of those keys, the last of each; what is not valid, and what is beyond the specification's limits, is
    /// left out.
    static func read(_ keys: [String], from values: [String]) -> [BaggageEntry] {
        var found: [BaggageEntry] = []
        var members = 0
        var bytes = 0
        for value in values {
            for member in value.split(separator: ",", omittingEmptySubsequences: true) {
                members += 1
                bytes += member.utf8.count + 1
                guard members <= membersMax, bytes <= bytesMax + 1 else { return found }
                guard let entry = entry(member), keys.contains(entry.key) else { continue }
                found.removeAll { $0.key == entry.key }
                found.append(entry)
            }
        }
        return found
    }

    /// Properties, after a semicolon, are not read.
    private static func entry(_ member: Substring) -> BaggageEntry? {
        let pair = member.prefix { $0 != ";" }
        guard let equals = pair.firstIndex(of: "=") else { return nil }
        let key = trim(pair[..<equals])
        let value = trim(pair[pair.index(after: equals)...])
        guard !key.isEmpty, key.utf8.allSatisfy(isToken), !value.isEmpty, value.utf8.allSatisfy(isOctet),
            hasWholeEscapes(value)
        else { return nil }
        return BaggageEntry(key: String(key), value: PercentEncoding.decode(value))
    }

    private static func trim(_ text: Substring) -> Substring {
        var text = text
        while text.first == " " || text.first == "\t" { text.removeFirst() }
        while text.last == " " || text.last == "\t" { text.removeLast() }
        return text
    }

    /// A byte of a header field's name (RFC 9110 §5.6.2).
    private static func isToken(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }

    private static func isOctet(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x21, 0x23...0x2B, 0x2D...0x3A, 0x3C...0x5B, 0x5D...0x7E: true
        default: false
        }
    }

    private static func hasWholeEscapes(_ text: Substring) -> Bool {
        let bytes = Array(text.utf8)
        func isDigit(_ position: Int) -> Bool {
            guard position < bytes.count else { return false }
            switch bytes[position] {
            case 0x30...0x39, 0x41...0x46, 0x61...0x66: return true
            default: return false
            }
        }
        return bytes.indices.allSatisfy { bytes[$0] != 0x25 || (isDigit($0 + 1) && isDigit($0 + 2)) }
    }
}
