public import GatewayTypes

extension Configuration {
    /// A group that pays; the `team` label.
    public struct Team: Sendable {
        public internal(set) var name = ""
        /// Who answers for the team's spending.
        public internal(set) var owner: String?
        /// One of `plans`; nil: none.
        public internal(set) var plan: String?
        /// Nil: its callers may use everything.
        public internal(set) var permissions: Permissions?

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
                Field(
                    "permissions", optional: \.permissions, .section(Permissions.section),
                    "What its callers may use; everything when left out."),
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
        /// Nil: no rules besides its team's.
        public internal(set) var permissions: Permissions?

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
                Field(
                    "permissions", optional: \.permissions, .section(Permissions.section),
                    "What it may use of what its team may use."),
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
        /// Where it may be used from; empty: everywhere.
        public internal(set) var networks: [IPNetwork] = []
        /// Nil: no rules besides its caller's and its team's.
        public internal(set) var permissions: Permissions?

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
                Field(
                    "networks", \.networks, .listOrOne(of: .network),
                    "Where it may be used from, by the address of the connection: `[10.0.0.0/8]`; everywhere when left out."
                ),
                Field(
                    "permissions", optional: \.permissions, .section(Permissions.section),
                    "What it may be used for of what its caller may use."),
            ])
    }
}
