public import GatewayTypes

/// Which client certificate means which caller.
public struct CertificateBook: Sendable {
    private var byName: [String: Caller] = [:]
    /// By SHA-256 of the certificate: 32 bytes.
    private var byFingerprint: [[UInt8]: Caller] = [:]

    public init() {}

    /// `name`: a DNS name, e-mail address or URI of the certificate, or its common name.
    public mutating func add(name: String, _ caller: Caller) { byName[name] = caller }
    public mutating func add(fingerprint: [UInt8], _ caller: Caller) { byFingerprint[fingerprint] = caller }

    var isEmpty: Bool { byName.isEmpty && byFingerprint.isEmpty }

    /// The certificate itself before its names; the common name counts only where there is no other (RFC 9525 §6.3).
    func caller(of certificate: PeerCertificate) -> Caller? {
        if let caller = byFingerprint[certificate.fingerprint] { return caller }
        for name in certificate.names {
            if let caller = byName[name] { return caller }
        }
        guard certificate.names.isEmpty else { return nil }
        return certificate.commonName.flatMap { byName[$0] }
    }
}
