extension Configuration {
    /// A service that is asked about exchanges.
    public struct Callout: Sendable {
        public enum Point: String, CaseIterable, Sendable {
            case receive, authentication, limits, guardrails, cache, routing, budgets, attempt, settle
        }
        public enum OnError: String, CaseIterable, Sendable { case allow, deny }
        public enum Part: String, CaseIterable, Sendable { case identity, head, body }

        public internal(set) var name = ""
        public internal(set) var points = [Point.authentication]
        public internal(set) var url = ServiceURL.unknown
        public internal(set) var deadlineSeconds = 0.5
        public internal(set) var onError = OnError.deny
        public internal(set) var send = [Part.identity]
        public internal(set) var secret: Secret?
        public internal(set) var headers: [Header] = []
        public internal(set) var teams: [String] = []
        public internal(set) var models: [String] = []
        public internal(set) var headersToProvider: [String] = []
        public internal(set) var concurrent = 64
        public internal(set) var bodyBytesMax = 256 * 1024
        public internal(set) var replyBytesMax = 256 * 1024
        public internal(set) var caFile: String?

        static let section = Section<Callout>(
            "callout", "A service of your own that allows, denies, annotates or rewrites. See [Callouts](callouts.md).",
            empty: { Callout() },
            fields: [
                Field(
                    "name", \.name, .name(of: "a callout"), required: "policy",
                    "The `callout` label of metrics, and what a refusal says."),
                Field(
                    "url", \.url, .url("https://policy.example.com/ask"), required: "https://policy.example.com/ask",
                    "Where it is asked, by POST."),
                Field(
                    "hop", \.points, .listOrOne(of: .choice),
                    "Once which hop's work is done it is asked. At `receive` nobody knows yet who calls; at `budgets` and `attempt` it "
                        + "is asked before each attempt; at `settle` it is told, and nobody waits for it."),
                Field(
                    "on_error", \.onError, .choice, required: "deny",
                    "What happens to the request when the service fails: `allow` lets it pass, `deny` answers 503."),
                Field("deadline", \.deadlineSeconds, .duration("10ms", "30s"), "How long it may take."),
                Field(
                    "send", \.send, .list(of: .choice),
                    "What it is told beside the request's facts: who calls (`identity`), the request's `head` without "
                        + "credentials, its `body`."),
                Field(
                    "secret", optional: \.secret, .secret,
                    "Signs what is sent, as Standard Webhooks has it: `webhook-signature`."),
                Field("headers", \.headers, .headers, "Further headers for the service."),
                Field("team", \.teams, .listOrOne(of: .name(of: "a team")), "For these `teams` only."),
                Field("model", \.models, .listOrOne(of: .name(of: "a model")), "For these `models` only."),
                Field(
                    "headers_to_provider", \.headersToProvider, .list(of: .text("x-tenant"), countMax: 20),
                    "Headers that it may add to what the provider is sent."),
                Field(
                    "concurrent", \.concurrent, .integer(1...10_000),
                    "Questions under way at once; one more counts as a failure of the service."),
                Field(
                    "body_bytes_max", \.bodyBytesMax, .bytes("1KiB", "64MiB"),
                    "Largest body that it is sent; a larger request counts as a failure: 413 under `deny`."),
                Field("reply_bytes_max", \.replyBytesMax, .bytes("1KiB", "64MiB"), "Largest answer."),
                Field(
                    "ca_file", optional: \.caFile, .path,
                    "A PEM file of certificate authorities instead of the system's."),
            ])
    }
}
