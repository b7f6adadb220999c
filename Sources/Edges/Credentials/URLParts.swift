/// The parts of an absolute http or https URL, as they are written.
struct URLParts: Equatable {
    let isSecure: Bool
    /// Lower-case; of an IPv6 address without brackets.
    let host: String
    let port: Int
    /// As a request's `host` field has it: the port only where it is not the scheme's own.
    let hostField: String
    /// At least `/`.
    let path: String
    /// What follows `?`; empty where nothing does.
    let query: String

    init?(_ url: String) {
        let rest: Substring
        if url.hasPrefix("https://") {
            isSecure = true
            rest = url.dropFirst(8)
        } else if url.hasPrefix("http://") {
            isSecure = false
            rest = url.dropFirst(7)
        } else {
            return nil
        }
        let authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        guard !authority.isEmpty, !authority.contains("@"), let (name, number) = Self.split(authority) else {
            return nil
        }
        let standardPort = isSecure ? 443 : 80
        host = name.lowercased().filter { $0 != "[" && $0 != "]" }
        port = number ?? standardPort
        hostField = port == standardPort ? name.lowercased() : "\(name.lowercased()):\(port)"
        let resource = rest.dropFirst(authority.count).prefix { $0 != "#" }
        let pathText = resource.prefix { $0 != "?" }
        path = pathText.isEmpty ? "/" : String(pathText)
        query = String(resource.dropFirst(pathText.count + 1))
    }

    /// Name (an IPv6 address with its brackets) and port.
    private static func split(_ authority: Substring) -> (name: String, port: Int?)? {
        var name = authority
        var tail = Substring()
        if authority.hasPrefix("[") {
            guard let end = authority.firstIndex(of: "]") else { return nil }
            name = authority[...end]
            tail = authority[authority.index(after: end)...]
        } else if let colon = authority.firstIndex(of: ":") {
            name = authority[..<colon]
            tail = authority[colon...]
        }
        guard !name.isEmpty else { return nil }
        if tail.isEmpty { return (String(name), nil) }
        guard tail.first == ":", let port = Int(tail.dropFirst()), (1...65_535).contains(port) else { return nil }
        return (String(name), port)
    }

    /// Whether the host is this machine itself.
    var isLoopback: Bool {
        if host == "localhost" || host == "::1" { return true }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }
}
