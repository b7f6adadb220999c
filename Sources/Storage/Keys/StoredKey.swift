public import GatewayTypes

/// A key that was made while the gateway ran: what is known of it, and never the key itself.
public struct StoredKey: Sendable, Equatable {
    /// One of the secrets that the key may be shown by; there are two while a rotation's overlap lasts.
    public struct Secret: Sendable, Equatable {
        /// The public beginning: `wk_` and ten digits.
        public let prefix: String
        /// SHA-256 of the whole key: 32 bytes.
        public let digest: [UInt8]
        public let createdAt: WallTime
        /// When another secret has wholly taken this one's place; nil: it is the current one.
        public var retiresAt: WallTime?

        public init(prefix: String, digest: [UInt8], createdAt: WallTime, retiresAt: WallTime? = nil) {
            self.prefix = prefix
            self.digest = digest
            self.createdAt = createdAt
            self.retiresAt = retiresAt
        }
    }

    public let id: String
    /// For logs and the ledger; no two keys have the same.
    public var name: String
    public let caller: String
    /// Who pays instead of the caller's team; nil: that.
    public var team: String?
    /// Nil: the caller's.
    public var plan: String?
    public var expiresAt: WallTime?
    public var networks: [IPNetwork] = []
    public var permissions = PermissionRules()
    public let createdAt: WallTime
    /// The actor of the audit log.
    public let createdBy: String
    public var revokedAt: WallTime?
    /// To the minute.
    public var lastUsed: WallTime?
    /// Rises with every change but that of `lastUsed`.
    public var version: Int64 = 1
    /// The current one last.
    public var secrets: [Secret] = []

    public init(id: String, name: String, caller: String, createdAt: WallTime, createdBy: String) {
        self.id = id
        self.name = name
        self.caller = caller
        self.createdAt = createdAt
        self.createdBy = createdBy
    }
}

/// A network that a key was used from.
public struct StoredKeyNetwork: Sendable, Equatable {
    /// The key's name in the audit log: `key:` and its id, or `config:` and its alias.
    public let subject: String
    public let network: IPNetwork
    public let firstSeen: WallTime

    public init(subject: String, network: IPNetwork, firstSeen: WallTime) {
        self.subject = subject
        self.network = network
        self.firstSeen = firstSeen
    }
}
