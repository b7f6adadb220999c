/// What a public key is made of, and with it the one way of signing that it checks. Numbers are big-endian.
public enum PublicKeyMaterial: Sendable, Equatable {
    /// RSASSA-PKCS1-v1_5 with SHA-256 (RFC 8017); JSON Web Signatures call it RS256.
    case rsa(modulus: [UInt8], exponent: [UInt8])
    /// RSASSA-PSS with SHA-256, MGF1 with SHA-256 and a salt of 32 bytes (RFC 8017); PS256.
    case rsaPSS(modulus: [UInt8], exponent: [UInt8])
    /// ECDSA on the curve P-256 with SHA-256, 32 bytes each (FIPS 186-5); ES256.
    case p256(x: [UInt8], y: [UInt8])
    /// Ed25519, 32 bytes (RFC 8032); EdDSA.
    case ed25519([UInt8])
}
