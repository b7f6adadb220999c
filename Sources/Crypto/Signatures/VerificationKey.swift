import COpenSSL

/// A public key that checks signatures in the one way that its material says, and in no other: what a signature claims
/// of itself chooses nothing.
public final class VerificationKey: @unchecked Sendable {
    // Sound: OpenSSL only reads a key once it is made, and every check has a context of its own.
    private let key: OpaquePointer
    private let way: Way

    private enum Way { case pkcs1, pss, ecdsa, ed25519 }

    public enum Fault: Error, CustomStringConvertible {
        case notAKey
        /// RSA keys have 2048 to 8192 bits.
        case size(bits: Int)

        public var description: String {
            switch self {
            case .notAKey: "the numbers make no key"
            case .size(let bits): "the RSA key has \(bits) bits; 2048 to 8192 are taken"
            }
        }
    }

    public init(_ material: PublicKeyMaterial) throws(Fault) {
        switch material {
        case .rsa(let modulus, let exponent):
            key = try Self.rsa(modulus, exponent)
            way = .pkcs1
        case .rsaPSS(let modulus, let exponent):
            key = try Self.rsa(modulus, exponent)
            way = .pss
        case .p256(let x, let y):
            key = try Self.p256(x, y)
            way = .ecdsa
        case .ed25519(let bytes):
            guard bytes.count == 32, let made = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nil, bytes, 32) else {
                throw Self.failed(.notAKey)
            }
            key = made
            way = .ed25519
        }
    }

    deinit { EVP_PKEY_free(key) }

    /// Whether `signature` is one of `message`, by this key. ECDSA's signatures are the two numbers of 32 bytes each, one
    /// behind the other (RFC 7518, section 3.4).
    public func accepts(_ signature: [UInt8], of message: [UInt8]) -> Bool {
        guard let context = EVP_MD_CTX_new() else { return false }
        defer { EVP_MD_CTX_free(context) }
        var form = signature
        if way == .ecdsa {
            guard signature.count == 64 else { return false }
            form = Self.sequence(signature[..<32], signature[32...])
        }
        var options: OpaquePointer?
        let digest = way == .ed25519 ? nil : EVP_sha256()
        let isAccepted =
            EVP_DigestVerifyInit(context, &options, digest, nil, key) == 1
            && (way != .pss
                || (EVP_PKEY_CTX_set_rsa_padding(options, RSA_PKCS1_PSS_PADDING) == 1
                    && EVP_PKEY_CTX_set_rsa_pss_saltlen(options, 32) == 1))
            && EVP_DigestVerify(context, form, form.count, message, message.count) == 1
        // A failed check leaves a reason behind that the next user of this thread must not find.
        if !isAccepted { ERR_clear_error() }
        return isAccepted
    }

    // MARK: Making keys

    private static func rsa(_ modulus: [UInt8], _ exponent: [UInt8]) throws(Fault) -> OpaquePointer {
        // A long exponent makes every check slow; 65537 is the usual one.
        guard modulus.count <= 1025, (1...8).contains(exponent.count), let last = exponent.last, last & 1 == 1 else {
            throw .notAKey
        }
        guard let n = BN_bin2bn(modulus, Int32(modulus.count), nil) else { throw failed(.notAKey) }
        defer { BN_free(n) }
        guard let e = BN_bin2bn(exponent, Int32(exponent.count), nil) else { throw failed(.notAKey) }
        defer { BN_free(e) }
        let bits = Int(BN_num_bits(n))
        guard (2048...8192).contains(bits) else { throw .size(bits: bits) }
        guard BN_is_one(e) == 0 else { throw .notAKey }
        guard let made = weir_rsa_public_key(n, e) else { throw failed(.notAKey) }
        return made
    }

    private static func p256(_ x: [UInt8], _ y: [UInt8]) throws(Fault) -> OpaquePointer {
        guard x.count == 32, y.count == 32 else { throw .notAKey }
        let point = [4] + x + y
        guard let made = weir_p256_public_key(point) else { throw failed(.notAKey) }
        return made
    }

    private static func failed(_ fault: Fault) -> Fault {
        ERR_clear_error()
        return fault
    }

    // MARK: ECDSA's signatures

    /// The two numbers as OpenSSL wants them: a DER sequence of integers (X.690).
    private static func sequence(_ r: ArraySlice<UInt8>, _ s: ArraySlice<UInt8>) -> [UInt8] {
        let numbers = integer(r) + integer(s)
        return [0x30, UInt8(numbers.count)] + numbers
    }

    private static func integer(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
        var digits = Array(bytes.drop { $0 == 0 })
        if digits.first.map({ $0 >= 0x80 }) ?? true { digits.insert(0, at: 0) }
        return [0x02, UInt8(digits.count)] + digits
    }
}
