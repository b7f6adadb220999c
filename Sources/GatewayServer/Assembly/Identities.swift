import Authentication
import Crypto
import GatewayTypes

/// The configuration's keys, and the stored ones as the configuration sees them.
struct Identities {
    private var byDigest: [[UInt8]: KeyIdentity] = [:]
    private var certificates = CertificateBook()
    private var anonymous: Caller?
    private let roll: KeyRoll
    private let watch: KeyWatch

    init(_ configuration: Configuration, callers desk: CallerDesk, keys: KeyRegistry) {
        watch = keys.watch
        roll = keys.roll(for: desk)
        for key in configuration.keys {
            let alias = Self.alias(of: key)
            let made = desk.caller(
                CallerDesk.Terms(
                    caller: key.caller, alias: alias, plan: key.plan, permissions: key.permissions?.rules ?? .init()))
            guard let caller = made else { continue }
            var terms = KeyIdentity.Terms()
            terms.networks = key.networks
            let identity = KeyIdentity(
                caller: caller, terms: terms, sighting: watch.sighting(of: Self.subjectPrefix + alias))
            if let digest = Self.digest(of: key) { byDigest[digest] = identity }
            if let certificate = key.certificate { add(certificate, identity) }
        }
        if configuration.anonymous { anonymous = desk.anonymous }
    }

    /// Names of the configuration's keys in the audit log begin with it.
    static let subjectPrefix = "config:"

    /// What a key of the configuration is called where the key itself must not stand.
    static func alias(of key: Configuration.Key) -> String {
        key.alias ?? key.key?.origin ?? key.certificate ?? "sha256:" + (key.sha256 ?? "").prefix(8)
    }

    func stage(tokens: TokenAuthentication?, counts: AuthenticationCounts) -> KeyAuthentication {
        KeyAuthentication(
            keys: byDigest, stored: roll, certificates: certificates, anonymous: anonymous, tokens: tokens,
            watch: watch, counts: counts, digest: { Self.digest(of: $0) },
            equal: { ConstantTime.equals($0, $1) })
    }

    /// What a key is known by.
    static func digest(of text: String) -> [UInt8] { SHA256.digest(text) }

    private static func digest(of key: Configuration.Key) -> [UInt8]? {
        if let value = key.key?.exposed { return digest(of: value) }
        return key.sha256.flatMap(bytes)
    }

    private mutating func add(_ certificate: String, _ identity: KeyIdentity) {
        guard certificate.hasPrefix(Self.fingerprintPrefix) else {
            return certificates.add(name: certificate, identity)
        }
        if let fingerprint = Self.bytes(String(certificate.dropFirst(Self.fingerprintPrefix.count))) {
            certificates.add(fingerprint: fingerprint, identity)
        }
    }

    static let fingerprintPrefix = "sha256:"

    /// The 32 bytes of 64 hexadecimal digits; nil: it is something else.
    static func bytes(_ hexadecimal: String) -> [UInt8]? {
        let digits = Array(hexadecimal.utf8)
        guard digits.count == 64 else { return nil }
        let bytes = stride(from: 0, to: 64, by: 2).compactMap { start in
            UInt8(String(decoding: digits[start..<start + 2], as: UTF8.self), radix: 16)
        }
        return bytes.count == 32 ? bytes : nil
    }
}
