import GatewayServer
import GatewayTypes
import Telemetry
import Testing

@Suite struct ConfigurationValueTests {
    @Test func `What is left out has the documented defaults`() throws {
        let configuration = try ConfigurationText.configuration(ConfigurationText.minimal())
        #expect(configuration.listen.address.description == "127.0.0.1:8080")
        #expect(configuration.listen.headBytesMax == 65536)
        #expect(configuration.listen.bodyBytesMax == 33_554_432)
        #expect(configuration.listen.eventLoopCount == nil)
        #expect(configuration.metrics.address.port == 9464)
        #expect(configuration.admin.address.port == 9465)
        #expect(configuration.admin.wholeKeys.isEmpty)
        #expect(configuration.drain.delaySeconds == 5)
        #expect(configuration.drain.deadlineSeconds == 25)
        #expect(configuration.routing.attemptsMax == 3)
        #expect(configuration.storage.path == "/etc/weir/weir.db")
        #expect(configuration.storage.journal == "/etc/weir/weir.journal")
        #expect(configuration.storage.retentionSeconds == 2_592_000)
        #expect(configuration.telemetry.accessLog == .stdout)
        #expect(configuration.telemetry.traces == nil)
        #expect(configuration.telemetry.conventions == .v1_41)
        #expect(configuration.telemetry.profiles.isEmpty && configuration.telemetry.contentBytesMax == 65_536)
        #expect(configuration.models.allSatisfy { $0.capture == .none })
        let provider = try #require(configuration.provider(named: "openai"))
        #expect(provider.kind == "openai")
        #expect(provider.streamOptions && !provider.http2)
        #expect(provider.timeouts.firstByteSeconds == 120)
    }

    @Test func `What is written is read`() throws {
        let text = """
            weir: 1
            listen: { address: "[::1]:0", event_loops: 4, body_timeout: 250ms, idle_timeout: 1m30s }
            metrics: { address: 127.0.0.1:1 }
            admin: { key: [env:ADMIN, env:OTHER] }
            teams: { search: { owner: search-oncall }, ads: }
            callers: { alice: { team: search }, bob: { team: ads } }
            keys:
              - { caller: alice, key: env:ALICE, alias: laptop }
              - { caller: bob, sha256: \(String(repeating: "AB", count: 32)) }
            providers:
              azure:
                dialect: openai
                kind: azure.ai.openai
                base_url: http://localhost:8081/openai/v1/
                key: env:AZURE
                headers: { X-Region: eu, x-token: env:ADMIN }
                stream_options: false
                http2: true
                ca_file: ca.pem
                timeouts: { connect: 1s, total: 1h }
            prices:
              catalog: none
              overrides:
                - { provider: azure, model: m/1, input: 0.15, output: "1.000000000001", per_request: 0.01, effective_from: 2026-03-01 }
            models:
              smart: { strategy: weighted, targets: [azure/m/1, { provider: azure, model: m/1, weight: 3 }] }
            telemetry: { access_log: log/access.json, trust_incoming: never, traces: { endpoint: "http://127.0.0.1:4318", headers: { a: b }, compression: gzip }, destinations: { near: { endpoint: "http://n:1" }, far: { endpoint: "http://f:1", signals: [logs], protocol: http/json } } }
            storage: { path: /var/lib/weir.db, when_full: continue_unaccounted }
            metering: { drain_on_client_gone: 0s }

            """
        let environment = ["ADMIN": "a-secret", "OTHER": "o", "ALICE": "k", "AZURE": "z"]
        let configuration = try ConfigurationText.configuration(text, environment: environment)
        #expect(configuration.listen.address.description == "[::1]:0")
        #expect(configuration.listen.eventLoopCount == 4)
        #expect(configuration.listen.bodyTimeoutSeconds == 0.25)
        #expect(configuration.listen.idleTimeoutSeconds == 90)
        #expect(configuration.admin.wholeKeys.map(\.exposed) == ["a-secret", "o"])
        #expect(configuration.teams.map(\.name) == ["search", "ads"])
        #expect(configuration.teams.first?.owner == "search-oncall")
        #expect(configuration.callers.map(\.team) == ["search", "ads"])
        #expect(configuration.keys.first?.key?.exposed == "k")
        #expect(configuration.keys.last?.sha256 == String(repeating: "ab", count: 32))
        let provider = try #require(configuration.provider(named: "azure"))
        #expect(provider.kind == "azure.ai.openai")
        #expect(provider.baseURL.text == "http://localhost:8081/openai/v1")
        #expect(provider.baseURL.host == "localhost" && provider.baseURL.port == 8081 && !provider.baseURL.isTLS)
        #expect(provider.headers.map(\.name) == ["x-region", "x-token"])
        #expect(provider.headers.map(\.value.exposed) == ["eu", "a-secret"])
        #expect(provider.caFile == "/etc/weir/ca.pem")
        #expect(provider.timeouts.connectSeconds == 1 && provider.timeouts.totalSeconds == 3600)
        let price = try #require(configuration.prices.overrides.first)
        #expect(price[.input]?.usdPerMillion == "0.15")
        #expect(price[.output]?.usdPerMillion == "1.000000000001")
        #expect(price[.request]?.amount(of: 1) == Money("0.01"))
        #expect(price[.cacheRead] == nil)
        #expect(price.effectiveFrom == WallTime(nanoseconds: 1_772_323_200_000_000_000))
        let model = try #require(configuration.models.first)
        #expect(model.strategy == .weighted)
        #expect(model.targets.map(\.model) == ["m/1", "m/1"])
        #expect(model.targets.map(\.weight) == [1, 3])
        #expect(configuration.telemetry.accessLog == .file("/etc/weir/log/access.json"))
        #expect(configuration.telemetry.traces?.endpoint.port == 4318)
        #expect(configuration.telemetry.traces?.compression == .gzip)
        #expect(configuration.telemetry.destinations.map(\.name) == ["near", "far"])
        #expect(configuration.telemetry.destinations.map(\.signals) == [[.traces, .logs, .metrics], [.logs]])
        #expect(configuration.telemetry.destinations.map(\.exportProtocol) == [.protobuf, .json])
        #expect(configuration.storage.path == "/var/lib/weir.db")
        #expect(configuration.storage.whenFull == .continueUnaccounted)
        #expect(configuration.metering.drainOnClientGoneSeconds == 0)
    }

    @Test func `In whose words spans speak, and what they show, is read`() throws {
        let text =
            ConfigurationText.minimal().replacing("targets: [", with: "capture: both, targets: [")
            + "telemetry: { conventions: latest, profiles: [langfuse, openinference], content_bytes_max: 1024 }\n"
        let configuration = try ConfigurationText.configuration(text)
        #expect(configuration.models.map(\.capture) == [.both])
        #expect(configuration.telemetry.conventions == .latest)
        #expect(configuration.telemetry.profiles == [.langfuse, .openinference])
        #expect(configuration.telemetry.contentBytesMax == 1_024)
    }

    @Test func `An alias stands for its value, and a quoted word for itself`() throws {
        let text = """
            weir: 1
            anonymous: true
            teams: { "null": { owner: &who "~" }, b: { owner: *who } }
            providers: { "1": { base_url: "https://h" } }
            models: { smart: { targets: [1/2] } }

            """
        let configuration = try ConfigurationText.configuration(text)
        #expect(configuration.teams.map(\.name) == ["null", "b"])
        #expect(configuration.teams.map(\.owner) == ["~", "~"])
        #expect(configuration.models.first?.targets.first?.provider == "1")
    }

    @Test(arguments: [
        ("127.0.0.1:1", true), ("127.9.9.9:1", true), ("localhost:1", true), ("[::1]:1", true),
        ("[::ffff:127.0.0.1]:1", true), ("0.0.0.0:1", false), ("[::]:1", false), ("10.0.0.1:1", false),
        ("[::ffff:10.0.0.1]:1", false),
    ])
    func `An address knows whether other machines reach it`(text: String, isLoopback: Bool) throws {
        #expect(try #require(ListenAddress(text)).isLoopback == isLoopback)
    }

    @Test(arguments: ["", ":1", "a:1", "1.2.3:1", "127.0.0.1", "127.0.0.1:", "127.0.0.1:-1", "::1:1", "[::1]", "[1]:1"])
    func `What is no address is refused`(text: String) {
        #expect(ListenAddress(text) == nil)
    }

    @Test(arguments: [
        "", "h", "ftp://h", "http://", "http:///x", "http://h:0", "http://h:99999", "http://h?x", "http://h x",
    ])
    func `What is no URL is refused`(text: String) {
        #expect(ServiceURL(text) == nil)
    }

    @Test(arguments: [
        ("https://h", "h", 443), ("http://h/", "h", 80), ("HTTP://h:8/x/", "h", 8), ("https://[::1]:9/v1", "::1", 9),
    ])
    func `A URL knows its host and port`(text: String, host: String, port: Int) throws {
        let url = try #require(ServiceURL(text))
        #expect(url.host == host && url.port == port)
        #expect(!url.text.hasSuffix("/"))
    }

    @Test(arguments: [
        ("off", Configuration.Telemetry.AccessLog.off), ("stdout", .stdout), ("./a.log", .file("/etc/weir/./a.log")),
    ])
    func `The access log goes where it is written`(text: String, place: Configuration.Telemetry.AccessLog) throws {
        let configuration = try ConfigurationText.configuration(
            ConfigurationText.minimal(adding: "telemetry: { access_log: \(text) }\n"))
        #expect(configuration.telemetry.accessLog == place)
    }

    @Test func `Which traces are kept is read`() throws {
        let standard = try ConfigurationText.configuration(ConfigurationText.minimal())
        #expect(standard.telemetry.sampling.ratio == 1 && standard.telemetry.sampling.errors)
        #expect(!standard.telemetry.sampling.clientErrors && standard.telemetry.sampling.slowerThanSeconds == nil)
        #expect(standard.telemetry.spans == .all && standard.telemetry.propagators == [.tracecontext, .baggage])
        let written = try ConfigurationText.configuration(
            ConfigurationText.minimal(
                without: ["models"],
                adding: """
                    models: { smart: { targets: [openai/gpt-5], sampling_ratio: 0.5% } }
                    telemetry:
                      spans: false
                      trust_incoming: authenticated
                      propagators: [b3, tracecontext]
                      sampling: { ratio: 12.5%, moved: false, slower_than: 2s, dearer_than: 0.50 USD }

                    """))
        #expect(written.models.first?.samplingRatio == 0.005)
        #expect(written.telemetry.spans == .off && written.telemetry.trustIncoming == .authenticated)
        #expect(written.telemetry.propagators == [.b3, .tracecontext])
        let sampling = written.telemetry.sampling
        #expect(sampling.ratio == 0.125 && !sampling.moved && sampling.blocked)
        #expect(sampling.slowerThanSeconds == 2 && sampling.dearerThan == Money("0.5"))
    }

    @Test func `A price of its own, or one that the catalogue knows, is no reason for a warning`() {
        let knowledge = ConfigurationKnowledge(isPriced: { provider, model in
            provider.kind == "openai" && model == "gpt-5"
        })
        #expect(ConfigurationText.lines(ConfigurationText.minimal(), knowledge: knowledge) == [])
        let more =
            "models: { smart: { targets: [openai/mine, openai/other] } }\nprices: { overrides: [{ provider: openai, model: mine, input: 0 }] }\n"
        #expect(
            ConfigurationText.lines(ConfigurationText.minimal(without: ["models"], adding: more), knowledge: knowledge)
                == [
                    "weir.yaml:4:43: warning: models.smart.targets[1]: no price is known for other of openai: its cost will be counted as unpriced; add it to prices.overrides"
                ])
    }
}
