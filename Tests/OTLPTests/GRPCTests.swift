import Compression
import GatewayTypes
import NIOCore
import Telemetry
import Testing

@testable import OTLP

@Suite struct GRPCTests {
    private let time = FakeTime()

    private func settings(_ more: [String: String] = [:]) throws -> OTLPSettings {
        try OTLPSettings.fromEnvironment(
            [
                "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc",
                "OTEL_LOGS_EXPORTER": "none", "OTEL_METRICS_EXPORTER": "none",
            ].merging(more) { $1 }, version: "1")
    }

    private func exporter(
        _ collector: ScriptedCollector, _ more: [String: String] = [:]
    ) throws -> (OTLPExporter, Courier) {
        let settings = try settings(more)
        let target = try #require(settings.targets.first)
        let courier = Courier(
            target, endpoint: target.makeEndpoint(id: 0, version: "1"), fetcher: collector, clock: time.clock)
        return (
            OTLPExporter(
                limits: settings.spans, envelope: settings.envelope(for: target), courier: courier, clock: time.clock),
            courier
        )
    }

    private func status(_ code: Int, _ more: [ReplyField] = []) -> ScriptedCollector.Answer {
        .status(200, trailers: [ReplyField("grpc-status", "\(code)")] + more)
    }

    /// `google.rpc.Status` with a `RetryInfo` of 2.5 seconds.
    private static let retryInfo: String = {
        let duration: [UInt8] = [0x08, 2, 0x10] + [0x80, 0xCA, 0xB5, 0xEE, 0x01]
        let info = [0x0A, UInt8(duration.count)] + duration
        let type = Array("type.googleapis.com/google.rpc.RetryInfo".utf8)
        let any = [0x0A, UInt8(type.count)] + type + [0x12, UInt8(info.count)] + info
        let bytes = [0x08, 8, 0x1A, UInt8(any.count)] + any
        let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
        var text = ""
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let part = bytes[start..<min(start + 3, bytes.count)].map { Int($0) }
            let bits = part.reduce(0) { $0 << 8 | $1 } << (8 * (3 - part.count))
            for place in 0...part.count { text.append(digits[bits >> (18 - 6 * place) & 63]) }
        }
        return text
    }()

    @Test func `A batch leaves framed, to the service of its signal`() async throws {
        let collector = ScriptedCollector([status(0)])
        let (exporter, courier) = try exporter(collector)
        let spans = Sample.spans(3)
        await exporter.offer(spans)
        await exporter.shutdown(withinSeconds: 5)
        let request = try #require(collector.requests.first)
        #expect(
            request.endpoint.url
                == "http://127.0.0.1:4317/opentelemetry.proto.collector.trace.v1.TraceService/Export")
        #expect(request.endpoint.http2Only)
        let fields = request.endpoint.fields.map { "\($0.name): \($0.value)" }
        #expect(fields.contains("content-type: application/grpc") && fields.contains("te: trailers"))
        var body = request.body
        #expect(body.readInteger(as: UInt8.self) == 0)
        #expect(body.readInteger(as: UInt32.self) == UInt32(body.readableBytes))
        #expect(body == BatchEnvelope(.traces, resource: try settings().resource, version: "1").encode(spans))
        #expect(courier.counts.now.exported == 3)
    }

    @Test func `A compressed message says so in its frame`() async throws {
        let collector = ScriptedCollector([status(0)])
        let (exporter, _) = try exporter(collector, ["OTEL_EXPORTER_OTLP_COMPRESSION": "gzip"])
        await exporter.offer(Sample.spans(3))
        await exporter.shutdown(withinSeconds: 5)
        let request = try #require(collector.requests.first)
        #expect(request.endpoint.fields.contains { $0.name == "grpc-encoding" && $0.value == "gzip" })
        var body = request.body
        #expect(body.readInteger(as: UInt8.self) == 1 && body.readInteger(as: UInt32.self) != nil)
        #expect(try Gzip.decompress(body, bytesMax: 100_000).readableBytes > 100)
    }

    @Test(arguments: GRPC.Code.allCases)
    func `Codes are tried again as OTLP lists them`(code: GRPC.Code) async throws {
        let collector = ScriptedCollector([status(code.rawValue), status(0)])
        let (exporter, courier) = try exporter(collector)
        await exporter.offer(Sample.spans(2))
        await exporter.shutdown(withinSeconds: 30)
        let again = [1, 4, 10, 11, 14, 15].contains(code.rawValue)
        #expect(collector.requests.count == (again ? 2 : 1))
        #expect(courier.counts.now.exported == (again || code == .ok ? 2 : 0))
        #expect(courier.counts.now.dropped[.rejected] == (again || code == .ok ? nil : 2))
    }

    @Test func `An exhausted resource is tried again when the server says when`() async throws {
        let asked = status(8, [ReplyField("grpc-status-details-bin", Self.retryInfo)])
        let collector = ScriptedCollector([asked, status(0)])
        let (exporter, courier) = try exporter(collector)
        await exporter.offer(Sample.spans(2))
        await exporter.shutdown(withinSeconds: 30)
        #expect(courier.counts.now.exported == 2 && courier.counts.now.failures[.throttled] == 1)
        #expect(time.slept.count == 1 && abs(time.slept[0] - 2.5 * 1.05) < 1e-9)
    }

    @Test func `What is refused in part, in the head alone, or without a code is counted`() async throws {
        let partial = ScriptedCollector([
            .status(
                200, body: [0, 0, 0, 0, 4, 0x0A, 0x02, 0x08, 0x03], trailers: [ReplyField("grpc-status", "0")])
        ])
        let (first, counted) = try exporter(partial)
        await first.offer(Sample.spans(10))
        await first.shutdown(withinSeconds: 5)
        #expect(counted.counts.now.exported == 7 && counted.counts.now.dropped[.rejected] == 3)

        let headOnly = ScriptedCollector([.status(200, fields: [ReplyField("grpc-status", "16")])])
        let (second, refused) = try exporter(headOnly)
        await second.offer(Sample.spans(1))
        await second.shutdown(withinSeconds: 5)
        #expect(refused.counts.now.dropped[.rejected] == 1 && headOnly.requests.count == 1)

        let silent = ScriptedCollector([.status(200)])
        let (third, unknown) = try exporter(silent)
        await third.offer(Sample.spans(1))
        await third.shutdown(withinSeconds: 5)
        #expect(unknown.counts.now.dropped[.rejected] == 1)

        let proxy = ScriptedCollector([.status(503), status(0)])
        let (fourth, tried) = try exporter(proxy)
        await fourth.offer(Sample.spans(1))
        await fourth.shutdown(withinSeconds: 30)
        #expect(tried.counts.now.exported == 1 && proxy.requests.count == 2)
    }

    @Test(arguments: [
        ("http://c:4318/v1/traces", "http://c:4318/"), ("https://c", "https://c:4317/"), ("c:9", "https://c:9/"),
        ("http://[::1]:5", "http://[::1]:5/"),
    ])
    func `Of an endpoint only the host counts`(endpoint: String, base: String) throws {
        for variable in ["OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"] {
            let target = try #require(try settings([variable: endpoint]).targets.first)
            #expect(target.url.text == base + GRPC.path(of: .traces))
        }
    }

    @Test func `Insecure endpoints may leave the scheme out, and a certificate proves who asks`() throws {
        let target = try #require(
            try settings([
                "OTEL_EXPORTER_OTLP_ENDPOINT": "c:4317", "OTEL_EXPORTER_OTLP_INSECURE": "true",
                "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE": "/c.pem", "OTEL_EXPORTER_OTLP_CLIENT_KEY": "/k.pem",
            ]).targets.first)
        #expect(target.url.text.hasPrefix("http://c:4317/"))
        let endpoint = target.makeEndpoint(id: 0, version: "1")
        #expect(endpoint.clientCertificate == ClientCertificate(file: "/c.pem", keyFile: "/k.pem"))
    }
}
