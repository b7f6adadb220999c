import COpenSSL

/// Message authentication with SHA-256 (RFC 2104), computed by OpenSSL.
public enum HMACSHA256 {
    /// The code of `message` under `key`, which may have any length: 32 bytes.
    public static func sign(key: [UInt8], message: [UInt8]) -> [UInt8] {
        // OpenSSL takes a null key for "the one before"; an empty key must still be somewhere.
        let ownedKey = key.isEmpty ? [0] : key
        return [UInt8](unsafeUninitializedCapacity: SHA256.byteCount) { output, count in
            var written: UInt32 = 0
            let code = HMAC(
                EVP_sha256(), ownedKey, Int32(key.count), message, message.count, output.baseAddress, &written)
            precondition(code != nil, "OpenSSL has no HMAC with SHA-256")
            count = Int(written)
        }
    }

    /// The code of the text's UTF-8 bytes.
    public static func sign(key: [UInt8], message: String) -> [UInt8] { sign(key: key, message: Array(message.utf8)) }
}
