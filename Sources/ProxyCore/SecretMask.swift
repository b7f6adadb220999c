import NIOCore

/// Takes secrets out of what a provider says when it fails: some repeat the key that they were sent.
enum SecretMask {
    private static let mark = Array("***".utf8)
    /// Shorter ones would hide words that are none.
    private static let secretBytesMin = 8

    static func hide(_ secrets: [String], in body: inout ByteBuffer) {
        for secret in secrets where secret.utf8.count >= secretBytesMin {
            let secret = Array(secret.utf8)
            guard body.readableBytesView.firstRange(of: secret) != nil else { continue }
            var bytes = Array(body.readableBytesView)
            bytes.replace(secret, with: mark)
            body = ByteBuffer(bytes: bytes)
        }
    }
}
