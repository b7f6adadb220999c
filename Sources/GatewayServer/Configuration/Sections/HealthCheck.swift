import GatewayTypes

extension Configuration {
    /// A small request that a provider is asked at a fixed pace.
    public struct HealthCheck: Sendable {
        public internal(set) var intervalSeconds = 10.0
        public internal(set) var timeoutSeconds = 2.0
        public internal(set) var method = CheckMethod.get
        public internal(set) var path = "/models"
        public internal(set) var status = 200
        public internal(set) var failures = 3
        public internal(set) var sendsKey = true

        /// What a check may be.
        public enum CheckMethod: String, CaseIterable, Sendable {
            case get, head

            var method: GatewayTypes.Method {
                switch self {
                case .get: .get
                case .head: .head
                }
            }
        }

        static let section = Section<HealthCheck>(
            "health",
            "Checks the provider at a fixed pace, beside the requests. While it fails, the targets of models with several are left alone; "
                + "one check that passes heals it, and the breakers then probe with single requests. No check counts as a request.",
            empty: { HealthCheck() },
            fields: [
                Field("interval", \.intervalSeconds, .duration("1s", "1h"), "From one check to the next."),
                Field("timeout", \.timeoutSeconds, .duration("50ms", "1m"), "How long an answer may take."),
                Field("method", \.method, .choice, "What is sent; nothing that costs tokens."),
                Field(
                    "path", \.path, .text("a path", pattern: "^/.*$"), "What follows `base_url`."),
                Field("status", \.status, .integer(100...599), "The status that it must be answered with."),
                Field("failures", \.failures, .integer(1...100), "Checks in a row that fail until it counts."),
                Field("key", \.sendsKey, .boolean, "Whether Weir's key goes along."),
            ])
    }
}
