extension Configuration {
    /// The shape of a provider's API.
    public enum Dialect: String, CaseIterable, Sendable { case openai, responses, anthropic, gemini, bedrock, cohere }

    /// Whose servers run the models, where a dialect is spoken at other places than at home.
    public enum Hosting: String, CaseIterable, Sendable { case native, vertex, azure }

    /// The field that carries a provider's key.
    public enum KeyField: String, CaseIterable, Sendable {
        case bearer
        case apiKey = "api-key"
        case xAPIKey = "x-api-key"
        case googleAPIKey = "x-goog-api-key"
    }

    /// A service that runs models.
    public struct Provider: Sendable {
        public internal(set) var name = ""
        public internal(set) var dialect = Dialect.openai
        /// `gen_ai.provider.name`; nil: `name`, which is right for the names that the semantic conventions know.
        var writtenKind: String?
        public internal(set) var baseURL = ServiceURL.unknown
        public internal(set) var hosting = Hosting.native
        public internal(set) var key: Secret?
        /// Several keys, in the place of one.
        public internal(set) var keys: [NamedKey] = []
        public internal(set) var keyCooldown = KeyCooldown()
        /// Nil: as the dialect and its hosting have it.
        var writtenKeyField: KeyField?
        public internal(set) var aws: AWSAccess?
        public internal(set) var google: GoogleAccess?
        /// Whether it serves `/responses` itself; nil: as its kind is known to.
        var writtenResponses: Bool?
        public internal(set) var apiVersion = "2024-10-21"
        public internal(set) var dropUnsupported = false
        public internal(set) var omit: [String] = []
        public internal(set) var headers: [Header] = []
        public internal(set) var streamOptions = true
        public internal(set) var http2 = false
        /// A PEM file; nil: the system's certificate authorities.
        public internal(set) var caFile: String?
        public internal(set) var timeouts = Timeouts()
        /// Nil: it is not checked.
        public internal(set) var health: HealthCheck?

        /// `gen_ai.provider.name` of the semantic conventions.
        public var kind: String { writtenKind ?? name }

        public var keyField: KeyField {
            if let writtenKeyField { return writtenKeyField }
            switch (dialect, hosting) {
            case (.anthropic, .native): return .xAPIKey
            case (.gemini, .native): return .googleAPIKey
            case (_, .azure): return .apiKey
            case (_, .native), (_, .vertex): return .bearer
            }
        }

        public var servesResponses: Bool {
            writtenResponses ?? ["openai", "azure.ai.openai", "x_ai", "openrouter", "groq"].contains(kind)
        }

        static let section = Section<Provider>(
            "provider", "A service that runs models. Its name is the `provider` label of metrics.",
            empty: { Provider() },
            fields: [
                Field("dialect", \.dialect, .choice, "The shape of its API. `openai` is what most servers speak."),
                Field(
                    "hosting", \.hosting, .choice,
                    "Whose servers it runs on: `vertex` for Gemini and Claude there, `azure` for OpenAI's models under `/openai/deployments`. It decides paths and how "
                        + "the key is sent."
                ),
                Field(
                    "kind", optional: \.writtenKind, .name(of: "a kind of provider"),
                    "`gen_ai.provider.name` in traces and metrics, such as `openai`, `azure.ai.openai`, "
                        + "`mistral_ai`, `groq`, `deepseek`. The provider's name when left out."
                ),
                Field(
                    "base_url", \.baseURL, .url("https://api.openai.com/v1"), required: "https://api.openai.com/v1",
                    "What stands before `/chat/completions`, `/v1/messages`, `/models/…`: docs/providers.md lists them."
                ),
                Field(
                    "key", optional: \.key, .secret,
                    "Weir's key at the provider. Callers never see it."),
                Field(
                    "keys", \.keys, .list(of: .section(NamedKey.section), countMax: 100),
                    "Several keys instead of one: each attempt takes one by weight, and one that the provider refuses "
                        + "(401, 403) or limits (429) is left alone for a while. See [Providers](providers.md)."),
                Field(
                    "key_cooldown", \.keyCooldown, .section(KeyCooldown.section),
                    "How long such a key is left alone."),
                Field(
                    "key_field", optional: \.writtenKeyField, .choice,
                    "The header that carries the key; as the dialect has it when left out. `bearer` is "
                        + "`Authorization: Bearer`."),
                Field(
                    "aws", optional: \.aws, .section(AWSAccess.section),
                    "Signs requests as AWS wants it, where there is no `key`."),
                Field(
                    "google", optional: \.google, .section(GoogleAccess.section),
                    "Takes tokens from Google, where there is no `key`."),
                Field(
                    "responses", optional: \.writtenResponses, .boolean,
                    "Whether an `openai` provider serves `/responses` itself; otherwise such requests are translated. "
                        + "Known for openai, azure.ai.openai, x_ai, openrouter and groq."
                ),
                Field(
                    "api_version", \.apiVersion, .text("Azure's version of the API"),
                    "`api-version` of paths under `/openai/deployments`."),
                Field(
                    "drop_unsupported", \.dropUnsupported, .boolean,
                    "Leave out what its models cannot do, and say so in `x-weir-dropped`, instead of refusing the "
                        + "request with 400. Only for clients of another dialect: the same dialect passes as it is."
                ),
                Field(
                    "omit", \.omit, .list(of: .text("a member of the request"), countMax: 50),
                    "Members of the body's top level that it refuses and that are never sent, such as "
                        + "`parallel_tool_calls`."
                ),
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
                Field(
                    "health", optional: \.health, .section(HealthCheck.section),
                    "Checks it at a fixed pace. Not checked when left out: what becomes of requests tells enough where there are many."
                ),
            ])
    }

    /// Who signs for AWS. Without keys of its own: the environment, the container's or the machine's role.
    public struct AWSAccess: Sendable {
        public internal(set) var region = ""
        public internal(set) var accessKeyID: Secret?
        public internal(set) var secretAccessKey: Secret?
        public internal(set) var sessionToken: Secret?

        static let section = Section<AWSAccess>(
            "aws",
            "Signs requests (Signature Version 4). Without keys here: those of the environment "
                + "(`AWS_ACCESS_KEY_ID` …), of the container, or of the machine's role.",
            empty: { AWSAccess() },
            fields: [
                Field("region", \.region, .name(of: "a region"), required: "eu-central-1", "The region of the models."),
                Field("access_key_id", optional: \.accessKeyID, .secret, "An access key."),
                Field("secret_access_key", optional: \.secretAccessKey, .secret, "Its secret."),
                Field("session_token", optional: \.sessionToken, .secret, "The token of temporary keys."),
            ])
    }

    /// Who asks Google for tokens.
    public struct GoogleAccess: Sendable {
        public internal(set) var serviceAccount: Secret?

        static let section = Section<GoogleAccess>(
            "google", "Takes access tokens. Without a service account here: from the machine's metadata server.",
            empty: { GoogleAccess() },
            fields: [
                Field(
                    "service_account", optional: \.serviceAccount, .secret,
                    "The service account's key, a JSON text: `file:PATH`.")
            ])
    }

    /// How long to wait for a provider.
    public struct Timeouts: Sendable {
        public internal(set) var connectSeconds = 3.0
        public internal(set) var firstByteSeconds = 120.0
        /// Nil: no limit of its own.
        public internal(set) var firstTokenSeconds: Double?
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
                Field(
                    "first_token", optional: \.firstTokenSeconds, .duration("10ms", "1h"),
                    "From the start of a streamed request to the first token of its reply, reasoning and tool calls included; "
                        + "then the next target is tried. No limit of its own when left out."),
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
