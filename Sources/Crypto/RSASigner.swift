import COpenSSL

/// Signs with an RSA private key: RSASSA-PKCS1-v1_5 with SHA-256 (RFC 8017), which JSON Web Signatures call RS256.
public final class RSASigner: @unchecked Sendable {
    // Sound: OpenSSL only reads a key once it is made, and every signature has a context of its own.
    private let key: OpaquePointer

    public enum Fault: Error, CustomStringConvertible {
        /// The text holds no RSA private key, or only one behind a password.
        case notAKey
        /// Keys of fewer than 2048 bits are refused.
        case tooShort(bits: Int)
        case signing

        public var description: String {
            switch self {
            case .notAKey: "no readable RSA private key in PEM form"
            case .tooShort(let bits): "the RSA key has \(bits) bits; at least 2048 are needed"
            case .signing: "OpenSSL could not sign"
            }
        }
    }

    /// `pem`: a private key in PKCS #8 or PKCS #1 form, without a password.
    public init(pem: String) throws(Fault) {
        let bytes = Array(pem.utf8)
        guard let source = BIO_new_mem_buf(bytes, Int32(bytes.count)) else { throw .notAKey }
        defer { BIO_free(source) }
        // Without this, OpenSSL would ask the terminal for a password.
        guard let read = PEM_read_bio_PrivateKey(source, nil, { _, _, _, _ in 0 }, nil) else {
            ERR_clear_error()
            throw .notAKey
        }
        let bits = Int(EVP_PKEY_get_bits(read))
        guard EVP_PKEY_get_base_id(read) == EVP_PKEY_RSA, bits >= 2048 else {
            let isRSA = EVP_PKEY_get_base_id(read) == EVP_PKEY_RSA
            EVP_PKEY_free(read)
            throw isRSA ? .tooShort(bits: bits) : .notAKey
        }
        key = read
    }

    deinit { EVP_PKEY_free(key) }

    /// The signature of `message`: as many bytes as the key's modulus.
    public func sign(_ message: [UInt8]) throws(Fault) -> [UInt8] {
        guard let context = EVP_MD_CTX_new() else { throw .signing }
        defer { EVP_MD_CTX_free(context) }
        var length = 0
        guard EVP_DigestSignInit(context, nil, EVP_sha256(), nil, key) == 1,
            EVP_DigestSign(context, nil, &length, message, message.count) == 1
        else { throw Self.failed() }
        var signature = [UInt8](repeating: 0, count: length)
        guard EVP_DigestSign(context, &signature, &length, message, message.count) == 1 else { throw Self.failed() }
        return Array(signature[..<length])
    }

    private static func failed() -> Fault {
        ERR_clear_error()
        return .signing
    }
}
