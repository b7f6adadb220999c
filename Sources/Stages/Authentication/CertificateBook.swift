import GatewayTypes

/// Which client certificate stands for whom.
public struct CertificateBook: Sendable {
    private var byName: [String: KeyIdentity] = [:]
    /// By SHA-256 of the certificate: 32 bytes.
    private var byFingerprint: [[UInt8]: KeyIdentity] = [:]

    public init() {}

    /// `name`: a DNS name, e-mail address or URI of the certificate, or its common name.
    public mutating func add(name: String, _ identity: KeyIdentity) { byName[name] = identity }
    public mutating func add(fingerprint: [UInt8], _ identity: KeyIdentity) { byFingerprint[fingerprint] = identity }

    var isEmpty: Bool { byName.isEmpty && byFingerprint.isEmpty }

    /// The certificate itself before its names; the common name counts only where there is no other (RFC 9525 §6.3).
    func identity(of certificate: PeerCertificate) -> KeyIdentity? {
        if let identity = byFingerprint[certificate.fingerprint] { return identity }
        for name in certificate.names {
            if let identity = byName[name] { return identity }
        }
        guard certificate.names.isEmpty else { return nil }
        return certificate.commonName.flatMap { byName[$0] }
    }
}
