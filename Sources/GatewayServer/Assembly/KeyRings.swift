import Credentials
import Crypto
import GatewayTypes
import Routing
import Synchronization

/// The providers' several keys, which outlive reloads: a key that was refused stays left alone.
final class KeyRings: Sendable {
    private let kept = Mutex<[String: KeyRing]>([:])

    /// Nil where the provider has one key, or none.
    func ring(for provider: Configuration.Provider, on ground: ProviderDesk.Ground) throws(CredentialProblem)
        -> KeyRing?
    {
        guard !provider.keys.isEmpty else { return nil }
        var members: [KeyRing.Member] = []
        for (position, written) in provider.keys.enumerated() {
            members.append(try Self.member(written, at: position, of: provider, ground))
        }
        let settings = provider.keyCooldown.settings
        return kept.withLock { kept in
            let old = kept[provider.name]
            if let old, old.isSame(members: members, settings: settings) { return old }
            let made = KeyRing(provider: provider.name, members: members, settings: settings, inheriting: old)
            kept[provider.name] = made
            return made
        }
    }

    private static func member(
        _ written: Configuration.NamedKey, at position: Int, of provider: Configuration.Provider,
        _ ground: ProviderDesk.Ground
    ) throws(CredentialProblem) -> KeyRing.Member {
        var fields: [ReplyField] = []
        if let key = written.key?.exposed { fields.append(ProviderDesk.field(provider.keyField, key)) }
        let credential = try ProviderDesk.credential(aws: written.aws, google: written.google, ground)
        let secrets = [
            written.key?.exposed, written.aws?.region, written.aws?.accessKeyID?.exposed,
            written.aws?.secretAccessKey?.exposed, written.aws?.sessionToken?.exposed,
            written.google?.serviceAccount?.exposed, provider.keyField.rawValue,
        ]
        let identity = SHA256.digest(secrets.map { $0.map { "\($0.utf8.count):\($0)" } ?? "-" }.joined())
        return KeyRing.Member(
            key: ProviderKey(name: written.name, position: position, fields: fields, credential: credential),
            weight: written.weight, identity: identity)
    }
}
