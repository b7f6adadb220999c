public import Crypto

extension Configuration {
    /// How Weir's own ports are encrypted.
    public struct TLS: Sendable {
        public enum Port: String, CaseIterable, Sendable { case listen, metrics, admin }

        /// One certificate and its key.
        public struct Certificate: Sendable {
            public internal(set) var certificate = ""
            public internal(set) var key = ""

            static let section = Section<Certificate>(
                "certificate", "A certificate with its chain, and its private key.",
                empty: { Certificate() },
                fields: [
                    Field(
                        "certificate", \.certificate, .path, required: "/etc/weir/tls.crt",
                        "PEM file of the certificate, followed by those between it and the authority."),
                    Field(
                        "key", \.key, .path, required: "/etc/weir/tls.key",
                        "PEM file of its private key, without a password."),
                ])
        }

        public internal(set) var certificates: [Certificate] = []
        public internal(set) var ports = Port.allCases
        public internal(set) var versionMin = TLSServerSettings.Version.tls12
        public internal(set) var clientCertificates = TLSServerSettings.ClientCertificates.none
        public internal(set) var clientAuthorities: String?

        static let section = Section<TLS>(
            "tls",
            "Encrypts Weir's ports. The files are read again on a reload, and when they change; connections that are "
                + "open stay as they are.",
            empty: { TLS() },
            fields: [
                Field(
                    "certificates", \.certificates, .list(of: .section(Certificate.section), countMax: 100),
                    "The certificates. A client gets the one that covers the host it names, else the first."),
                Field("ports", \.ports, .list(of: .choice), "The ports that are encrypted: all when left out."),
                Field("min_version", \.versionMin, .choice, "The oldest version of TLS that is spoken."),
                Field(
                    "client_certificates", \.clientCertificates, .choice,
                    "Whether clients of `listen` show a certificate of their own; with `optional` those that show "
                        + "none go on with a key."),
                Field(
                    "client_ca", optional: \.clientAuthorities, .path,
                    "PEM file of the authorities whose certificates of clients count."),
            ])

        /// What a port shows; `asks`: whether it wants its clients' certificates.
        func settings(asks: Bool) -> TLSServerSettings {
            var settings = TLSServerSettings(
                keyPairs: certificates.map {
                    TLSServerSettings.KeyPair(certificatePath: $0.certificate, keyPath: $0.key)
                })
            settings.versionMin = versionMin
            if asks {
                settings.clientCertificates = clientCertificates
                settings.clientAuthoritiesPath = clientAuthorities
            }
            return settings
        }
    }
}
