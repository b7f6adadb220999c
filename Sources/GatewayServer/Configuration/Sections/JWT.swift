public import Authentication

extension Configuration {
    /// An issuer whose tokens are taken in the place of keys.
    public struct JWT: Sendable {
        public internal(set) var name = ""
        /// As `iss` has it.
        public internal(set) var issuer = ""
        public internal(set) var keysURL: ServiceURL?
        public internal(set) var keysFile: String?
        public internal(set) var caFile: String?
        public internal(set) var audiences: [String] = []
        public internal(set) var algorithms = TokenAlgorithm.allCases
        public internal(set) var leewaySeconds = 60.0
        public internal(set) var claims = Claims()
        public internal(set) var teams: [Words] = []
        public internal(set) var team: String?
        public internal(set) var required: [Words] = []
        public internal(set) var refreshSeconds = 300.0
        public internal(set) var staleSeconds = 86_400.0

        /// Which claims say who calls.
        public struct Claims: Sendable {
            public internal(set) var caller = "sub"
            public internal(set) var team: String?
            public internal(set) var plan: String?

            static let section = Section<Claims>(
                "claims",
                "Which claims of a token say who calls: a claim's name, one with a position (`groups[0]`), or a path "
                    + "(`/realm/team`). Of a list the first entry that is known counts.",
                empty: { Claims() },
                fields: [
                    Field("caller", \.caller, claim, "Whom the token names; one of `callers`, or anybody else."),
                    Field(
                        "team", optional: \.team, claim,
                        "The team that pays: the name of one of `teams`, or what `jwt.teams` translates into one."),
                    Field("plan", optional: \.plan, claim, "The limits that hold: the name of one of `plans`."),
                ])

            private static let claim = Kind<String>.text("a claim, such as `sub`, `groups[0]` or `/realm/team`")
        }

        /// One text to one or more others.
        public struct Words: Sendable {
            public let key: String
            public let values: [String]
        }

        static let section = Section<JWT>(
            "jwt",
            "An issuer of JSON Web Tokens that callers show as their key. See [JSON Web Tokens](jwt.md).",
            empty: { JWT() },
            fields: [
                Field(
                    "name", \.name, .name(of: "an issuer"), required: "sso",
                    "The `issuer` label of metrics, and the caller of whoever is none of `callers`."),
                Field(
                    "issuer", \.issuer, .text("the issuer", characterCountMax: 1024),
                    required: "https://login.example.com/realm",
                    "As the tokens' `iss` has it, to the letter. Its keys are found by OpenID Connect's discovery where "
                        + "neither `jwks_url` nor `jwks_file` is written."),
                Field(
                    "jwks_url", optional: \.keysURL, .url("https://login.example.com/keys"), "Where its keys are."),
                Field("jwks_file", optional: \.keysFile, .path, "A file with its keys, read again at each refresh."),
                Field(
                    "ca_file", optional: \.caFile, .path,
                    "PEM file of the certificate authorities to trust for the issuer instead of the system's."),
                Field(
                    "audience", \.audiences, .listOrOne(of: .text("an audience", characterCountMax: 1024)),
                    required: "weir", "Whom the tokens must be meant for: their `aud`, or one of a list."),
                Field(
                    "algorithms", \.algorithms, .list(of: .choice), "How its tokens may be signed: all when left out."),
                Field(
                    "leeway", \.leewaySeconds, .duration("0s", "10m"),
                    "How far its clock may be from this machine's."),
                Field("claims", \.claims, .section(Claims.section), "Which claims say who calls."),
                Field(
                    "teams", \.teams, .wordMap(key: "a value of the claim", value: .name(of: "a team")),
                    "The claim's values and their teams: `{ /engineering/search: search }`. Only these count then."),
                Field(
                    "team", optional: \.team, .name(of: "a team"),
                    "The team of those whose token names none. Left out, they are refused with 403."),
                Field(
                    "required", \.required,
                    .wordMap(key: "a claim", value: .text("its value", characterCountMax: 1024)),
                    "Claims and what they must be, or hold: `{ email_verified: \"true\", groups: [staff, ops] }`."),
                Field(
                    "refresh", \.refreshSeconds, .duration("1s", "1d"),
                    "How often its keys are fetched. A token with a key that is not known fetches them at once, "
                        + "every 5 s at most."),
                Field(
                    "stale_max", \.staleSeconds, .duration("1s", "30d"),
                    "How long keys count that cannot be fetched anew. Then its tokens are answered with 503."),
            ])
    }
}

extension Kind where Value == [Configuration.JWT.Words] {
    /// Texts of the user's choice to one text or several; in the order of the file.
    static func wordMap(key: String, value: Kind<String>) -> Kind {
        let values = Kind<[String]>.listOrOne(of: value)
        return Kind(.map(key: key, values.shape)) { tree, path, reader in
            entries(tree, path, reader, expected: "a mapping with \(key) before each entry").map { entries in
                entries.compactMap { entry in
                    let place = path.key(entry.key)
                    reader.remember(place, at: entry.mark)
                    guard let read = values.read(entry.value, place, reader) else { return nil }
                    return Configuration.JWT.Words(key: entry.key, values: read)
                }
            }
        }
    }
}
