import COpenSSL

/// Why a certificate, a key or a connection cannot be used. Never holds key material.
public enum TLSFault: Error, Equatable, CustomStringConvertible {
    /// The file cannot be read as PEM.
    case certificate(path: String, reason: String)
    case key(path: String, reason: String)
    case authorities(path: String, reason: String)
    /// The key is another certificate's.
    case mismatch(certificate: String, key: String)
    case setUp(String)
    /// The peer broke the protocol, or does not meet what is asked of it.
    case connection(String)

    public var description: String {
        switch self {
        case .certificate(let path, let reason): "the certificate \(path) cannot be used: \(reason)"
        case .key(let path, let reason): "the private key \(path) cannot be used: \(reason)"
        case .authorities(let path, let reason): "the authorities in \(path) cannot be used: \(reason)"
        case .mismatch(let certificate, let key): "the key \(key) does not belong to the certificate \(certificate)"
        case .setUp(let reason): "OpenSSL could not set up TLS: \(reason)"
        case .connection(let reason): reason
        }
    }
}

/// OpenSSL's queue of errors of this thread.
enum OpenSSLErrors {
    /// The first reason, and none left behind. The first names the cause, later ones who passed it on.
    static func take() -> String {
        defer { ERR_clear_error() }
        let code = ERR_get_error()
        guard code != 0 else { return "no reason given" }
        guard let reason = ERR_reason_error_string(code) else { return "error \(code)" }
        return String(cString: reason)
    }
}
