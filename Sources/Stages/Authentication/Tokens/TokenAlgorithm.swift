/// How tokens may be signed (RFC 7518, RFC 8037), in JOSE's words. A shared secret is none of them: whoever can check such a
/// token could make one.
public enum TokenAlgorithm: String, CaseIterable, Sendable {
    case rs256 = "RS256"
    case ps256 = "PS256"
    case es256 = "ES256"
    case edDSA = "EdDSA"
}

/// An issuer's public key, and what it may be used for.
public enum TokenKeyMaterial: Sendable, Equatable {
    /// RS256, or PS256 where `isPSS`.
    case rsa(modulus: [UInt8], exponent: [UInt8], isPSS: Bool)
    /// ES256.
    case p256(x: [UInt8], y: [UInt8])
    /// EdDSA.
    case ed25519([UInt8])
}

/// Whether a signature is one of a message.
public typealias SignatureCheck = @Sendable (_ signature: [UInt8], _ message: [UInt8]) -> Bool
