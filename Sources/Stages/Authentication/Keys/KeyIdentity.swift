public import GatewayTypes

/// Why a key that is known does not open the gateway.
public enum KeyRefusal: String, CaseIterable, Sendable {
    case expired
    case revoked
    /// A secret whose overlap with the one that took its place is over.
    case rotated
    /// Its caller, its team or its plan is not in the configuration any more.
    case orphaned
    /// It was used from a network that it is not for.
    case network

    var fault: AuthenticationFault {
        switch self {
        case .expired: .keyExpired
        case .revoked: .keyRevoked
        case .rotated: .keyRotated
        case .orphaned: .keyOrphaned
        case .network: .keyNetwork
        }
    }
}

/// Whom one credential stands for, and on which terms.
public final class KeyIdentity: Sendable {
    /// How long and from where it may be used.
    public struct Terms: Sendable {
        public var isRevoked = false
        /// Whether its caller, its team or its plan is not in the configuration any more.
        public var isOrphaned = false
        public var expiresAt: WallTime?
        /// When another secret has wholly taken this one's place.
        public var retiresAt: WallTime?
        /// Empty: from everywhere.
        public var networks: [IPNetwork] = []

        public init() {}
    }

    public let caller: Caller
    public let terms: Terms
    /// SHA-256 of the whole key; empty where it is found by it.
    let digest: [UInt8]
    /// Nil: nobody remembers where it is used.
    let sighting: KeySighting?

    public init(caller: Caller, terms: Terms = Terms(), digest: [UInt8] = [], sighting: KeySighting? = nil) {
        self.caller = caller
        self.terms = terms
        self.digest = digest
        self.sighting = sighting
    }

    /// Why it may not be used; nil: it may.
    func refusal(at now: WallTime, from address: IPAddress?) -> KeyRefusal? {
        if terms.isRevoked { return .revoked }
        if let end = terms.expiresAt, now >= end { return .expired }
        if let end = terms.retiresAt, now >= end { return .rotated }
        if terms.isOrphaned { return .orphaned }
        guard !terms.networks.isEmpty else { return nil }
        // Who cannot be told from where is not let in by a list of places.
        guard let address, terms.networks.contains(where: { $0.contains(address) }) else { return .network }
        return nil
    }

    /// What its owner is told: only who holds the key hears it.
    func failure(_ refusal: KeyRefusal, from address: String) -> Failure {
        let key = caller.keyAlias
        switch refusal {
        case .expired:
            let end = terms.expiresAt.map { " on " + Timestamp.text($0) } ?? ""
            return Failure(
                .unauthenticated, "The API key \"\(key)\" expired\(end). Ask this gateway's operator for a new one.")
        case .revoked:
            return Failure(
                .unauthenticated, "The API key \"\(key)\" was revoked. Ask this gateway's operator for another one.")
        case .rotated:
            let end = terms.retiresAt.map { " since " + Timestamp.text($0) } ?? ""
            return Failure(
                .unauthenticated,
                "This secret of the API key \"\(key)\" was replaced and has not been valid\(end). Use the new one.")
        case .orphaned:
            return Failure(
                .unauthenticated,
                "The caller, the team or the plan of the API key \"\(key)\" is not configured any more. Ask this "
                    + "gateway's operator.")
        case .network:
            return Failure(
                .notPermitted, "key \"\(key)\" may not be used from \(address): keys.networks")
        }
    }
}
