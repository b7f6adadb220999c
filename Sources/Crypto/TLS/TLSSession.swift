import COpenSSL

/// One connection's TLS, as a machine without a socket: ciphertext goes in and comes out through memory.
///
/// Confined to whoever made it; not safe to share.
public final class TLSSession {
    public enum Reading: Equatable {
        /// So many bytes of plaintext were written.
        case bytes(Int)
        /// More ciphertext is needed.
        case needsMore
        /// The peer has said that it sends no more.
        case ended
    }

    private let session: OpaquePointer
    private let incoming: OpaquePointer
    private let outgoing: OpaquePointer
    /// The session's callbacks point to it.
    private let server: TLSServer
    private var isBroken = false

    init(_ session: OpaquePointer, of server: TLSServer) throws(TLSFault) {
        guard let incoming = BIO_new(BIO_s_mem()) else {
            SSL_free(session)
            throw .setUp(OpenSSLErrors.take())
        }
        guard let outgoing = BIO_new(BIO_s_mem()) else {
            BIO_free(incoming)
            SSL_free(session)
            throw .setUp(OpenSSLErrors.take())
        }
        self.session = session
        self.incoming = incoming
        self.outgoing = outgoing
        self.server = server
        // From here on the session frees both.
        SSL_set_bio(session, incoming, outgoing)
        SSL_set_accept_state(session)
    }

    deinit { SSL_free(session) }

    // MARK: Ciphertext

    /// Takes what the peer sent.
    public func receive(_ ciphertext: UnsafeRawBufferPointer) throws(TLSFault) {
        var rest = ciphertext[...]
        while !rest.isEmpty {
            let part = UnsafeRawBufferPointer(rebasing: rest.prefix(Int(Int32.max)))
            let taken = BIO_write(incoming, part.baseAddress, Int32(part.count))
            guard taken > 0 else { throw .connection("there is no memory for what the peer sent") }
            rest = rest.dropFirst(Int(taken))
        }
    }

    /// Bytes that wait to be sent to the peer.
    public var pendingBytes: Int { BIO_ctrl_pending(outgoing) }

    /// Moves what is to be sent into `buffer`; returns how much.
    public func send(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        max(0, Int(BIO_read(outgoing, buffer.baseAddress, Int32(clamping: buffer.count))))
    }

    // MARK: Plaintext

    /// Goes on with the handshake; returns whether it is complete. An alert for the peer may be pending after a fault.
    public func handshake() throws(TLSFault) -> Bool {
        ERR_clear_error()
        let result = SSL_do_handshake(session)
        if result == 1 { return true }
        switch SSL_get_error(session, result) {
        case SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE: return false
        case _: throw failed()
        }
    }

    /// Decrypts into `buffer`, which is not empty.
    public func read(into buffer: UnsafeMutableRawBufferPointer) throws(TLSFault) -> Reading {
        ERR_clear_error()
        let count = SSL_read(session, buffer.baseAddress, Int32(clamping: buffer.count))
        if count > 0 { return .bytes(Int(count)) }
        switch SSL_get_error(session, count) {
        case SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE: return .needsMore
        case SSL_ERROR_ZERO_RETURN: return .ended
        case _: throw failed()
        }
    }

    /// Encrypts all of it; what is to be sent waits then.
    public func write(_ plaintext: UnsafeRawBufferPointer) throws(TLSFault) {
        var rest = plaintext[...]
        while !rest.isEmpty {
            let part = UnsafeRawBufferPointer(rebasing: rest.prefix(Int(Int32.max)))
            ERR_clear_error()
            let count = SSL_write(session, part.baseAddress, Int32(part.count))
            guard count > 0 else { throw failed() }
            rest = rest.dropFirst(Int(count))
        }
    }

    /// Says that nothing more will be sent (`close_notify`), once.
    public func end() {
        guard !isBroken else { return }
        ERR_clear_error()
        if SSL_shutdown(session) < 0 { ERR_clear_error() }
    }

    // MARK: What was agreed

    /// `TLSv1.3`, as OpenSSL names it.
    public var version: String { String(cString: SSL_get_version(session)) }

    /// The certificate that the client showed and that an authority of the settings vouches for.
    public var peer: TLSCertificate? {
        guard let certificate = SSL_get1_peer_certificate(session) else { return nil }
        defer { X509_free(certificate) }
        return TLSCertificate(certificate)
    }

    private func failed() -> TLSFault {
        isBroken = true
        return .connection(OpenSSLErrors.take())
    }
}
