import GatewayServer
import Testing

/// What `weir check` has to say of issuers of tokens, and of several keys at a provider.
@Suite struct JWTCheckTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let yaml: String
        /// What one line must hold.
        let words: String
        var testDescription: String { words }
    }

    private static func jwt(_ text: String, name: String = "sso", issuer: String = "https://login.example.com")
        -> String
    {
        "teams: { search: {} }\njwt: [{ name: \(name), issuer: \"\(issuer)\", \(text) }]"
    }

    private static let cases: [Case] = [
        Case(yaml: jwt("team: search"), words: "jwt[0].audience: missing; write it, for example audience: weir"),
        Case(yaml: jwt("audience: [], team: search"), words: "jwt[0].audience: is empty"),
        Case(
            yaml: jwt("audience: weir, team: search", issuer: "joe"),
            words: "jwt[0].issuer: is no URL, so its keys cannot be discovered; write jwks_url or jwks_file"),
        Case(
            yaml: jwt("audience: weir, team: search", issuer: "http://login.example.com"),
            words: "jwt[0].issuer: whoever stands between could put in keys of their own; write https://"),
        Case(
            yaml: jwt("audience: weir, team: search, jwks_url: \"http://10.0.0.1/keys\""),
            words: "jwt[0].jwks_url: whoever stands between could put in keys of their own; write https://"),
        Case(
            yaml: jwt("audience: weir, team: search, jwks_url: \"https://a.example/k\", jwks_file: keys.json"),
            words: "jwt[0].jwks_file: stands beside jwks_url; keep one of them"),
        Case(
            yaml: jwt("audience: weir, team: serch"),
            words: #"jwt[0].team: unknown team "serch"; did you mean "search"?"#),
        Case(
            yaml: jwt("audience: weir, claims: { team: groups }, teams: { /a: shop }"),
            words: #"jwt[0].teams./a: unknown team "shop""#),
        Case(
            yaml: jwt("audience: weir, team: search, teams: { /a: search }"),
            words: "jwt[0].teams: has no claim to look at; write claims: { team: groups }"),
        Case(
            yaml: jwt("audience: weir, claims: { team: \"groups[x]\" }"),
            words: #"jwt[0].claims.team: "groups[x]" names no claim; write sub, groups[0] or /realm/team"#),
        Case(
            yaml: jwt("audience: weir, team: search, claims: { plan: plan }"),
            words: "warning: jwt[0].claims.plan: never counts: there are no plans; write them under plans"),
        Case(
            yaml: jwt("audience: weir"),
            words: "warning: jwt[0]: lets in only those whom claims.caller names among callers"),
        Case(
            yaml: jwt("audience: weir, team: search, algorithms: [HS256]"),
            words: #"jwt[0].algorithms[0]: unknown value "HS256""#),
        Case(
            yaml: jwt("audience: weir, team: search, algorithms: []"), words: "jwt[0].algorithms: is empty; write RS256"
        ),
        Case(
            yaml: jwt("audience: weir, team: search, stale_max: 1m"),
            words: "jwt[0].stale_max: is shorter than refresh, so that keys end before they are renewed"),
        Case(
            yaml: jwt("audience: weir, team: search") + "\ncallers: { sso: { team: search } }",
            words: "jwt[0].name: is that of a caller, whom everybody with a token of this issuer would be"),
        Case(
            yaml: jwt("audience: weir, team: search, jwks_file: /nowhere/keys.json"),
            words: "jwt[0].jwks_file: no such keys"),
        Case(yaml: jwt("audience: weir, team: search, leeway: 11m"), words: "jwt[0].leeway: 11m is out of bounds"),
    ]

    @Test(arguments: cases) func `What is wrong with an issuer is named with its place and the fix`(wrong: Case) {
        let lines = ConfigurationText.lines(
            ConfigurationText.minimal(adding: wrong.yaml + "\n"),
            knowledge: ConfigurationKnowledge(keySetProblem: { _, _ in "no such keys" }))
        #expect(lines.contains { $0.contains(wrong.words) }, "got: \(lines)")
    }

    @Test func `Tokens alone are a way to call`() {
        let text = ConfigurationText.minimal(
            without: ["anonymous"],
            adding: Self.jwt("audience: weir, team: search") + "\ncallers: { ada: { team: search } }\n")
        #expect(ConfigurationText.lines(text) == [])
        #expect(
            ConfigurationText.lines(ConfigurationText.minimal(without: ["anonymous"])).contains {
                $0.contains("nobody could call")
            })
    }

    // MARK: Keys of providers

    private static func keys(_ keys: String, _ more: String = "", url: String = "https://api.openai.com/v1") -> String {
        "providers: { openai: { base_url: \"\(url)\", keys: [\(keys)]\(more) } }"
    }

    private static let keyCases: [Case] = [
        Case(
            yaml: keys("{ name: a, key: env:A }", ", key: env:B"),
            words: "providers.openai.key: stands beside keys; put it among them, under a name"),
        Case(
            yaml: keys("{ name: a, key: env:A }, { name: a, key: env:B }"),
            words: "providers.openai.keys[1].name: is that of keys[0] too; names tell keys apart"),
        Case(
            yaml: keys("{ name: a, key: env:A }, { name: b, key: env:A }"),
            words: "providers.openai.keys[1].key: is the same key as keys[0]; its limits do not grow by that"),
        Case(
            yaml: keys("{ name: a }"),
            words: "providers.openai.keys[0]: holds no key; write one of key: env:NAME, aws and google"),
        Case(
            yaml: keys("{ name: a, key: env:A, google: {} }"),
            words: "providers.openai.keys[0]: holds key and google; write one of"),
        Case(
            yaml: keys("{ name: a, key: env:A, weight: 0 }"),
            words: "providers.openai.keys[0].weight: 0 is out of bounds; write 1 to 1000"),
        Case(yaml: keys("{ key: env:A }"), words: "providers.openai.keys[0].name: missing"),
        Case(
            yaml: keys("{ name: a, key: sk-secret }"),
            words: "providers.openai.keys[0].key: a secret must not be written into this file"),
        Case(
            yaml: keys("{ name: a, key: env:A }", ", key_cooldown: { max: 1m }"),
            words: "providers.openai.key_cooldown.max: is shorter than refused or rate_limited"),
        Case(
            yaml: keys("", ", key_cooldown: { max: 1h }"),
            words: "warning: providers.openai.key_cooldown: has no effect on a single key; write several under keys"),
        Case(
            yaml: keys("{ name: a, key: env:A }", url: "http://llm.example/v1"),
            words: "warning: providers.openai.base_url: the key is sent to llm.example unencrypted; write https://"),
    ]

    @Test(arguments: keyCases) func `What is wrong with several keys is named with its place and the fix`(wrong: Case) {
        let lines = ConfigurationText.lines(
            ConfigurationText.minimal(without: ["providers"], adding: wrong.yaml + "\n"),
            environment: ["A": "secret-a", "B": "secret-b"])
        #expect(lines.contains { $0.contains(wrong.words) }, "got: \(lines)")
        #expect(!lines.contains { $0.contains("secret-a") || $0.contains("sk-secret") })
    }
}
