extension InstrumentCatalog {
    /// Who is let in, and which of a provider's keys Weir is let in with.
    static let authentication: [InstrumentSpec] = [
        .counter(
            .authenticationFailures, ["reason"],
            "Requests whose key, token or certificate was not accepted, by what was wrong with it"),
        .gauge(
            .tokenKeysAge, ["issuer"], unit: "seconds", "Time since an issuer's keys in use were fetched"),
        .gauge(.tokenKeys, ["issuer"], "Keys of an issuer that its tokens may be signed with"),
        .counter(
            .tokenKeyFetches, ["issuer", "result"], "Fetches of an issuer's keys, by result: success or failure"),
        .gauge(.tokensRemembered, [], "Tokens that were found valid and are known again without checking a signature"),
        .gauge(
            .providerKeyCooldown, ["provider", "key"],
            "1 while one of a provider's several keys is left alone, because the provider refused it, else 0"),
        .counter(
            .providerKeyRefusals, ["provider", "key", "reason"],
            "Attempts that a provider refused because of the key: refused (401), forbidden (403), rate_limited, quota"),
        .counter(
            .providerKeyAttempts, ["provider", "key"], "Attempts made with one of a provider's several keys"),
    ]
}
