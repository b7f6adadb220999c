/// One of several keys that Weir has at a provider.
public final class ProviderKey: Sendable {
    /// As the configuration has it: the label `key` of metrics, and what spans and the ledger say.
    public let name: String
    /// Among the provider's keys, from 0.
    public let position: Int
    /// What carries the key in a request; never logged.
    public let fields: [ReplyField]
    /// Proves each request anew; nil where `fields` hold all that is needed.
    public let credential: (any Credential)?

    public init(name: String, position: Int, fields: [ReplyField], credential: (any Credential)? = nil) {
        self.name = name
        self.position = position
        self.fields = fields
        self.credential = credential
    }
}

/// The several keys of a provider: each attempt takes one, and says how it was received.
public protocol ProviderKeyRing: AnyObject, Sendable {
    /// A key for one attempt; `draw` is random. Fails, retryable elsewhere, while all are left alone.
    func take(draw: UInt64, at now: Moment) throws(Failure) -> ProviderKey
    /// Called once for each attempt that was made with `key`. `isOwnAPI`: what was asked for is the client's choice, and may
    /// be something that no key is allowed.
    func settle(_ key: ProviderKey, _ outcome: borrowing AttemptOutcome, isOwnAPI: Bool)
    /// Whether `key` is left alone now while another one is not.
    func replaces(_ key: ProviderKey, at now: Moment) -> Bool
    /// Whether there is a key for another attempt.
    func isUsable(at now: Moment) -> Bool
}
