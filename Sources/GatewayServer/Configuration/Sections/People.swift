extension Configuration {
    /// A group that pays; the `team` label.
    public struct Team: Sendable {
        public internal(set) var name = ""
        /// Who answers for the team's spending.
        public internal(set) var owner: String?
        /// One of `plans`; nil: none.
        public internal(set) var plan: String?

        static let section = Section<Team>(
            "team", "A group that pays. Its name is the `team` label of metrics.",
            empty: { Team() },
            fields: [
                Field(
                    "owner", optional: \.owner, .text("text"),
                    "Who answers for its spending: the `owner` label of alerts."),
                Field(
                    "plan", optional: \.plan, .name(of: "a plan"),
                    "The limits of its callers; one of `plans`."),
            ])
    }

    /// Who calls: a person, an app or a job.
    public struct Caller: Sendable {
        public internal(set) var name = ""
        public internal(set) var team = ""
        /// Whether `x-weir-debug` is heard.
        public internal(set) var debug = false
        /// Nil: the team's.
        public internal(set) var plan: String?

        static let section = Section<Caller>(
            "caller", "Who calls: a person, an app or a job. Its name is the `caller` label of metrics.",
            empty: { Caller() },
            fields: [
                Field("team", \.team, .name(of: "a team"), required: "search", "The team that pays; one of `teams`."),
                Field(
                    "plan", optional: \.plan, .name(of: "a plan"),
                    "The limits that hold instead of its team's; one of `plans`."),
                Field(
                    "debug", \.debug, .boolean,
                    "Whether it may ask for a trace to be kept, with the header `x-weir-debug: 1`."),
            ])
    }

    /// What a caller shows: the key itself as a secret, the SHA-256 of the key, or a client certificate.
    public struct Key: Sendable {
        public internal(set) var caller = ""
        public internal(set) var key: Secret?
        /// 64 lower-case hexadecimal digits.
        public internal(set) var sha256: String?
        /// A name of a client certificate, or `sha256:` and its fingerprint.
        public internal(set) var certificate: String?
        /// A name for the key that may be shown.
        public internal(set) var alias: String?
        /// Nil: the caller's.
        public internal(set) var plan: String?

        static let section = Section<Key>(
            "key",
            "A key that a caller shows, as `Authorization: Bearer …` for instance. Write `key`, `sha256` or "
                + "`certificate`.",
            empty: { Key() },
            fields: [
                Field(
                    "caller", \.caller, .name(of: "a caller"), required: "alice", "Whose key it is; one of `callers`."),
                Field("key", optional: \.key, .secret, "The key."),
                Field(
                    "sha256", optional: \.sha256, .sha256,
                    "The SHA-256 of the key, instead of the key: `printf %s \"$KEY\" | sha256sum`."),
                Field(
                    "certificate", optional: \.certificate, .text("app.example.com"),
                    "A client certificate instead of a key, by a name in it (DNS name, e-mail address, URI, or else its "
                        + "common name) or as `sha256:` and its fingerprint; see `tls.client_certificates`."),
                Field(
                    "alias", optional: \.alias, .name(of: "a key"),
                    "A name for the key in logs and in the ledger, which never hold the key."),
                Field(
                    "plan", optional: \.plan, .name(of: "a plan"),
                    "The limits that hold instead of its caller's; one of `plans`."),
            ])
    }
}
