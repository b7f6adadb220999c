extension Configuration {
    /// The shape of a provider's API.
    public enum Dialect: String, CaseIterable, Sendable { case openai }

    /// A service that runs models.
    public struct Provider: Sendable {
        public internal(set) var name = ""
        public internal(set) var dialect = Dialect.openai
        /// `gen_ai.provider.name`; nil: `name`, which is right for the names that the semantic conventions know.
        var writtenKind: String?
        public internal(set) var baseURL = ServiceURL.unknown
        public internal(set) var key: Secret?
        public internal(set) var headers: [Header] = []
        public internal(set) var streamOptions = true
        public internal(set) var http2 = false
        /// A PEM file; nil: the system's certificate authorities.
        public internal(set) var caFile: String?
        public internal(set) var timeouts = Timeouts()

        /// `gen_ai.provider.name` of the semantic conventions.
        public var kind: String { writtenKind ?? name }

        static let section = Section<Provider>(
            "provider", "A service that runs models. Its name is the `provider` label of metrics.",
            empty: { Provider() },
            fields: [
                Field("dialect", \.dialect, .choice, "The shape of its API."),
                Field(
                    "kind", optional: \.writtenKind, .name(of: "a kind of provider"),
                    "`gen_ai.provider.name` in traces and metrics, such as `openai`, `azure.ai.openai`, "
                        + "`mistral_ai`, `groq`, `deepseek`. The provider's name when left out."
                ),
                Field(
                    "base_url", \.baseURL, .url("https://api.openai.com/v1"), required: "https://api.openai.com/v1",
                    "What stands before `/chat/completions`."),
                Field(
                    "key", optional: \.key, .secret,
                    "Weir's key at the provider, sent as `Authorization: Bearer`. Callers never see it."),
                Field("headers", \.headers, .headers, "Headers of every request to it."),
                Field(
                    "stream_options", \.streamOptions, .boolean,
                    "Whether it takes `stream_options.include_usage`; `false` for servers that refuse it, whose "
                        + "streamed usage is then an estimate."
                ),
                Field(
                    "http2", \.http2, .boolean,
                    "Allow HTTP/2. One slow stream can then hold up the others of its connection."),
                Field(
                    "ca_file", optional: \.caFile, .path,
                    "PEM file of the certificate authorities to trust instead of the system's."),
                Field("timeouts", \.timeouts, .section(Timeouts.section), "How long to wait for it."),
            ])
    }

    /// How long to wait for a provider.
    public struct Timeouts: Sendable {
        public internal(set) var connectSeconds = 10.0
        public internal(set) var firstByteSeconds = 120.0
        public internal(set) var idleSeconds = 60.0
        public internal(set) var totalSeconds = 600.0

        static let section = Section<Timeouts>(
            "timeouts", "How long to wait for a provider.",
            empty: { Timeouts() },
            fields: [
                Field("connect", \.connectSeconds, .duration("10ms", "5m"), "For the connection, TLS included."),
                Field(
                    "first_byte", \.firstByteSeconds, .duration("10ms", "1h"),
                    "From the request sent to the first byte of the reply."),
                Field("idle", \.idleSeconds, .duration("10ms", "1h"), "Between two pieces of a reply."),
                Field("total", \.totalSeconds, .duration("10ms", "1d"), "For the whole attempt."),
            ])
    }

    /// A header that is sent with every request.
    public struct Header: Sendable {
        /// Lower-case.
        public let name: String
        public let value: Secret
    }
}

extension ServiceURL {
    /// Stands in until a URL has been read; never part of a configuration that loaded.
    static let unknown = ServiceURL(text: "", isTLS: true, host: "", port: 443)
}
