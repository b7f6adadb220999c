import COpenSSL

/// What a certificate says of itself (RFC 5280).
public struct TLSCertificate: Sendable, Equatable {
    /// The subject's common name; nil where it has none.
    public let commonName: String?
    /// DNS names of the subject's alternative names, in lower case; may begin with `*.`.
    public let dnsNames: [String]
    /// Addresses and URIs of the subject's alternative names, as they are written.
    public let otherNames: [String]
    /// SHA-256 of the whole certificate: 32 bytes.
    public let fingerprint: [UInt8]
    /// When it ceases to be valid, in Unix seconds.
    public let notAfter: Int64

    init(_ certificate: OpaquePointer) {
        commonName = Self.commonName(of: certificate)
        (dnsNames, otherNames) = Self.names(of: certificate)
        fingerprint = [UInt8](unsafeUninitializedCapacity: SHA256.byteCount) { output, count in
            var written: UInt32 = 0
            count = X509_digest(certificate, EVP_sha256(), output.baseAddress, &written) == 1 ? Int(written) : 0
        }
        notAfter = Self.seconds(X509_get0_notAfter(certificate))
    }

    /// Whether a client that asks for `host` means this certificate (RFC 9525 §6.3: a wildcard is the whole first label).
    public func covers(_ host: String) -> Bool {
        let host = host.lowercased()
        if dnsNames.contains(host) { return true }
        guard let dot = host.firstIndex(of: "."), dot > host.startIndex else { return false }
        return dnsNames.contains("*" + host[dot...])
    }

    private static func commonName(of certificate: OpaquePointer) -> String? {
        guard let subject = X509_get_subject_name(certificate) else { return nil }
        let place = X509_NAME_get_index_by_NID(subject, NID_commonName, -1)
        guard place >= 0, let entry = X509_NAME_get_entry(subject, place), let data = X509_NAME_ENTRY_get_data(entry)
        else { return nil }
        var text: UnsafeMutablePointer<UInt8>?
        let length = ASN1_STRING_to_UTF8(&text, data)
        guard length >= 0, let text else { return nil }
        defer { CRYPTO_free(text, nil, 0) }
        return String(decoding: UnsafeBufferPointer(start: text, count: Int(length)), as: UTF8.self)
    }

    private static func names(of certificate: OpaquePointer) -> (dns: [String], others: [String]) {
        guard let found = X509_get_ext_d2i(certificate, NID_subject_alt_name, nil, nil) else { return ([], []) }
        let names = OpaquePointer(found)
        defer { GENERAL_NAMES_free(names) }
        var dns: [String] = []
        var others: [String] = []
        for position in 0..<weir_general_name_count(names) {
            guard let name = weir_general_name(names, position), let text = weir_general_name_text(name) else {
                continue
            }
            let bytes = UnsafeBufferPointer(start: ASN1_STRING_get0_data(text), count: Int(ASN1_STRING_length(text)))
            // A NUL in a name is a known trick to look like another.
            guard !bytes.contains(0) else { continue }
            let written = String(decoding: bytes, as: UTF8.self)
            if weir_general_name_is_dns(name) == 1 { dns.append(written.lowercased()) } else { others.append(written) }
        }
        return (dns, others)
    }

    private static func seconds(_ time: UnsafePointer<ASN1_TIME>?) -> Int64 {
        guard let time, let epoch = ASN1_TIME_set(nil, 0) else { return 0 }
        defer { ASN1_TIME_free(epoch) }
        var days: Int32 = 0
        var rest: Int32 = 0
        guard ASN1_TIME_diff(&days, &rest, epoch, time) == 1 else { return 0 }
        return Int64(days) * 86_400 + Int64(rest)
    }
}
