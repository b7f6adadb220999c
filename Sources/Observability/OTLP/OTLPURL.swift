/// An absolute `http` or `https` URL of a collector.
public struct OTLPURL: Sendable, Equatable {
    public let text: String
    public let address: String
    public let port: Int

    private let scheme: String

    /// Nil unless it is `http(s)://host[:port][/path]`, without user, query or fragment. `defaultPort`: where it names
    /// none; nil: the scheme's.
    public init?(_ text: String, defaultPort: Int? = nil) {
        let secure = text.lowercased().hasPrefix("https://")
        guard secure || text.lowercased().hasPrefix("http://") else { return nil }
        guard text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }), !text.contains(where: { "@?#".contains($0) }) else {
            return nil
        }
        let authority = text.dropFirst(secure ? 8 : 7).prefix { $0 != "/" }
        var host = authority
        var port = defaultPort ?? (secure ? 443 : 80)
        let closing = authority.lastIndex(of: "]")
        if let colon = authority.lastIndex(of: ":"), closing.map({ $0 < colon }) ?? true {
            guard let given = Int(authority[authority.index(after: colon)...]), (1...65_535).contains(given) else {
                return nil
            }
            port = given
            host = authority[..<colon]
        }
        if host.hasPrefix("[") && host.hasSuffix("]") { host = host.dropFirst().dropLast() }
        guard !host.isEmpty else { return nil }
        let hasPath = text.dropFirst(secure ? 8 : 7).contains("/")
        self.text = hasPath ? text : text + "/"
        scheme = secure ? "https" : "http"
        address = String(host)
        self.port = port
    }

    /// The same host with another path.
    func atRoot(_ path: String) -> OTLPURL? {
        OTLPURL("\(scheme)://\(address.contains(":") ? "[\(address)]" : address):\(port)/\(path)")
    }

    /// The base's path goes on with `path`, whether or not it ends in a slash.
    func appending(_ path: String) -> OTLPURL? { OTLPURL(text + (text.hasSuffix("/") ? "" : "/") + path) }
}
