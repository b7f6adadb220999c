import FoundationEssentials
import GatewayTypes
import NIOCore

/// Keys that run out, as the metadata services of containers and instances give them.
struct AWSTemporaryKeys: Sendable {
    let keys: AWSKeys
    let expiresAt: WallTime

    private struct Wire: Decodable {
        let AccessKeyId: String
        let SecretAccessKey: String
        let Token: String
        let Expiration: String
    }

    /// Nil where the reply is not such keys.
    init?(_ reply: ByteBuffer) {
        guard let wire = try? JSONDecoder().decode(Wire.self, from: Data(reply.readableBytesView)),
            let expiresAt = UTCTime.parse(wire.Expiration), !wire.AccessKeyId.isEmpty, !wire.SecretAccessKey.isEmpty
        else { return nil }
        keys = AWSKeys(
            accessKeyID: wire.AccessKeyId, secretAccessKey: wire.SecretAccessKey,
            sessionToken: wire.Token.isEmpty ? nil : wire.Token)
        self.expiresAt = expiresAt
    }
}
