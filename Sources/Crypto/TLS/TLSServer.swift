import COpenSSL

/// A server's side of TLS 1.2 and 1.3 (RFC 5246, RFC 8446): certificates, read once, from which sessions are made.
///
/// It never changes; renewed certificates make a new one. `@unchecked Sendable` is sound: OpenSSL counts references to
/// a context atomically and only reads it once it is set up.
public final class TLSServer: @unchecked Sendable {
    /// One certificate as it is shown.
    private struct Shown {
        let certificate: TLSCertificate
        let context: OpaquePointer
    }

    public let settings: TLSServerSettings
    private let shown: [Shown]

    /// In the order of the settings.
    public var certificates: [TLSCertificate] { shown.map(\.certificate) }

    public init(_ settings: TLSServerSettings) throws(TLSFault) {
        self.settings = settings
        var shown: [Shown] = []
        do throws(TLSFault) {
            for pair in settings.keyPairs { shown.append(try Self.load(pair, settings)) }
        } catch {
            for one in shown { SSL_CTX_free(one.context) }
            throw error
        }
        self.shown = shown
        guard let first = shown.first else { throw .setUp("there is no certificate") }
        // The first context is that of every session until its client has named a host. It does not outlive this object
        // together with a live callback: sessions hold on to it.
        weir_tls_set_name_callback(
            first.context,
            { session, _, argument in
                guard let session, let argument else { return SSL_TLSEXT_ERR_NOACK }
                return Unmanaged<TLSServer>.fromOpaque(argument).takeUnretainedValue().choose(for: session)
            }, Unmanaged.passUnretained(self).toOpaque())
    }

    deinit {
        for one in shown { SSL_CTX_free(one.context) }
    }

    /// A connection that a client has just opened.
    public func accept() throws(TLSFault) -> TLSSession {
        guard let first = shown.first, let session = SSL_new(first.context) else { throw .setUp(OpenSSLErrors.take()) }
        return try TLSSession(session, of: self)
    }

    /// Shows the certificate that covers the host the client named.
    private func choose(for session: OpaquePointer) -> Int32 {
        guard shown.count > 1, let name = SSL_get_servername(session, TLSEXT_NAMETYPE_host_name) else {
            return SSL_TLSEXT_ERR_OK
        }
        let host = String(cString: name)
        if let fitting = shown.first(where: { $0.certificate.covers(host) }) {
            SSL_set_SSL_CTX(session, fitting.context)
        }
        return SSL_TLSEXT_ERR_OK
    }

    // MARK: Setting up

    private static func load(
        _ pair: TLSServerSettings.KeyPair, _ settings: TLSServerSettings
    ) throws(TLSFault) -> Shown {
        guard let context = SSL_CTX_new(TLS_server_method()) else { throw .setUp(OpenSSLErrors.take()) }
        do throws(TLSFault) {
            try harden(context, settings)
            try show(pair, on: context)
            try ask(settings, on: context)
            guard let certificate = SSL_CTX_get0_certificate(context) else {
                throw .certificate(path: pair.certificatePath, reason: "it holds none")
            }
            return Shown(certificate: TLSCertificate(certificate), context: context)
        } catch {
            SSL_CTX_free(context)
            throw error
        }
    }

    /// Forward secrecy and authenticated encryption only; what TLS 1.3 has is all of that kind.
    private static func harden(_ context: OpaquePointer, _ settings: TLSServerSettings) throws(TLSFault) {
        let least =
            switch settings.versionMin {
            case .tls12: TLS1_2_VERSION
            case .tls13: TLS1_3_VERSION
            }
        guard weir_tls_set_versions(context, least) == 1,
            SSL_CTX_set_cipher_list(context, "ECDHE+AESGCM:ECDHE+CHACHA20:!aNULL") == 1,
            weir_tls_set_groups(context, "X25519:P-256:P-384") == 1
        else { throw .setUp(OpenSSLErrors.take()) }
        let options = [SSL_OP_NO_RENEGOTIATION_FLAG, SSL_OP_NO_COMPRESSION_FLAG, SSL_OP_CIPHER_SERVER_PREFERENCE_FLAG]
        _ = SSL_CTX_set_options(context, options.reduce(0, |))
        weir_tls_set_mode(context)
        // Sessions are resumed by tickets; without a name of its own, one that showed a certificate cannot be.
        let name: [UInt8] = Array("weir".utf8)
        guard SSL_CTX_set_session_id_context(context, name, UInt32(name.count)) == 1 else {
            throw .setUp(OpenSSLErrors.take())
        }
        SSL_CTX_set_alpn_select_cb(context, chooseProtocol, nil)
    }

    private static func show(_ pair: TLSServerSettings.KeyPair, on context: OpaquePointer) throws(TLSFault) {
        guard SSL_CTX_use_certificate_chain_file(context, pair.certificatePath) == 1 else {
            throw .certificate(path: pair.certificatePath, reason: OpenSSLErrors.take())
        }
        // Without this, OpenSSL would ask the terminal for a password.
        SSL_CTX_set_default_passwd_cb(context) { _, _, _, _ in 0 }
        guard SSL_CTX_use_PrivateKey_file(context, pair.keyPath, SSL_FILETYPE_PEM) == 1 else {
            let reason = OpenSSLErrors.take()
            // Taking a key over, OpenSSL compares it with the certificate.
            if reason == "key values mismatch" || reason == "key type mismatch" {
                throw .mismatch(certificate: pair.certificatePath, key: pair.keyPath)
            }
            throw .key(path: pair.keyPath, reason: reason)
        }
    }

    private static func ask(_ settings: TLSServerSettings, on context: OpaquePointer) throws(TLSFault) {
        let mode: Int32
        switch settings.clientCertificates {
        case .none: return
        case .optional: mode = SSL_VERIFY_PEER
        case .required: mode = SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT
        }
        guard let path = settings.clientAuthoritiesPath else { throw .setUp("no authorities of clients are named") }
        guard SSL_CTX_load_verify_file(context, path) == 1, let names = SSL_load_client_CA_file(path) else {
            throw .authorities(path: path, reason: OpenSSLErrors.take())
        }
        SSL_CTX_set_client_CA_list(context, names)
        SSL_CTX_set_verify(context, mode, nil)
    }
}

// Macros with casts, which Swift does not import.
private let SSL_OP_NO_RENEGOTIATION_FLAG: UInt64 = 1 << 30
private let SSL_OP_NO_COMPRESSION_FLAG: UInt64 = 1 << 17
private let SSL_OP_CIPHER_SERVER_PREFERENCE_FLAG: UInt64 = 1 << 22

/// HTTP/1.1 where the client offers protocols at all (RFC 7301 §3.2: with none in common the connection ends).
private let chooseProtocol:
    @convention(c) (
        OpaquePointer?, UnsafeMutablePointer<UnsafePointer<UInt8>?>?, UnsafeMutablePointer<UInt8>?,
        UnsafePointer<UInt8>?, UInt32, UnsafeMutableRawPointer?
    ) -> Int32 = { _, chosen, chosenLength, offered, offeredLength, _ in
        let wanted: StaticString = "http/1.1"
        var position = 0
        let bytes = UnsafeBufferPointer(start: offered, count: Int(offeredLength))
        while position < bytes.count {
            let length = Int(bytes[position])
            guard length > 0, position + 1 + length <= bytes.count else { break }
            let name = UnsafeBufferPointer(rebasing: bytes[(position + 1)..<(position + 1 + length)])
            if name.elementsEqual(UnsafeBufferPointer(start: wanted.utf8Start, count: wanted.utf8CodeUnitCount)) {
                chosen?.pointee = name.baseAddress
                chosenLength?.pointee = UInt8(length)
                return SSL_TLSEXT_ERR_OK
            }
            position += 1 + length
        }
        return SSL_TLSEXT_ERR_ALERT_FATAL
    }
