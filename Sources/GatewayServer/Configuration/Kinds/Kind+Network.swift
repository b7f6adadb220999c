import Glibc

extension Kind where Value == ListenAddress {
    static let address = Kind.scalar(
        .text("address and port", pattern: #"^(\[[0-9A-Fa-f:.]+\]|[0-9.]+|localhost):[0-9]{1,5}$"#),
        expected: "an address such as 127.0.0.1:8080"
    ) { text, _ in
        if let address = ListenAddress(text) { return .value(address) }
        if text.hasPrefix(":") {
            return .wrong("\(Words.quoted(text)) has no host; did you mean \(Words.quoted("127.0.0.1" + text))?")
        }
        return .wrong("\(Words.quoted(text)) is not an address; write 127.0.0.1:8080, [::1]:8080 or localhost:8080")
    } write: {
        $0.description
    }
}

/// Where to listen: an address of this machine and a port, 0 for any free one.
public struct ListenAddress: Sendable, Hashable, CustomStringConvertible {
    /// An IPv4 or IPv6 literal without brackets, or `localhost`.
    public let host: String
    /// 0 … 65535; 0: the system chooses.
    public let port: Int

    init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    public init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":") else { return nil }
        let digits = text[text.index(after: colon)...]
        guard (1...5).contains(digits.utf8.count), digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let port = Int(digits), port <= 65535
        else { return nil }
        var host = String(text[..<colon])
        if host.hasPrefix("[") && host.hasSuffix("]") {
            host = String(host.dropFirst().dropLast())
            guard Self.bytes(of: host, family: AF_INET6, count: 16) != nil else { return nil }
        } else {
            guard host == "localhost" || Self.bytes(of: host, family: AF_INET, count: 4) != nil else { return nil }
        }
        self.host = host
        self.port = port
    }

    public var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

    /// Whether only programs on this machine can reach it.
    public var isLoopback: Bool {
        if host == "localhost" { return true }
        if let bytes = Self.bytes(of: host, family: AF_INET, count: 4) { return bytes[0] == 127 }
        guard let bytes = Self.bytes(of: host, family: AF_INET6, count: 16) else { return false }
        let isMapped = bytes[..<10].allSatisfy { $0 == 0 } && bytes[10] == 0xFF && bytes[11] == 0xFF
        if isMapped { return bytes[12] == 127 }
        return bytes[..<15].allSatisfy { $0 == 0 } && bytes[15] == 1
    }

    /// Whether it stands for every address of this machine.
    public var isWildcard: Bool {
        let bytes = Self.bytes(of: host, family: AF_INET, count: 4) ?? Self.bytes(of: host, family: AF_INET6, count: 16)
        return bytes?.allSatisfy { $0 == 0 } ?? false
    }

    /// Whether both cannot be listened on at once.
    public func collides(with other: ListenAddress) -> Bool {
        guard port == other.port, port != 0 else { return false }
        if host == other.host || isWildcard || other.isWildcard { return true }
        return host == "localhost" && other.isLoopback || isLoopback && other.host == "localhost"
    }

    private static func bytes(of host: String, family: Int32, count: Int) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        return inet_pton(family, host, &bytes) == 1 ? bytes : nil
    }
}

extension Kind where Value == ServiceURL {
    static func url(_ example: String) -> Kind {
        .scalar(.text("URL, http or https", pattern: "^https?://.+"), expected: "a URL such as \(example)") { text, _ in
            // Not repeated where it might hold a password.
            if text.contains("@") { return .wrong("a URL must not hold a user name or a password") }
            if text.contains("?") || text.contains("#") {
                return .wrong("a URL must not hold a query or a fragment; send keys in headers")
            }
            if let url = ServiceURL(text) { return .value(url) }
            return .wrong(
                "\(Words.quoted(text)) is not a URL; write http:// or https://, a host and a path: \(example)")
        } write: {
            $0.text
        }
    }
}

/// The address of a service: `https://api.openai.com/v1`.
public struct ServiceURL: Sendable, Hashable {
    /// Without a trailing slash.
    public let text: String
    public let isTLS: Bool
    /// Without brackets.
    public let host: String
    public let port: Int

    init(text: String, isTLS: Bool, host: String, port: Int) {
        self.text = text
        self.isTLS = isTLS
        self.host = host
        self.port = port
    }

    public init?(_ text: String) {
        guard let mark = text.firstRange(of: "://") else { return nil }
        switch text[..<mark.lowerBound].lowercased() {
        case "https": isTLS = true
        case "http": isTLS = false
        default: return nil
        }
        let isPlain = text.unicodeScalars.allSatisfy { $0.isASCII && $0.value > 0x20 && $0.value != 0x7F }
        guard isPlain, !text.contains(where: { "?#\"<>\\^`{|}@".contains($0) }) else { return nil }
        let authority = text[mark.upperBound...].prefix { $0 != "/" }
        guard let (host, port) = Self.split(authority) else { return nil }
        self.host = host
        self.port = port ?? (isTLS ? 443 : 80)
        var trimmed = Substring(text)
        while trimmed.hasSuffix("/") { trimmed.removeLast() }
        self.text = String(trimmed)
    }

    private static func split(_ authority: Substring) -> (host: String, port: Int?)? {
        var host = authority
        var rest: Substring = ""
        if authority.hasPrefix("["), let end = authority.firstIndex(of: "]") {
            host = authority[authority.index(after: authority.startIndex)..<end]
            rest = authority[authority.index(after: end)...]
        } else if let colon = authority.firstIndex(of: ":") {
            host = authority[..<colon]
            rest = authority[colon...]
        }
        guard !host.isEmpty, !host.contains("["), !host.contains("]") else { return nil }
        if rest.isEmpty { return (String(host), nil) }
        guard rest.hasPrefix(":"), let port = UInt16(rest.dropFirst()), port > 0 else { return nil }
        return (String(host), Int(port))
    }

    /// Whether the service runs on this machine.
    public var isLoopback: Bool { host == "localhost" || host == "::1" || host.hasPrefix("127.") }
}
