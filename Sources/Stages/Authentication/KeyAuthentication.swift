public import GatewayTypes

/// Finds out who calls: a key or a token, or else a client certificate, leads to a caller, who belongs to a team.
///
/// Keys are known by their SHA-256 only. Those of the configuration are looked up by it, which tells an attacker nothing
/// about a key; stored ones by their public prefix. The digest found is compared in constant time.
public struct KeyAuthentication: Stage {
    public static let hop = Hop.authentication

    private let keys: [[UInt8]: KeyIdentity]
    private let stored: KeyRoll
    private let certificates: CertificateBook
    /// Who calls without a key; nil where a key is required.
    private let anonymous: Caller?
    private let watch: KeyWatch
    /// Nil: tokens are not taken.
    private let tokens: TokenAuthentication?
    private let counts: AuthenticationCounts
    private let digest: @Sendable (String) -> [UInt8]
    private let equal: @Sendable ([UInt8], [UInt8]) -> Bool

    /// - Parameters:
    ///   - keys: those of the configuration, by their SHA-256, 32 bytes each.
    ///   - stored: those that were made while the gateway ran.
    ///   - certificates: of clients; asked where a client sends no key.
    ///   - anonymous: who calls without a key; nil where a key is required.
    ///   - tokens: who they stand for; nil: they are not taken.
    ///   - counts: where refusals are counted.
    ///   - digest: SHA-256 of a text's UTF-8.
    ///   - equal: compares in a time that does not depend on where two digests differ.
    public init(
        keys: [[UInt8]: KeyIdentity], stored: KeyRoll = KeyRoll(), certificates: CertificateBook = CertificateBook(),
        anonymous: Caller?, tokens: TokenAuthentication? = nil, watch: KeyWatch = KeyWatch(),
        counts: AuthenticationCounts = AuthenticationCounts(), digest: @escaping @Sendable (String) -> [UInt8],
        equal: @escaping @Sendable ([UInt8], [UInt8]) -> Bool
    ) {
        self.keys = keys
        self.stored = stored
        self.certificates = certificates
        self.anonymous = anonymous
        self.watch = watch
        self.tokens = tokens
        self.counts = counts
        self.digest = digest
        self.equal = equal
    }

    public func enter(_ exchange: inout Exchange) async throws(Failure) -> Passage {
        guard let key = PresentedKey.key(in: exchange.head) else {
            guard let identity = try identityWithoutKey(exchange.head, &exchange) else { return .pass }
            try admit(identity, &exchange)
            return .pass
        }
        if let identity = identity(of: key) {
            try admit(identity, &exchange)
            return .pass
        }
        if let tokens, CompactToken.isMeant(by: key) {
            exchange.caller = try await caller(of: key, tokens, &exchange)
            return .pass
        }
        // Where there is no key at all, clients that insist on sending one are anonymous too.
        if keys.isEmpty, stored.isEmpty, let anonymous {
            exchange.caller = anonymous
            return .pass
        }
        counts.add(.unknownKey)
        throw Self.unknown
    }

    static let unknown = Failure(
        .unauthenticated, "The API key is not known here. Check it, or ask this gateway's operator for one.")

    private func identity(of key: String) -> KeyIdentity? {
        let digest = digest(key)
        if let prefix = KeyPrefix(ofKey: key), let identity = stored.identity(of: prefix),
            equal(identity.digest, digest)
        {
            return identity
        }
        if let index = keys.index(forKey: digest), equal(keys[index].key, digest) { return keys[index].value }
        return nil
    }

    @inline(never)
    private func caller(
        of token: String, _ tokens: TokenAuthentication, _ exchange: inout Exchange
    ) async throws(Failure) -> Caller {
        do throws(TokenAuthentication.Refusal) {
            return try await tokens.caller(
                of: token, digest: digest(token), at: exchange.arrivedAt, exchange.arrived)
        } catch {
            counts.add(error.fault)
            exchange.notes.append(Note(Self.hop, error.words))
            throw TokenReply.failure(for: error.fault, exchange: exchange.id)
        }
    }

    /// Who called is known from here on, also of an exchange that its terms refuse.
    @inline(never)
    private func admit(_ identity: KeyIdentity, _ exchange: inout Exchange) throws(Failure) {
        exchange.caller = identity.caller
        let address = IPAddress(exchange.head.clientAddress)
        if let refusal = identity.refusal(at: exchange.arrivedAt, from: address) {
            counts.add(refusal.fault)
            exchange.notes.append(Note(.authentication, "key \(identity.caller.keyAlias): \(refusal.rawValue)"))
            throw identity.failure(refusal, from: exchange.head.clientAddress)
        }
        watch.used(identity, exchange, from: address)
    }

    /// That of a client certificate; nil where the caller is anonymous.
    private func identityWithoutKey(
        _ head: RequestHead, _ exchange: inout Exchange
    ) throws(Failure) -> KeyIdentity? {
        let certificate = head.security?.clientCertificate
        if let certificate, let identity = certificates.identity(of: certificate) { return identity }
        if let anonymous {
            exchange.caller = anonymous
            return nil
        }
        guard certificate == nil || certificates.isEmpty else {
            counts.add(.unknownCertificate)
            throw Failure(
                .unauthenticated,
                "The client certificate is valid, but no caller of this gateway has it. Ask its operator to add it.")
        }
        counts.add(.noKey)
        throw Failure(
            .unauthenticated,
            "No API key was sent. Send yours as \"Authorization: Bearer <key>\" (or x-api-key, api-key, x-goog-api-key)."
        )
    }
}
