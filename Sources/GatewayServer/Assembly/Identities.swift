import Authentication
import Crypto
import GatewayTypes

/// The configuration's teams, callers and keys.
struct Identities {
    private var byDigest: [[UInt8]: Caller] = [:]
    private var certificates = CertificateBook()
    private var anonymous: Caller?

    init(_ configuration: Configuration, names: NameBook) {
        for key in configuration.keys {
            guard let caller = configuration.callers.first(where: { $0.name == key.caller }) else { continue }
            let alias =
                key.alias ?? key.key?.origin ?? key.certificate ?? "sha256:" + (key.sha256 ?? "").prefix(8)
            let plan = key.plan ?? caller.plan ?? configuration.teams.first { $0.name == caller.team }?.plan
            let named = Caller(
                name: names.callers[caller.name], team: names.teams[caller.team], keyAlias: alias,
                plan: names.plans[plan ?? ""], mayDebug: caller.debug)
            if let digest = Self.digest(of: key) { byDigest[digest] = named }
            if let certificate = key.certificate { add(certificate, named) }
        }
        if configuration.anonymous {
            let plan =
                configuration.callers.first { $0.name == NameBook.anonymous }?.plan
                ?? configuration.teams.first { $0.name == NameBook.anonymous }?.plan
            anonymous = Caller(
                name: names.callers[NameBook.anonymous], team: names.teams[NameBook.anonymous], keyAlias: "",
                plan: names.plans[plan ?? ""])
        }
    }

    func stage(tokens: TokenAuthentication?, counts: AuthenticationCounts) -> KeyAuthentication {
        KeyAuthentication(
            callers: byDigest, certificates: certificates, anonymous: anonymous, tokens: tokens,
            counts: counts, digest: { SHA256.digest(Array($0.utf8)) },
            equal: { ConstantTime.equals($0, $1) })
    }

    private static func digest(of key: Configuration.Key) -> [UInt8]? {
        if let value = key.key?.exposed { return SHA256.digest(Array(value.utf8)) }
        return key.sha256.flatMap(bytes)
    }

    private mutating func add(_ certificate: String, _ caller: Caller) {
        guard certificate.hasPrefix(Self.fingerprintPrefix) else {
            return certificates.add(name: certificate, caller)
        }
        if let fingerprint = Self.bytes(String(certificate.dropFirst(Self.fingerprintPrefix.count))) {
            certificates.add(fingerprint: fingerprint, caller)
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
