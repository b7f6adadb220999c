import GatewayTypes

/// What a token must say, beside being signed.
public struct TokenRules: Sendable {
    /// As the claim `iss` has it, to the letter.
    public let issuer: String
    /// One of them must be in `aud`.
    public let audiences: [String]
    /// Seconds that clocks may differ.
    public var leewaySeconds = 60.0
    /// Claims and the values of which they must have one.
    public var required: [(claim: ClaimPath, values: [String])] = []

    public init(issuer: String, audiences: [String]) {
        self.issuer = issuer
        self.audiences = audiences
    }

    /// The time from which on the token counts no more.
    func check(_ claims: TokenJSON, at time: WallTime) throws(AuthenticationFault) -> WallTime {
        guard claims["iss"]?.text == issuer else { throw .issuer }
        guard hears(claims) else { throw .audience }
        // Without an end it would be a key that nobody can take back.
        guard let end = claims["exp"]?.number, Self.seconds.contains(end) else { throw .claims }
        let expires = WallTime(nanoseconds: Int64((end + leewaySeconds) * 1e9))
        guard time < expires else { throw .expired }
        if let written = claims["nbf"] {
            guard let start = written.number, Self.seconds.contains(start) else { throw .claims }
            guard time.seconds + leewaySeconds >= start else { throw .notYetValid }
        }
        for (claim, values) in required {
            guard claim.texts(in: claims).contains(where: { values.contains($0) }) else { throw .claims }
        }
        return expires
    }

    func hears(_ claims: TokenJSON) -> Bool {
        claims["aud"]?.entries.contains { $0.text.map(audiences.contains) ?? false } ?? false
    }

    /// Times in seconds that fit a `WallTime`: the years 1970 to 2200.
    private static let seconds = 0.0...7_258_118_400.0
}
