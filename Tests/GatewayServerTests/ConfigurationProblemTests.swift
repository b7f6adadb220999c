import GatewayServer
import Testing

/// Every kind of problem, as it is printed.
@Suite struct ConfigurationProblemTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let yaml: String
        let line: String
        var testDescription: String { line }

        init(_ yaml: String, _ line: String) {
            self.yaml = yaml
            self.line = line
        }
    }

    private static let settings: [Case] = [
        Case("listn: 127.0.0.1:80", #"5:1: listn: unknown key "listn"; did you mean "listen"?"#),
        Case(
            "routing: { colour: 1 }",
            #"5:12: routing.colour: unknown key "colour"; known: attempts_max, breaker, outliers, retries, silence"#),
        Case("weir: 1", #"5:1: weir: key "weir" is written twice, first on line 1; keep one of them"#),
        Case("config: { watch: 1 }", #"5:18: config.watch: "1" is neither true nor false"#),
        Case("drain: 5s", "5:8: drain: expected a mapping with delay and deadline, found text"),
        Case("drain: [5s]", "5:8: drain: expected a mapping with delay and deadline, found a list"),
        Case("drain: { delay: 5 }", #"5:17: drain.delay: "5" has no unit; did you mean "5s"?"#),
        Case(
            "drain: { delay: soon }", #"5:17: drain.delay: "soon" is not a duration; write 250ms, 5s, 1m, 12h or 30d"#),
        Case("drain: { delay: 11m }", "5:17: drain.delay: 11m is out of bounds; write 0s to 10m"),
        Case("drain: { delay: {} }", "5:17: drain.delay: expected a duration such as 5s, found a mapping"),
        Case("drain: { delay: }", "5:17: drain.delay: expected a duration such as 5s, found nothing"),
        Case(
            "listen: 8080",
            #"5:9: listen: "8080" is not an address; write 127.0.0.1:8080, [::1]:8080 or localhost:8080"#),
        Case("listen: :8080", #"5:9: listen: ":8080" has no host; did you mean "127.0.0.1:8080"?"#),
        Case(
            "listen: 127.0.0.1:65536",
            #"5:9: listen: "127.0.0.1:65536" is not an address; write 127.0.0.1:8080, [::1]:8080 or localhost:8080"#),
        Case("listen: [1]", "5:9: listen: expected an address such as 127.0.0.1:8080, found a list"),
        Case(
            "listen: { head_bytes_max: 64KB }",
            #"5:27: listen.head_bytes_max: "64KB" is not a size; write 512B, 64KiB, 32MiB or 1GiB"#),
        Case(
            "listen: { head_bytes_max: 2MiB }", "5:27: listen.head_bytes_max: 2MiB is out of bounds; write 1KiB to 1MiB"
        ),
        Case("listen: { event_loops: 0 }", "5:24: listen.event_loops: 0 is out of bounds; write 1 to 256"),
        Case("listen: { header_count_max: many }", #"5:29: listen.header_count_max: "many" is not an integer"#),
        Case(
            "listen: { header_count_max: \"90\" }",
            "5:29: listen.header_count_max: expected an integer, found quoted text; write it without quotes"),
        Case("telemetry: { metrics: yes }", #"5:23: telemetry.metrics: "yes" is neither true nor false"#),
        Case(
            "telemetry: { trust_incoming: nevr }",
            #"5:30: telemetry.trust_incoming: unknown value "nevr"; did you mean "never"?"#),
        Case(
            "telemetry: { sampling: { ratio: 10 } }",
            #"5:33: telemetry.sampling.ratio: "10" is not a share; write per cent, such as 10% or 0.5%"#),
        Case(
            "telemetry: { sampling: { ratio: 101% } }",
            "5:33: telemetry.sampling.ratio: 101% is out of bounds; write 0% to 100%"),
        Case(
            "telemetry: { sampling: { dearer_than: 5 } }",
            #"5:39: telemetry.sampling.dearer_than: "5" is not an amount; write US dollars, such as 0.50 USD"#),
        Case(
            "telemetry: { spans: 7 }",
            #"5:21: telemetry.spans: unknown value "7"; write all, significant or off"#),
        Case(
            "telemetry: { propagators: [jaeger] }",
            #"5:28: telemetry.propagators[0]: unknown value "jaeger"; write tracecontext, baggage, b3 or b3multi"#),
        Case(
            "storage: { when_full: explode }",
            #"5:23: storage.when_full: unknown value "explode"; write refuse or continue_unaccounted"#),
        Case(
            "telemetry: { traces: {} }",
            "5:22: telemetry.traces.endpoint: missing; write it, for example endpoint: http://127.0.0.1:4318"),
        Case(
            "telemetry: { traces: { endpoint: \"grpc://x\" } }",
            #"5:34: telemetry.traces.endpoint: "grpc://x" is not a URL; write http:// or https://, a host and a path: http://127.0.0.1:4318"#
        ),
        Case("teams: [a]", "5:8: teams: expected a mapping with the name of a team before each entry, found a list"),
        Case("teams: { _other: {} }", #"5:10: teams._other: "_other": names that begin with _ are Weir's own"#),
        Case(
            "prices: { overrides: [{ provider: openai, model: m, input: cheap }] }",
            #"5:60: prices.overrides[0].input: "cheap" is not an exact decimal; write USD per million tokens, such as 1.25"#
        ),
        Case(
            "prices: { overrides: [{ provider: openai, model: m, input: -1 }] }",
            "5:60: prices.overrides[0].input: -1 is out of bounds; write 0 to 999999999"),
        Case(
            "prices: { overrides: [{ provider: openai, model: m, input: 1, effective_from: 2026-02-29 }] }",
            #"5:79: prices.overrides[0].effective_from: "2026-02-29" is not a date; write year-month-day, such as 2026-07-01"#
        ),
        Case(
            "routing: { breaker: { failure_ratio: 0.5 } }",
            #"5:38: routing.breaker.failure_ratio: "0.5" is not a share; write it in per cent, such as 20%"#),
        Case(
            "routing: { retries: { per_target: 1, budget: 120% } }",
            "5:46: routing.retries.budget: 120% is out of bounds; write 0% to 100%"),
        Case(
            "routing: { retries: { per_target: 1, backoff: 3s } }",
            "5:47: routing.retries.backoff: is longer than backoff_max; make it shorter, or that longer"),
        Case(
            "routing: { retries: { budget: 10% } }",
            "5:21: warning: routing.retries: changes nothing: per_target is 0; write per_target: 1"),
        Case(
            "routing: { attempts_max: 2, retries: { per_target: 2 } }",
            "5:52: warning: routing.retries.per_target: leaves no attempt for a second target: attempts_max is 2; raise that"
        ),
        Case("drain: {", "6:1: not valid YAML: while parsing a flow node, did not find expected node content"),
        Case("drain: a: b", "5:9: not valid YAML: mapping values are not allowed in this context"),
        Case(
            "\tdrain: 5",
            "5:1: not valid YAML: while scanning for the next token, found character that cannot start any token; indent with spaces instead of tabs"
        ),
        Case("drain: *gone", "5:8: not valid YAML: found undefined alias"),
        Case(
            "---\ndrain: {}",
            "5:1: not valid YAML: expected a single document in the stream, but found another document"),
        Case("drain:\n  <<: { delay: 5s }", "6:3: drain.<<: merge keys are not supported; write the settings out"),
        Case("[a]: b", "5:1: a key must be text, not a list or a mapping"),
    ]

    @Test(arguments: settings) func `A wrong setting is named with its place and the fix`(wrong: Case) {
        let lines = ConfigurationText.lines(ConfigurationText.minimal(adding: wrong.yaml + "\n"))
        #expect(lines.contains("weir.yaml:" + wrong.line), "got: \(lines)")
    }

    private static let adminKeys: [Case] = [
        Case(
            "admin: { key: env:A, keys: [{ key: env:A, role: viewer }] }",
            "5:36: admin.keys[0].key: is the same as another key of admin; one key has one role, write another"),
        Case(
            "admin: { keys: [{ key: env:A, role: viewer, name: x }, { key: env:B, role: admin, name: x }] }",
            #"5:89: admin.keys[1].name: "x" is the name of admin.keys[0] too; the audit log could not tell them apart"#),
        Case(
            "admin: { keys: [{ key: env:A, role: owner }] }",
            #"5:37: admin.keys[0].role: unknown value "owner"; write viewer, operator or admin"#),
    ]

    @Test(arguments: adminKeys) func `Keys of the admin API that cannot be told apart are named`(wrong: Case) {
        let text = ConfigurationText.minimal(adding: wrong.yaml + "\n")
        let lines = ConfigurationText.lines(text, resolveSecrets: false)
        #expect(lines.contains("weir.yaml:" + wrong.line), "got: \(lines)")
    }

    private static let agreements: [Case] = [
        Case(
            "callers: { alice: { team: serch } }\nteams: { search: {} }",
            #"5:27: callers.alice.team: unknown team "serch"; did you mean "search"?"#),
        Case(
            "callers: { alice: { team: search } }",
            #"5:27: callers.alice.team: unknown team "search"; declare it under teams"#),
        Case(
            "callers: { alice: { team: search } }\nteams: { search: {} }",
            "5:12: warning: callers.alice: has no key and can never call; add one to keys"),
        Case(
            "keys: [{ caller: bob, key: env:K1 }]",
            #"5:18: keys[0].caller: unknown caller "bob"; declare it under callers"#),
        Case("keys: [{ caller: bob }]", "5:8: keys[0]: holds no key; write key: env:NAME, sha256 or certificate"),
        Case("keys: [{ key: env:K1 }]", "5:8: keys[0].caller: missing; write it, for example caller: alice"),
        Case(
            "keys: [{ caller: bob, key: env:K1 }, { caller: eve, key: env:K2 }]",
            "5:38: keys[1]: is the same key as keys[0]; one key can name one caller only"),
        Case(
            "keys: [{ caller: bob, key: env:K1, alias: a }, { caller: eve, key: env:K3, alias: a }]",
            #"5:83: keys[1].alias: alias "a" is that of keys[0] too; logs could not tell them apart"#),
        Case("metrics: 127.0.0.1:8080", "5:10: metrics: port 8080 is that of listen too; give each its own"),
        Case("listen: 0.0.0.0:9465", "5:9: listen: port 9465 is that of admin too; give each its own"),
        Case(
            "listen: 0.0.0.0:8080",
            "2:12: warning: anonymous: anybody who reaches 0.0.0.0:8080 can call without a key and spend money"),
        Case(
            "storage: { path: a, journal: a }",
            "5:30: storage.journal: is the same file as storage.path; give each its own"),
        Case(
            "telemetry: { spans: false, traces: { endpoint: \"http://h:1\" } }",
            "5:36: warning: telemetry.traces: nothing is sent, because telemetry.spans is off"),
        Case(
            "telemetry: { baggage: [tenant, weir.cost.usd] }",
            "5:32: telemetry.baggage[1]: clients could overwrite what Weir says itself under weir.*; take it out"),
        Case(
            "telemetry: { trust_incoming: never, baggage: [tenant] }",
            "5:46: warning: telemetry.baggage: is never read, because telemetry.trust_incoming is never"),
        Case(
            "telemetry: { propagators: [b3], baggage: [tenant] }",
            "5:42: warning: telemetry.baggage: is never read, because telemetry.propagators does not name it"),
        Case(
            "telemetry: { destinations: { otlp: { endpoint: \"http://h:1\" } } }",
            "5:30: telemetry.destinations.otlp: is a name that metrics use already; choose another"),
        Case(
            "telemetry: { destinations: { far: { endpoint: \"http://h:1\", signals: [] } } }",
            "5:70: telemetry.destinations.far.signals: is empty; write traces, logs or metrics, or leave it out"),
        Case(
            "telemetry: { destinations: { far: { endpoint: \"http://h:1\", protocol: gprc } } }",
            #"5:71: telemetry.destinations.far.protocol: unknown value "gprc"; did you mean "grpc"?"#),
        Case(
            "telemetry: { destinations: { far: { endpoint: \"http://h:1\", routes: [smrt] } } }",
            #"5:70: telemetry.destinations.far.routes[0]: unknown route "smrt"; did you mean "smart"?"#),
        Case(
            "telemetry: { destinations: { far: { endpoint: \"http://h:1\", signals: [metrics], only: [errors] } } }",
            "5:30: telemetry.destinations.far: only, routes and teams choose among traces and logs, and it gets neither; take them out"
        ),
        Case(
            "telemetry: { destinations: { far: { endpoint: \"http://h:1\", signals: [logs], temporality: delta } } }",
            "5:30: telemetry.destinations.far: histograms and temporality are of metrics, which it does not get; take them out"
        ),
        Case(
            "telemetry: { spool: { max_bytes: 32MiB } }",
            "5:21: telemetry.spool.path: missing; write it, for example path: spool"),
        Case(
            "prices: { overrides: [{ provider: openay, model: m }] }",
            #"5:35: prices.overrides[0].provider: unknown provider "openay"; did you mean "openai"?"#),
        Case(
            "prices: { overrides: [{ provider: openai, model: m }] }",
            "5:23: prices.overrides[0]: holds no price; write one, for example input: 1.25"),
        Case(
            "prices: { overrides: [{ provider: openai, model: m, image: 1 }, { provider: openai, model: m, input: 1 }] }",
            "5:65: prices.overrides[1]: prices the same model from the same day as an earlier entry; keep one of them"),
        Case(
            "prices: { catalog: none }",
            "4:30: warning: models.smart.targets[0]: no price is known for gpt-5 of openai: its cost will be counted as unpriced; add it to prices.overrides"
        ),
    ]

    @Test(arguments: agreements) func `Settings that do not agree are named`(wrong: Case) {
        let environment = ["K1": "one-key", "K2": "one-key", "K3": "another-key"]
        let lines = ConfigurationText.lines(
            ConfigurationText.minimal(adding: wrong.yaml + "\n"), environment: environment)
        #expect(lines.contains("weir.yaml:" + wrong.line), "got: \(lines)")
    }

    private static let providers: [Case] = [
        Case(
            "openai: { dialect: open, base_url: \"https://h\" }",
            #"2:33: providers.openai.dialect: unknown value "open"; did you mean "openai"?"#),
        Case(
            "openai: {}",
            "2:22: providers.openai.base_url: missing; write it, for example base_url: https://api.openai.com/v1"),
        Case(
            "openai: { base_url: \"https://u:p@h\" }",
            "2:34: providers.openai.base_url: a URL must not hold a user name or a password"),
        Case(
            "openai: { base_url: \"http://h\", key: env:KEY }",
            "2:34: warning: providers.openai.base_url: the key is sent to h unencrypted; write https://"),
        Case(
            "openai: { base_url: \"https://h\", headers: { Host: x } }",
            #"2:58: providers.openai.headers.Host: "Host" is set by Weir itself; take it out"#),
        Case(
            "openai: { base_url: \"https://h\", headers: { \"a b\": x } }",
            #"2:58: providers.openai.headers."a b": "a b" is not the name of a header"#),
        Case(
            "openai: { base_url: \"https://h\", headers: { a: \"x\\ny\" } }",
            "2:61: providers.openai.headers.a: the value holds a line break or another control character"),
        Case(
            "openai: { base_url: \"https://h?key=k\" }",
            "2:34: providers.openai.base_url: a URL must not hold a query or a fragment; send keys in headers"),
        Case(
            "openai: { base_url: \"https://h\", headers: { api-key: abc } }",
            "2:67: providers.openai.headers.api-key: a secret must not be written into this file; write env:NAME or file:PATH, and change the secret if it has been shared"
        ),
    ]

    @Test(arguments: providers) func `A wrong provider is named`(wrong: Case) {
        let text =
            "weir: 1\nproviders: { \(wrong.yaml) }\nanonymous: true\nmodels: { smart: { targets: [openai/gpt-5] } }\n"
        #expect(ConfigurationText.lines(text, environment: ["KEY": "k"]) == ["weir.yaml:" + wrong.line])
    }

    private static let addresses: [(provider: String, said: String)] = [
        ("https://h/v1/chat/completions\"", "ends with /chat/completions, which Weir adds itself; write https://h/v1"),
        ("https://h/v1/embeddings/\"", "ends with /embeddings, which Weir adds itself; write https://h/v1"),
        ("https://api.openai.com\"", "has no version; write https://api.openai.com/v1"),
        (
            "https://h/v1/responses\", dialect: responses",
            "ends with /responses, which Weir adds itself; write https://h/v1"
        ),
        (
            "https://h/v1/messages\", dialect: anthropic",
            "ends with /v1/messages, which Weir adds itself; write https://h"
        ),
        ("https://h/v1\", dialect: anthropic", "ends with /v1, which Weir adds itself; write https://h"),
        ("https://h\", dialect: gemini", "has no version; write https://h/v1beta"),
        (
            "https://h/v1beta/models\", dialect: gemini",
            "ends with /models, which Weir adds itself; write https://h/v1beta"
        ),
        (
            "https://h/v1\", dialect: gemini, hosting: vertex, google: {}",
            "names no project; write …/v1/projects/PROJECT/locations/LOCATION"
        ),
        (
            "https://h/v1/projects/p/locations/l/publishers/anthropic/models\", dialect: anthropic, hosting: vertex",
            "ends with /publishers/anthropic/models, which Weir adds itself; write https://h/v1/projects/p/locations/l"
        ),
        ("https://h/openai\", hosting: azure", "ends with /openai, which Weir adds itself; write https://h"),
        (
            "https://h/openai/v1\", hosting: azure",
            "has OpenAI's own paths below it; write key_field: api-key in place of hosting: azure"
        ),
        (
            "https://h/model\", dialect: bedrock, aws: { region: r }",
            "ends with /model, which Weir adds itself; write https://h"
        ),
        ("https://h\", dialect: cohere", "has no version; write https://h/v2"),
        ("https://h/v2/chat\", dialect: cohere", "ends with /chat, which Weir adds itself; write https://h/v2"),
    ]

    @Test(arguments: addresses)
    func `An address with too much or too little of a path is named with the right one`(provider: String, said: String)
    {
        let text = "providers: { openai: { base_url: \"\(provider) } }\n"
        let lines = ConfigurationText.lines(ConfigurationText.minimal(without: ["providers"], adding: text))
        #expect(lines == ["weir.yaml:4:34: warning: providers.openai.base_url: " + said])
    }

    @Test(arguments: [
        "https://api.openai.com/v1\"", "https://api.deepseek.com\"", "https://h/anthropic\", dialect: anthropic",
        "https://h/v1beta\", dialect: gemini", "https://h/v1beta1\", dialect: gemini, hosting: vertex",
        "https://h/v1/projects/p/locations/l\", dialect: gemini, hosting: vertex, google: {}",
        "https://h\", hosting: azure", "https://h\", dialect: bedrock, aws: { region: r }",
        "https://h/v2\", dialect: cohere", "https://h/v1\", omit: [no_such_member, parallel_tool_calls]",
    ])
    func `A right address, and any member to omit, is passed over in silence`(provider: String) {
        let text = "providers: { openai: { base_url: \"\(provider) } }\n"
        #expect(ConfigurationText.lines(ConfigurationText.minimal(without: ["providers"], adding: text)) == [])
    }

    @Test func `A file without its version, or of another one, is refused`() {
        #expect(
            ConfigurationText.lines(ConfigurationText.minimal(without: ["weir"]))
                == ["weir.yaml:1:1: weir: missing; write it, for example weir: 1"])
        #expect(
            ConfigurationText.lines(ConfigurationText.minimal(without: ["weir"], adding: "weir: 2\n"))
                == ["weir.yaml:4:7: weir: 2 is out of bounds; write 1"])
    }

    @Test(arguments: ["127.0.0.1:8080", "0.0.0.0:8080"])
    func `Without keys, anonymous must be written down`(address: String) {
        let text = ConfigurationText.minimal(without: ["anonymous"], adding: "listen: \(address)\n")
        #expect(
            ConfigurationText.lines(text).filter { !$0.contains("warning") } == [
                "weir.yaml:1:1: keys: nobody could call: there are no keys; add keys: [{ caller: NAME, key: env:NAME }], or write anonymous: true"
            ])
    }

    @Test func `All problems are reported at once, in the order of the file`() {
        let text = """
            weir: 1
            listen: { address: nowhere, idle_timeout: 5, colour: red }
            listen: 127.0.0.1:80
            telemetry: { metrics: maybe, metrics: true }
            providers: { openai: { base_url: 5 } }
            models: { smart: { targets: [opena1/x, gpt] } }
            keys: [{ caller: eve, key: sk-123 }]

            """
        #expect(
            ConfigurationText.lines(text) == [
                #"weir.yaml:2:20: listen.address: "nowhere" is not an address; write 127.0.0.1:8080, [::1]:8080 or localhost:8080"#,
                #"weir.yaml:2:43: listen.idle_timeout: "5" has no unit; did you mean "5s"?"#,
                #"weir.yaml:2:46: listen.colour: unknown key "colour"; known: address, head_bytes_max, header_count_max, body_bytes_max, body_timeout, idle_timeout, event_loops"#,
                #"weir.yaml:3:1: listen: key "listen" is written twice, first on line 2; keep one of them"#,
                #"weir.yaml:4:23: telemetry.metrics: "maybe" is neither true nor false"#,
                #"weir.yaml:4:30: telemetry.metrics: key "metrics" is written twice, first on line 4; keep one of them"#,
                #"weir.yaml:5:34: providers.openai.base_url: "5" is not a URL; write http:// or https://, a host and a path: https://api.openai.com/v1"#,
                #"weir.yaml:6:30: models.smart.targets[0].provider: unknown provider "opena1"; did you mean "openai"?"#,
                #"weir.yaml:6:40: models.smart.targets[1]: "gpt" names no provider; write provider/model, such as openai/gpt-5"#,
                #"weir.yaml:7:18: keys[0].caller: unknown caller "eve"; declare it under callers"#,
                "weir.yaml:7:28: keys[0].key: a secret must not be written into this file; write env:NAME or file:PATH, and change the secret if it has been shared",
            ])
    }
}
