import GatewayTypes
import Telemetry
import Testing

@testable import OTLP

@Suite struct SettingsTests {
    private func read(_ environment: [String: String], configured: String? = nil) throws -> OTLPSettings {
        try OTLPSettings.fromEnvironment(
            environment, version: "1.2", standard: configured.map { OTLPCollector(endpoint: $0, signals: [.traces]) })
    }

    private func target(_ settings: OTLPSettings, _ signal: TelemetrySignal = .traces) -> OTLPTarget? {
        settings.targets.first { $0.signal == signal }
    }

    @Test func `Nothing is exported unless an endpoint is named`() throws {
        let settings = try read([:])
        #expect(settings.targets.isEmpty)
        #expect(settings.spans.batchMax == 512 && settings.spans.queueMax == 2_048)
        #expect(settings.spans.scheduleDelaySeconds == 5 && settings.spans.exportTimeoutSeconds == 30)
        #expect(settings.logs == BatchLimits(scheduleDelaySeconds: 1))
        #expect(settings.sampler == nil && settings.warnings.isEmpty)
    }

    @Test(
        arguments: [
            (["OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:4318"], "http://c:4318/v1/traces"),
            (["OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:4318/mine/"], "http://c:4318/mine/v1/traces"),
            (["OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:4318/mine"], "http://c:4318/mine/v1/traces"),
            (["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://c:4318"], "http://c:4318/"),
            (["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "https://c/x"], "https://c/x"),
            (
                ["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://t/t", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://c"],
                "http://t/t"
            ),
            (
                ["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://c"],
                "http://c/v1/traces"
            ),
            ([:], "http://file:4318/v1/traces"),
            (["OTEL_SDK_DISABLED": "TRUE"], nil), (["OTEL_TRACES_EXPORTER": "none"], nil),
            (["OTEL_SDK_DISABLED": "false"], "http://file:4318/v1/traces"),
        ] as [([String: String], String?)])
    func `The endpoint follows the specification's order`(environment: [String: String], url: String?) throws {
        #expect(try target(read(environment, configured: "http://file:4318"))?.url.text == url)
    }

    @Test
    func `The general endpoint takes every signal, the configured collector its own, and a signal can be left out`()
        throws
    {
        let general = try read(["OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:1"], configured: "http://file:4318")
        #expect(general.targets.map(\.url.text) == OTLPSettings.signals.map { "http://c:1/v1/\($0.rawValue)" })
        #expect(try read([:], configured: "http://file:4318").targets.map(\.signal) == [.traces])
        let own = try read(
            ["OTEL_EXPORTER_OTLP_LOGS_ENDPOINT": "http://l/x", "OTEL_EXPORTER_OTLP_LOGS_HEADERS": "a=b"])
        #expect(own.targets.map(\.url.text) == ["http://l/x"] && own.targets.first?.headers.count == 1)
        let none = try read(["OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:1", "OTEL_LOGS_EXPORTER": "none"])
        #expect(!none.exports(.logs) && none.exports(.traces))
    }

    @Test func `Log records wait by variables of their own`() throws {
        let settings = try read(["OTEL_BLRP_SCHEDULE_DELAY": "20", "OTEL_BLRP_MAX_QUEUE_SIZE": "7"])
        #expect(settings.logs.scheduleDelaySeconds == 0.02 && settings.logs.queueMax == 7)
        #expect(settings.logs.batchMax == 7 && settings.spans == BatchLimits())
    }

    @Test(arguments: [
        ("http://127.0.0.1:4318/x", "127.0.0.1", 4318), ("https://c.example", "c.example", 443),
        ("http://[::1]:9/x", "::1", 9), ("http://[::1]/", "::1", 80),
    ])
    func `Address and port are found in the URL`(text: String, address: String, port: Int) throws {
        let url = try #require(OTLPURL(text))
        #expect(url.address == address && url.port == port)
    }

    @Test(arguments: [
        ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "http/yaml", "http/json"),
        ("OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION", "fine", "base2_exponential_bucket_histogram"),
        ("OTEL_EXPORTER_OTLP_COMPRESSION", "zstd", "gzip or none"), ("OTEL_TRACES_EXPORTER", "zipkin", "otlp or none"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "c:4318", "http://127.0.0.1:4318"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://u:p@c:4318", "http or https"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://c:99999", "http or https"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://", "http or https"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "nonsense", "name=value"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "a=b%0d%0ac", "name=value"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "a b=c", "name=value"),
        ("OTEL_EXPORTER_OTLP_CLIENT_KEY", "k.pem", "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE"),
    ])
    func `What cannot be followed is refused with the fix`(variable: String, value: String, fix: String) {
        let error = #expect(throws: OTLPSettingsError.self) { try read([variable: value]) }
        #expect(error?.variable == variable)
        #expect(error?.problem.contains(fix) == true)
        if variable.hasSuffix("HEADERS") { #expect(error?.problem.contains(value) == false) }
    }

    @Test func `Headers are decoded and reach the endpoint`() throws {
        let settings = try read([
            "OTEL_EXPORTER_OTLP_ENDPOINT": "http://c",
            "OTEL_EXPORTER_OTLP_HEADERS": "Authorization=Basic%20eDp5, x-a = 1",
            "OTEL_EXPORTER_OTLP_COMPRESSION": "gzip", "OTEL_EXPORTER_OTLP_TRACES_TIMEOUT": "2500",
            "OTEL_EXPORTER_OTLP_CERTIFICATE": "/etc/ca.pem",
        ])
        let endpoint = try #require(target(settings)).makeEndpoint(id: 7, version: "1.2")
        #expect(
            endpoint.fields.map { "\($0.name): \($0.value)" } == [
                "authorization: Basic eDp5", "x-a: 1", "user-agent: weir/1.2 OTel-OTLP-Exporter-Swift/1.2",
                "content-type: application/x-protobuf", "content-encoding: gzip",
            ])
        #expect(endpoint.id == 7 && endpoint.timeouts.totalSeconds == 2.5 && endpoint.caFile == "/etc/ca.pem")
    }

    @Test func `The resource says what the variables say`() throws {
        let settings = try read([
            "OTEL_RESOURCE_ATTRIBUTES": "service.name=loses,deployment.environment.name=a%2Cb,service.version=9",
            "OTEL_SERVICE_NAME": "edge",
        ])
        #expect(
            settings.resource.map { "\($0.key)=\($0.value)" } == [
                "service.name=edge", "service.version=9", "deployment.environment.name=a,b", "telemetry.sdk.name=weir",
                "telemetry.sdk.language=swift", "telemetry.sdk.version=1.2",
            ])
    }

    @Test func `What cannot be read is ignored with a warning`() throws {
        let settings = try read([
            "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://c", "OTEL_RESOURCE_ATTRIBUTES": "a=%zz",
            "OTEL_BSP_MAX_QUEUE_SIZE": "many", "OTEL_BSP_SCHEDULE_DELAY": "-1",
            "OTEL_TRACES_SAMPLER": "sometimes", "OTEL_EXPORTER_OTLP_TIMEOUT": "1s", "OTEL_SDK_DISABLED": "yes",
        ])
        #expect(settings.warnings.count == 6)
        #expect(settings.spans == BatchLimits() && target(settings)?.timeoutSeconds == 10)
        #expect(settings.sampler == nil && !settings.resource.contains { $0.key == "a" })
    }

    @Test func `A batch is never larger than the queue`() throws {
        let small = try read(["OTEL_BSP_MAX_QUEUE_SIZE": "100"])
        #expect(small.spans.batchMax == 100 && small.warnings.isEmpty)
        let both = try read(["OTEL_BSP_MAX_QUEUE_SIZE": "100", "OTEL_BSP_MAX_EXPORT_BATCH_SIZE": "200"])
        #expect(both.spans.batchMax == 100 && both.warnings.count == 1)
    }

    @Test(
        arguments: [
            ("always_on", nil, Sampler(root: .alwaysOn, parentBased: false)),
            ("always_off", nil, Sampler(root: .alwaysOff, parentBased: false)),
            ("traceidratio", "0.25", Sampler(root: .ratio(0.25), parentBased: false)),
            ("parentbased_traceidratio", "0.5", Sampler(root: .ratio(0.5), parentBased: true)),
            ("parentbased_traceidratio", "2", Sampler(root: .ratio(1), parentBased: true)),
            ("parentbased_always_off", nil, Sampler(root: .alwaysOff, parentBased: true)),
        ] as [(String, String?, Sampler)])
    func `Samplers go by the specification's names`(name: String, argument: String?, sampler: Sampler) throws {
        var environment = ["OTEL_TRACES_SAMPLER": name]
        environment["OTEL_TRACES_SAMPLER_ARG"] = argument
        #expect(try read(environment).sampler == sampler)
    }

    @Test func `Propagators are those of the variable, in its order and once each`() throws {
        #expect(try read([:]).propagators == nil)
        #expect(try read(["OTEL_PROPAGATORS": "b3, tracecontext,b3"]).propagators == [.b3, .traceContext])
        #expect(try read(["OTEL_PROPAGATORS": "none"]).propagators == [])
        let unknown = try read(["OTEL_PROPAGATORS": "jaeger,b3multi"])
        #expect(unknown.propagators == [.b3Multi] && unknown.warnings.count == 1)
    }

    @Test func `Limits of spans come from the span's own variables, else from those for all`() throws {
        let own = try read([
            "OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT": "10", "OTEL_ATTRIBUTE_COUNT_LIMIT": "20",
            "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT": "30", "OTEL_SPAN_EVENT_COUNT_LIMIT": "0",
        ])
        #expect(own.spanLimits.attributes == 10 && own.spanLimits.valueCharacters == 30 && own.spanLimits.events == 0)
        let bad = try read(["OTEL_ATTRIBUTE_COUNT_LIMIT": "-1"])
        #expect(bad.spanLimits == SpanLimits() && bad.warnings.count == 1)
    }
}
