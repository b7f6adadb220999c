import Routing

extension Configuration {
    /// One of several keys at a provider.
    public struct NamedKey: Sendable {
        public internal(set) var name = ""
        public internal(set) var key: Secret?
        public internal(set) var aws: AWSAccess?
        public internal(set) var google: GoogleAccess?
        public internal(set) var weight = 1

        static let section = Section<NamedKey>(
            "provider key", "One of several keys at a provider. Write `key`, `aws` or `google`.",
            empty: { NamedKey() },
            fields: [
                Field(
                    "name", \.name, .name(of: "a key"), required: "main",
                    "The `key` label of metrics, and what spans and the ledger say in the key's place."),
                Field("key", optional: \.key, .secret, "The key."),
                Field("aws", optional: \.aws, .section(AWSAccess.section), "Signs requests as AWS wants it."),
                Field("google", optional: \.google, .section(GoogleAccess.section), "Takes tokens from Google."),
                Field(
                    "weight", \.weight, .integer(1...1000),
                    "Its share of the attempts, beside the weights of the others."),
            ])
    }

    /// How long a key that its provider refuses is left alone.
    public struct KeyCooldown: Sendable {
        public internal(set) var refusedSeconds = 600.0
        public internal(set) var limitedSeconds = 20.0
        public internal(set) var secondsMax = 3600.0

        static let section = Section<KeyCooldown>(
            "key cooldown",
            "How long one of several keys is left alone that the provider refuses; twice as long each further time.",
            empty: { KeyCooldown() },
            fields: [
                Field(
                    "refused", \.refusedSeconds, .duration("1s", "1d"),
                    "After 401: the provider does not know it, or its money is used up."),
                Field(
                    "rate_limited", \.limitedSeconds, .duration("1s", "1h"),
                    "After 429, where the provider does not say how long; after 403, too."),
                Field("max", \.secondsMax, .duration("1s", "1d"), "At most, whatever the provider says."),
            ])

        var settings: KeyPool.Settings {
            var settings = KeyPool.Settings()
            settings.refusedSeconds = refusedSeconds
            settings.limitedSeconds = limitedSeconds
            settings.secondsMax = secondsMax
            return settings
        }
    }
}
