import COpenSSL

/// Comparisons whose duration does not tell how much of a secret was right.
public enum ConstantTime {
    /// Whether both hold the same bytes; takes as long for every pair of that length. Lengths are not secret.
    public static func equals(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        guard left.count == right.count else { return false }
        return CRYPTO_memcmp(left, right, left.count) == 0
    }
}
