public import GatewayTypes

/// Finds out who calls: a key or a token, or else a client certificate, leads to a caller, who belongs to a team.
///
/// Keys are known by their SHA-256 only. A look-up by digest tells an attacker nothing about a key, and the digest found
/// is compared once more in constant time.
public struct KeyAuthentication: Stage {
    public static let hop = Hop.authentication

    private let callers: [[UInt8]: Caller]
    private let certificates: CertificateBook
    /// Who calls without a key; nil where a key is required.
    private let anonymous: Caller?
    /// Nil: tokens are not taken.
    private let tokens: TokenAuthentication?
    private let counts: AuthenticationCounts
    private let digest: @Sendable (String) -> [UInt8]
    private let equal: @Sendable ([UInt8], [UInt8]) -> Bool

    /// - Parameters:
    ///   - callers: by the SHA-256 of their keys, 32 bytes each.
    ///   - certificates: of clients; asked where a client sends no key.
    ///   - anonymous: who calls without a key; nil where a key is required.
    ///   - tokens: who they stand for; nil: they are not taken.
    ///   - counts: where refusals are counted.
    ///   - digest: SHA-256 of a text's UTF-8.
    ///   - equal: compares in a time that does not depend on where two digests differ.
    public init(
        callers: [[UInt8]: Caller], certificates: CertificateBook = CertificateBook(), anonymous: Caller?,
        tokens: TokenAuthentication? = nil, counts: AuthenticationCounts = AuthenticationCounts(),
        digest: @escaping @Sendable (String) -> [UInt8],
        equal: @escaping @Sendable ([UInt8], [UInt8]) -> Bool
    ) {
        self.callers = callers
        self.certificates = certificates
        self.anonymous = anonymous
        self.tokens = tokens
        self.counts = counts
        self.digest = digest
        self.equal = equal
    }

    public func enter(_ exchange: inout Exchange) async throws(Failure) -> Passage {
        guard let key = PresentedKey.key(in: exchange.head) else {
            exchange.caller = try callerWithoutKey(exchange.head)
            return .pass
        }
        let digest = digest(key)
        if let index = callers.index(forKey: digest), equal(callers[index].key, digest) {
            exchange.caller = callers[index].value
            return .pass
        }
        if let tokens, CompactToken.isMeant(by: key) {
            exchange.caller = try await caller(of: key, digest, tokens, &exchange)
            return .pass
        }
        // Where no key is configured, clients that insist on sending one are anonymous too.
        if callers.isEmpty, let anonymous {
            exchange.caller = anonymous
            return .pass
        }
        counts.add(.unknownKey)
        throw Failure(
            .unauthenticated, "The API key is not known here. Check it, or ask this gateway's operator for one.")
    }

    private func caller(
        of token: String, _ digest: [UInt8], _ tokens: TokenAuthentication, _ exchange: inout Exchange
    ) async throws(Failure) -> Caller {
        do throws(TokenAuthentication.Refusal) {
            return try await tokens.caller(of: token, digest: digest, at: exchange.arrivedAt, exchange.arrived)
        } catch {
            counts.add(error.fault)
            exchange.notes.append(Note(Self.hop, error.words))
            throw TokenReply.failure(for: error.fault, exchange: exchange.id)
        }
    }

    private func callerWithoutKey(_ head: RequestHead) throws(Failure) -> Caller {
        let certificate = head.security?.clientCertificate
        if let certificate, let caller = certificates.caller(of: certificate) { return caller }
        if let anonymous { return anonymous }
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

/// Where clients put their keys.
enum PresentedKey {
    private static let authorization: HeaderName = "authorization"
    private static let others: [HeaderName] = ["x-api-key", "api-key", "x-goog-api-key"]

    /// The first key found: `Authorization: Bearer`, one of the providers' fields, or `?key=`.
    static func key(in head: RequestHead) -> String? {
        if let value = head[authorization], let key = bearer(value) { return key }
        for name in others {
            if let value = head[name], !value.isEmpty { return value }
        }
        // Browsers cannot set fields of a WebSocket's request; OpenAI lets them offer the key as a sub-protocol.
        for offered in head.webSocketProtocols where offered.hasPrefix(WebSocketKey.prefix) {
            return String(offered.dropFirst(WebSocketKey.prefix.count))
        }
        guard let query = head.query else { return nil }
        for pair in query.split(separator: "&") where pair.hasPrefix("key=") {
            let value = pair.dropFirst(4)
            return value.isEmpty ? nil : String(value)
        }
        return nil
    }

    private static func bearer(_ value: String) -> String? {
        guard value.utf8.count > 7, value.prefix(7).lowercased() == "bearer " else { return nil }
        let key = value.dropFirst(7).drop { $0 == " " }
        return key.isEmpty ? nil : String(key)
    }
}
