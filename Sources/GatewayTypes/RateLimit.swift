/// What a provider said about one of its limits when it last answered.
public struct RateLimit: Sendable, Equatable {
    /// What the limit counts: the label `kind` of `weir_provider_ratelimit_remaining`.
    public enum Kind: String, CaseIterable, Sendable {
        case requests, tokens
        case inputTokens = "input_tokens"
        case outputTokens = "output_tokens"
    }

    public let kind: Kind
    /// How much of it is left; at least 0.
    public let remaining: Int64
    /// Nil where the provider does not say.
    public let limit: Int64?
    /// Seconds until it is whole again, counted from the reply; nil where the provider does not say.
    public let resetSeconds: Double?

    public init(kind: Kind, remaining: Int64, limit: Int64?, resetSeconds: Double?) {
        self.kind = kind
        self.remaining = remaining
        self.limit = limit
        self.resetSeconds = resetSeconds
    }
}
