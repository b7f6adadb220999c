import Compression
import GatewayTypes
import NIOCore
import Telemetry
import Testing

@testable import OTLP

@Suite struct ExporterTests {
    private let time = FakeTime()

    private func exporter(
        _ collector: ScriptedCollector, gzip: Bool = false, _ change: (inout BatchLimits) -> Void = { _ in }
    ) throws -> OTLPExporter {
        var settings = try OTLPSettings.fromEnvironment(
            ["OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"], version: "1")
        change(&settings.spans)
        var target = try #require(settings.targets.first)
        target.gzip = gzip
        let courier = Courier(
            target, endpoint: target.makeEndpoint(id: 0, version: "1"), fetcher: collector, clock: time.clock)
        return OTLPExporter(
            limits: settings.spans, envelope: settings.envelope(for: target), courier: courier, clock: time.clock)
    }

    private func lines(_ exporter: OTLPExporter, _ prefix: String) -> [String] {
        let telemetry = Telemetry(
            settings: TelemetrySettings(), workers: 1, build: BuildInfo(version: "1", revision: "r", swift: "6"))
        telemetry.register { exporter.write(to: &$0) }
        return String(buffer: telemetry.exposition(accept: nil, acceptEncoding: nil).body).split(separator: "\n")
            .map(String.init).filter { $0.hasPrefix(prefix) && !$0.hasSuffix(" 0") }
    }

    private func counted(_ exporter: OTLPExporter) -> [String] { lines(exporter, "weir_spans_") }

    private func line(_ name: String, _ reason: String?, _ count: Int) -> String {
        let reason = reason.map { #",reason="\#($0)""# } ?? ""
        return #"weir_\#(name)_total{signal="traces",destination="otlp"\#(reason)} \#(count)"#
    }

    @Test func `Full batches leave at once, the rest with the shutdown`() async throws {
        let collector = ScriptedCollector([.status(200)])
        let exporter = try exporter(collector) { $0.batchMax = 100 }
        await exporter.offer(Sample.spans(250))
        await exporter.shutdown(withinSeconds: 5)
        #expect(collector.requests.count == 3)
        #expect(counted(exporter) == [line("spans_exported", nil, 250)])
        let request = try #require(collector.requests.first)
        #expect(request.endpoint.url == "http://127.0.0.1:4318/v1/traces" && request.endpoint.method == .post)
        #expect(request.endpoint.fields.contains { $0.name == "content-type" && $0.value == "application/x-protobuf" })
        #expect(!request.endpoint.fields.contains { $0.name == "content-encoding" })
    }

    @Test func `A batch that does not fill leaves when it comes of age`() async throws {
        let collector = ScriptedCollector([.status(200)])
        let exporter = try exporter(collector)
        await exporter.offer(Sample.spans(3))
        let running = Task { await exporter.run() }
        while collector.requests.isEmpty { await Task.yield() }
        running.cancel()
        await running.value
        let waited = time.slept.reduce(0, +)
        #expect(waited >= 4.9)
        #expect(counted(exporter) == [line("spans_exported", nil, 3)])
    }

    @Test(arguments: [429, 502, 503, 504])
    func `A busy collector is asked again, later each time`(status: Int) async throws {
        let collector = ScriptedCollector([.status(status), .status(status), .status(status), .status(200)])
        let exporter = try exporter(collector)
        await exporter.offer(Sample.spans(2))
        await exporter.shutdown(withinSeconds: 30)
        #expect(collector.requests.count == 4)
        #expect(time.slept == [1, 2, 4])
        #expect(counted(exporter) == [line("spans_exported", nil, 2)])
        #expect(
            lines(exporter, "weir_export_failures") == [
                line("export_failures", status == 429 ? "throttled" : "unavailable", 3)
            ])
    }

    @Test(arguments: [("7", 7.35), ("Sun, 06 Nov 1994 08:49:47 GMT", 10.5), ("soon", 1)])
    func `Retry-After is honoured, with a little jitter`(value: String, seconds: Double) async throws {
        let collector = ScriptedCollector([.status(503, fields: [ReplyField("retry-after", value)]), .status(200)])
        let exporter = try exporter(collector)
        await exporter.offer(Sample.spans(1))
        await exporter.shutdown(withinSeconds: 30)
        #expect(time.slept.count == 1 && abs(time.slept[0] - seconds) < 1e-9)
    }

    @Test func `A collector that cannot be reached is given up when the time is over`() async throws {
        let collector = ScriptedCollector([.unreachable])
        let exporter = try exporter(collector)
        await exporter.offer(Sample.spans(5))
        await exporter.shutdown(withinSeconds: 12)
        #expect(time.slept == [1, 2, 4])
        #expect(counted(exporter) == [line("spans_dropped", "undeliverable", 5)])
        #expect(lines(exporter, "weir_export_failures") == [line("export_failures", "connection", 4)])
        #expect(collector.requests.allSatisfy { $0.deadline <= Moment(nanoseconds: 13_000_000_000) })
    }

    @Test(arguments: [400, 401, 404, 413, 500, 501, 302])
    func `Any other answer is final`(status: Int) async throws {
        let collector = ScriptedCollector([.status(status), .status(200)])
        let exporter = try exporter(collector)
        await exporter.offer(Sample.spans(4))
        await exporter.shutdown(withinSeconds: 30)
        #expect(collector.requests.count == 1)
        #expect(counted(exporter) == [line("spans_dropped", "rejected", 4)])
    }

    @Test func `Spans that the collector refuses in part are counted and not sent again`() async throws {
        // partial_success { rejected_spans: 3 }
        let collector = ScriptedCollector([.status(200, body: [0x0A, 0x02, 0x08, 0x03])])
        let exporter = try exporter(collector)
        await exporter.offer(Sample.spans(10))
        await exporter.shutdown(withinSeconds: 30)
        #expect(collector.requests.count == 1)
        #expect(counted(exporter) == [line("spans_exported", nil, 7), line("spans_dropped", "rejected", 3)])
    }

    @Test func `An answer that is no protobuf still means that the batch was taken`() async throws {
        let collector = ScriptedCollector([.status(200, body: Array("{}".utf8))])
        let exporter = try exporter(collector)
        await exporter.offer(Sample.spans(1))
        await exporter.shutdown(withinSeconds: 30)
        #expect(counted(exporter) == [line("spans_exported", nil, 1)])
    }

    @Test func `What does not fit the queue is dropped and counted, and so is what comes too late`() async throws {
        let collector = ScriptedCollector([.status(200)])
        let exporter = try exporter(collector) { $0.queueMax = 600 }
        await exporter.offer(Sample.spans(700))
        await exporter.shutdown(withinSeconds: 30)
        await exporter.offer(Sample.spans(1))
        #expect(
            counted(exporter) == [
                line("spans_exported", nil, 600), line("spans_dropped", "queue_full", 100),
                line("spans_dropped", "shutdown", 1),
            ])
    }

    @Test func `A burst larger than the queue waits for a collector that keeps taking batches`() async throws {
        time.freeze()
        let collector = ScriptedCollector([.status(200)])
        let exporter = try exporter(collector) {
            $0.queueMax = 100
            $0.batchMax = 50
        }
        let running = Task { await exporter.run() }
        while time.slept.isEmpty { await Task.yield() }
        await exporter.offer(Sample.spans(500))
        running.cancel()
        await running.value
        await exporter.shutdown(withinSeconds: 30)
        #expect(counted(exporter) == [line("spans_exported", nil, 500)])
    }

    @Test func `A collector that does not answer holds nobody`() async throws {
        let collector = ScriptedCollector([.unreachable])
        let exporter = try exporter(collector) {
            $0.queueMax = 100
            $0.batchMax = 50
            $0.exportTimeoutSeconds = 1_000_000_000
        }
        await exporter.offer(Sample.spans(100))
        let running = Task { await exporter.run() }
        while collector.requests.count < 2 { await Task.yield() }
        await exporter.offer(Sample.spans(500))
        #expect(!time.slept.contains(0.002))
        running.cancel()
        await running.value
        #expect(lines(exporter, "weir_spans_dropped") == [line("spans_dropped", "queue_full", 450)])
    }

    @Test func `A batch whose run is cancelled is left to the shutdown`() async throws {
        let collector = ScriptedCollector([.unreachable, .unreachable, .status(200)])
        let exporter = try exporter(collector) { $0.batchMax = 2 }
        await exporter.offer(Sample.spans(2))
        let running = Task { await exporter.run() }
        while collector.requests.isEmpty { await Task.yield() }
        running.cancel()
        await running.value
        await exporter.shutdown(withinSeconds: 30)
        #expect(counted(exporter) == [line("spans_exported", nil, 2)])
    }

    @Test func `A compressed batch is the same batch`() async throws {
        let collector = ScriptedCollector([.status(200)])
        let exporter = try exporter(collector, gzip: true)
        let spans = Sample.spans(50)
        await exporter.offer(spans)
        await exporter.shutdown(withinSeconds: 30)
        let request = try #require(collector.requests.first)
        #expect(request.endpoint.fields.contains { $0.name == "content-encoding" && $0.value == "gzip" })
        let resource = try OTLPSettings.fromEnvironment([:], version: "1").resource
        let plain = BatchEnvelope(.traces, resource: resource, version: "1").encode(spans)
        #expect(try Gzip.decompress(request.body, bytesMax: 1_000_000) == plain)
    }
}
