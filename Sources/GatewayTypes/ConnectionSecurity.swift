/// What is known of a client's encrypted connection. A class, so that every request of it carries one reference.
public final class ConnectionSecurity: Sendable {
    /// The certificate that the client has proven to own; nil where it showed none.
    public let clientCertificate: PeerCertificate?

    public init(clientCertificate: PeerCertificate?) { self.clientCertificate = clientCertificate }
}

/// A client's certificate, which an authority of the configuration vouches for.
public struct PeerCertificate: Sendable, Equatable {
    /// The subject's common name.
    public let commonName: String?
    /// DNS names, e-mail addresses and URIs (a SPIFFE id is one) of its alternative names.
    public let names: [String]
    /// SHA-256 of the whole certificate: 32 bytes.
    public let fingerprint: [UInt8]

    public init(commonName: String?, names: [String], fingerprint: [UInt8]) {
        self.commonName = commonName
        self.names = names
        self.fingerprint = fingerprint
    }
}
