import GatewayTypes

/// Where clients put their keys.
enum PresentedKey {
    private static let authorization: HeaderName = "authorization"
    private static let others: [HeaderName] = ["x-api-key", "api-key", "x-goog-api-key"]

    /// The first key found: `Authorization: Bearer`, one of the providers' fields, or `?key=`.
    static func key(in head: RequestHead) -> String? {
        if let value = head[authorization], let key = bearer(value) { return key }
        for name in others {
            if let value = head[name], !value.isEmpty { return value }
        }
        // Browsers cannot set fields of a WebSocket's request; OpenAI lets them offer the key as a sub-protocol.
        for offered in head.webSocketProtocols where offered.hasPrefix(WebSocketKey.prefix) {
            return String(offered.dropFirst(WebSocketKey.prefix.count))
        }
        guard let query = head.query else { return nil }
        for pair in query.split(separator: "&") where pair.hasPrefix("key=") {
            let value = pair.dropFirst(4)
            return value.isEmpty ? nil : String(value)
        }
        return nil
    }

    private static func bearer(_ value: String) -> String? {
        guard value.utf8.count > 7, value.prefix(7).lowercased() == "bearer " else { return nil }
        let key = value.dropFirst(7).drop { $0 == " " }
        return key.isEmpty ? nil : String(key)
    }
}
