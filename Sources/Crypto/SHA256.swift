import COpenSSL

/// SHA-256 (FIPS 180-4), computed by OpenSSL.
public enum SHA256 {
    /// Bytes of a digest.
    public static let byteCount = 32

    /// The digest of `bytes`: 32 bytes.
    public static func digest(_ bytes: UnsafeRawBufferPointer) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: byteCount) { output, count in
            var written: UInt32 = 0
            let done = EVP_Digest(bytes.baseAddress, bytes.count, output.baseAddress, &written, EVP_sha256(), nil)
            precondition(done == 1, "OpenSSL has no SHA-256")
            count = Int(written)
        }
    }

    public static func digest(_ bytes: [UInt8]) -> [UInt8] { bytes.withUnsafeBytes { digest($0) } }

    /// The digest of the text's UTF-8 bytes.
    public static func digest(_ text: String) -> [UInt8] {
        var text = text
        return text.withUTF8 { digest(UnsafeRawBufferPointer($0)) }
    }
}
