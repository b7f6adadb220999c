import GatewayTypes

/// What a sticky route holds on to, as a number.
enum AffinityKey {
    private static let session: HeaderName = "x-weir-session"
    /// Bytes of the prompt that decide. Providers cache prompts from about four times as many on, so that all requests
    /// that could share a cache begin with the same ones.
    private static let prefixBytes = 1024
    /// The key, and in words what it was made of.
    static func of(_ exchange: borrowing Exchange, _ affinity: Route.Affinity) -> (key: UInt64, words: String) {
        switch affinity {
        case .session:
            if let session = exchange.head[Self.session], !session.isEmpty {
                return (StableHash.of(session), "the session")
            }
            return caller(exchange)
        case .caller: return caller(exchange)
        case .promptPrefix:
            guard case .model(let request) = exchange.request else { return caller(exchange) }
            return (prefix(request), "the beginning of the prompt")
        }
    }

    /// Those whom nobody knows would all be one caller: each of their requests goes where it is drawn to.
    private static func caller(_ exchange: borrowing Exchange) -> (key: UInt64, words: String) {
        let name = exchange.caller.name
        return name == .other
            ? (StableHash.mix(exchange.id.low), "chance: neither session nor caller is known")
            : (StableHash.of(name.text), "the caller")
    }

    private static func prefix(_ request: ModelRequest) -> UInt64 {
        request.withPromptPrefix(bytesMax: prefixBytes) { bytes in
            var hash = StableHash()
            hash.add(bytes)
            return hash.value
        }
    }
}
