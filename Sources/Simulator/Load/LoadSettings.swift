public import GatewayTypes

/// What load to make, and for how long.
public struct LoadSettings: Sendable {
    public enum Mode: Sendable, Equatable {
        /// So many requests a second, whatever the target does: arrivals do not wait for replies.
        case open(ratePerSecond: Double)
        /// As many as `concurrency` allows: each lane sends when its last reply has ended.
        case closed
    }

    /// Scheme, host and port: `http://127.0.0.1:8080`.
    public var target: String
    public var path = "/v1/chat/completions"
    public var model: String
    public var stream = true
    public var mode = Mode.closed
    /// Requests under way at once, at most. In an open loop an arrival that finds no place waits, and its wait counts.
    public var concurrency = 16
    /// Seconds in which requests are begun.
    public var durationSeconds = 10.0
    public var requestsMax: Int?
    /// Bytes of the prompt's text.
    public var promptBytes = 64
    public var outputTokensMax: Int?
    public var apiKey: String?
    /// More fields of every request, such as `x-sim`.
    public var fields: [ReplyField] = []
    /// Seconds for one request.
    public var timeoutSeconds = 60.0
    /// Identifies the target among the process's endpoints.
    public var endpointID = 0

    public init(target: String, model: String) {
        self.target = target
        self.model = model
    }

    /// Nil where the target is not `http://` or `https://` with a host.
    public func endpoint() -> Endpoint? {
        let parts = target.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, parts[1].isEmpty, parts[0] == "http:" || parts[0] == "https:" else { return nil }
        let authority = parts[2].prefix { $0 != "/" }
        let colon = authority.lastIndex(of: ":").flatMap { authority[$0...].contains("]") ? nil : $0 }
        let host = colon.map { authority[..<$0] } ?? authority
        let standardPort = parts[0] == "https:" ? 443 : 80
        let port = colon.map { Int(authority[authority.index(after: $0)...]) } ?? standardPort
        guard !host.isEmpty, let port else { return nil }
        var timeouts = Endpoint.Timeouts()
        timeouts.firstByteSeconds = timeoutSeconds
        timeouts.idleSeconds = timeoutSeconds
        timeouts.totalSeconds = timeoutSeconds
        var all = [ReplyField("content-type", "application/json")]
        if let apiKey { all.append(ReplyField("authorization", "Bearer \(apiKey)")) }
        return Endpoint(
            id: endpointID, method: .post,
            url: target.hasSuffix("/") ? String(target.dropLast()) + path : target + path,
            serverAddress: String(host), serverPort: port, fields: all + fields, timeouts: timeouts, http2: false,
            caFile: nil)
    }
}
