/// What a server shows and asks for.
public struct TLSServerSettings: Sendable, Equatable {
    /// PEM files of one certificate with its chain, and of its private key without a password.
    public struct KeyPair: Sendable, Equatable {
        public let certificatePath: String
        public let keyPath: String

        public init(certificatePath: String, keyPath: String) {
            self.certificatePath = certificatePath
            self.keyPath = keyPath
        }
    }

    public enum Version: String, CaseIterable, Sendable {
        case tls12 = "1.2"
        case tls13 = "1.3"
    }

    /// Whether clients show certificates of their own.
    public enum ClientCertificates: String, CaseIterable, Sendable { case none, optional, required }

    /// At least one; the first serves clients that name no host, or one that no certificate covers.
    public var keyPairs: [KeyPair]
    public var versionMin = Version.tls12
    public var clientCertificates = ClientCertificates.none
    /// PEM file of the authorities of clients' certificates; nil only where none are asked for.
    public var clientAuthoritiesPath: String?

    public init(keyPairs: [KeyPair]) { self.keyPairs = keyPairs }
}
