import Authentication
import Crypto
import GatewayTypes

/// The configuration's teams, callers and keys.
struct Identities {
    private var byDigest: [[UInt8]: Caller] = [:]
    private var anonymous: Caller?

    init(_ configuration: Configuration, names: NameBook) {
        for key in configuration.keys {
            guard let caller = configuration.callers.first(where: { $0.name == key.caller }),
                let digest = Self.digest(of: key)
            else { continue }
            let alias = key.alias ?? key.key?.origin ?? "sha256:" + (key.sha256 ?? "").prefix(8)
            byDigest[digest] = Caller(
                name: names.callers[caller.name], team: names.teams[caller.team], keyAlias: alias,
                mayDebug: caller.debug)
        }
        if configuration.anonymous {
            anonymous = Caller(
                name: names.callers[NameBook.anonymous], team: names.teams[NameBook.anonymous], keyAlias: "")
        }
    }

    var stage: KeyAuthentication {
        KeyAuthentication(
            callers: byDigest, anonymous: anonymous, digest: { SHA256.digest(Array($0.utf8)) },
            equal: { ConstantTime.equals($0, $1) })
    }

    private static func digest(of key: Configuration.Key) -> [UInt8]? {
        if let value = key.key?.exposed { return SHA256.digest(Array(value.utf8)) }
        guard let digits = key.sha256.map({ Array($0.utf8) }), digits.count == 64 else { return nil }
        return stride(from: 0, to: 64, by: 2).compactMap { start in
            UInt8(String(decoding: digits[start..<start + 2], as: UTF8.self), radix: 16)
        }
    }
}
