extension HeaderName {
    public static let webSocketProtocol: HeaderName = "sec-websocket-protocol"
    public static let webSocketKey: HeaderName = "sec-websocket-key"
    static let webSocketVersion: HeaderName = "sec-websocket-version"
    static let upgrade: HeaderName = "upgrade"
    static let connection: HeaderName = "connection"
}

/// How OpenAI's clients in browsers offer a key among a WebSocket's sub-protocols.
public enum WebSocketKey {
    public static let prefix = "openai-insecure-api-key."
    /// Names of accounts, offered the same way.
    public static let accountPrefixes = ["openai-organization.", "openai-project."]
}

extension RequestHead {
    /// Whether it asks to go on as a WebSocket (RFC 6455 §4.2.1).
    public var opensWebSocket: Bool {
        method == .get && Self.list(all(.upgrade)).contains { $0.lowercased() == "websocket" }
            && Self.list(all(.connection)).contains { $0.lowercased() == "upgrade" }
            // 16 bytes in base64.
            && self[.webSocketKey]?.utf8.count == 24 && self[.webSocketVersion] == "13"
    }

    /// The sub-protocols that it offers, in order.
    public var webSocketProtocols: [String] { Self.list(all(.webSocketProtocol)) }

    /// The elements of comma-separated values (RFC 9110 §5.6.1).
    private static func list(_ values: [String]) -> [String] {
        values.flatMap { $0.split(separator: ",") }.map { element in
            let blank: (Character) -> Bool = { $0 == " " || $0 == "\t" }
            var rest = element.drop(while: blank)
            while let last = rest.last, blank(last) { rest.removeLast() }
            return String(rest)
        }
    }
}
