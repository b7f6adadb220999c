import GatewayTypes

/// Finds out who a token stands for: signed by a key of its issuer, meant for this gateway, and valid now.
public final class TokenAuthentication: Sendable {
    /// An issuer and what its tokens must say.
    public struct Realm: Sendable {
        public let issuer: TokenIssuer
        public let rules: TokenRules
        public let people: TokenPeople

        public init(issuer: TokenIssuer, rules: TokenRules, people: TokenPeople) {
            self.issuer = issuer
            self.rules = rules
            self.people = people
        }
    }

    /// Why a token was not accepted.
    struct Refusal: Error {
        let fault: AuthenticationFault
        /// For the owner.
        let words: String
    }

    public let realms: [Realm]
    private let verified: VerifiedTokens

    /// `rememberedMax`: tokens that are remembered as valid, at most.
    public init(realms: [Realm], rememberedMax: Int = 20_000) {
        self.realms = realms
        verified = VerifiedTokens(countMax: rememberedMax)
    }

    /// Tokens that are remembered now.
    public var remembered: Int { verified.count }

    /// `digest`: the SHA-256 of `text`.
    func caller(
        of text: String, digest: [UInt8], at time: WallTime, _ now: Moment
    ) async throws(Refusal) -> Caller {
        if let caller = remembered(digest, at: time, now) { return caller }
        let token: CompactToken
        do throws(AuthenticationFault) { token = try CompactToken(text) } catch { throw Self.refusal(error) }
        let position = try realm(of: token)
        let realm = realms[position]
        do throws(AuthenticationFault) {
            let (keys, set) = try await realm.issuer.keys(for: token, at: now)
            guard !keys.isEmpty else { throw AuthenticationFault.algorithm }
            guard keys.contains(where: { $0.accepts(token.signature, token.signed) }) else {
                throw AuthenticationFault.signature
            }
            let expires = try realm.rules.check(token.claims, at: time)
            let caller = try realm.people.caller(of: token.claims)
            // By the number of the set it was verified with: one that has come meanwhile has it verified again.
            verified.keep(VerifiedTokens.Entry(caller: caller, expires: expires, issuer: position, set: set), digest)
            return caller
        } catch {
            throw Self.refusal(error, token, realm)
        }
    }

    private func remembered(_ digest: [UInt8], at time: WallTime, _ now: Moment) -> Caller? {
        guard let entry = verified[digest] else { return nil }
        if time < entry.expires, realms[entry.issuer].issuer.set(at: now) == entry.set { return entry.caller }
        verified.forget(digest)
        return nil
    }

    /// Of several with one issuer the one that the token is meant for.
    private func realm(of token: CompactToken) throws(Refusal) -> Int {
        let named = token.claims["iss"]?.text
        let fitting = realms.indices.filter { realms[$0].rules.issuer == named }
        if let first = fitting.first(where: { realms[$0].rules.hears(token.claims) }) ?? fitting.first { return first }
        throw Refusal(
            fault: .issuer,
            words: "token: \(AuthenticationFault.issuer.rawValue), iss \(Self.shown(named ?? "missing"))")
    }

    // MARK: Words for the owner

    private static func refusal(
        _ fault: AuthenticationFault, _ token: CompactToken? = nil, _ realm: Realm? = nil
    ) -> Refusal {
        var words = "token"
        if let realm { words += " of \(realm.issuer.name)" }
        words += ": \(fault.rawValue)"
        switch fault {
        case .audience:
            words +=
                ", aud \(shown(token?.claims["aud"]?.entries.compactMap(\.scalar).joined(separator: " ") ?? "missing"))"
        case .unknownSigner, .algorithm, .signature:
            if let token { words += ", kid \(shown(token.keyID ?? "missing")), alg \(token.algorithm.rawValue)" }
        case .expired: words += ", exp \(shown(token?.claims["exp"]?.scalar ?? ""))"
        case .notYetValid: words += ", nbf \(shown(token?.claims["nbf"]?.scalar ?? ""))"
        case .noTeam:
            if let realm, let claim = realm.people.teamClaim, let token {
                words += ", \(claim.text) \(shown(claim.texts(in: token.claims).joined(separator: " ")))"
            }
        case .noKey, .unknownKey, .unknownCertificate, .keyExpired, .keyRevoked, .keyRotated, .keyOrphaned, .keyNetwork,
            .malformed, .tooLarge, .type, .critical, .issuer, .claims, .keysAway:
            break
        }
        return Refusal(fault: fault, words: words)
    }

    /// What a token says of itself, bounded and on one line.
    private static func shown(_ text: String) -> String {
        let plain = text.unicodeScalars.prefix(80).map { scalar in
            scalar.properties.generalCategory == .control ? "?" : Character(scalar)
        }
        return "\"" + String(plain) + "\""
    }
}
