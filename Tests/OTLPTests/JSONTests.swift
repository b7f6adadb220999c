import Foundation
import GatewayTypes
import NIOCore
import Telemetry
import Testing

@testable import OTLP

@Suite struct JSONTests {
    private func object(_ bytes: ByteBuffer) throws -> [String: Any] {
        let any = try JSONSerialization.jsonObject(with: Data(bytes.readableBytesView))
        return try #require(any as? [String: Any])
    }

    /// What is found by keys and positions.
    private func find(_ root: Any?, _ path: Any...) -> Any? {
        path.reduce(root) { place, step in
            if let key = step as? String { return (place as? [String: Any])?[key] }
            guard let position = step as? Int, let list = place as? [Any], position < list.count else { return nil }
            return list[position]
        }
    }

    @Test func `A span is JSON with ids in hexadecimal, times as text and numbers for kinds`() throws {
        let encoder = BatchEnvelope(
            .traces, resource: [ResourceAttribute(key: "service.name", value: "a\"\\\u{1}é")], version: "1",
            encoding: .json)
        let root = try object(encoder.encode(Sample.spans(2)))
        let resource = find(root, "resourceSpans", 0)
        let name = find(resource, "resource", "attributes", 0, "value", "stringValue")
        #expect(name as? String == "a\"\\\u{1}é")
        let span = find(resource, "scopeSpans", 0, "spans", 1)
        #expect(find(span, "traceId") as? String == "01020304050607081112131415161718")
        #expect(find(span, "spanId") as? String == "0000000000000002")
        #expect(find(span, "kind") as? Int == 2)
        #expect(find(span, "flags") as? Int == 0x103)
        #expect(find(span, "startTimeUnixNano") as? String == "1700000000000000000")
        #expect(find(span, "parentSpanId") == nil && find(span, "status") == nil)
        let attributes = try #require(find(span, "attributes") as? [[String: Any]])
        let values = Dictionary(uniqueKeysWithValues: attributes.map { ($0["key"] as? String ?? "", $0["value"]) })
        #expect(find(values["weir.attempts"] as Any?, "intValue") as? String == "0")
        #expect(find(values["weir.accounted"] as Any?, "boolValue") as? Bool == false)
        #expect(find(values["weir.overhead_seconds"] as Any?, "doubleValue") as? Double == 0)
    }

    @Test func `Zeros that mean something are written, and a histogram's lists are whole`() throws {
        let telemetry = Telemetry(
            settings: TelemetrySettings(), workers: 1, build: BuildInfo(version: "1", revision: "r", swift: "6"))
        telemetry.shards[0].loopLag(0.2)
        telemetry.register { $0.set(.ledgerLag, [], .infinity) }
        let encoder = MetricEncoder(
            envelope: BatchEnvelope(.metrics, resource: [], version: "1", encoding: .json), temporality: .delta)
        let root = try object(
            encoder.encode(telemetry.metricFamilies(), from: WallTime(nanoseconds: 1), to: WallTime(nanoseconds: 2)))
        let metrics = try #require(
            find(root, "resourceMetrics", 0, "scopeMetrics", 0, "metrics") as? [[String: Any]])
        let named = Dictionary(uniqueKeysWithValues: metrics.map { ($0["name"] as? String ?? "", $0) })
        let flight = find(named["weir_exchanges_in_flight"], "gauge", "dataPoints", 0)
        #expect(find(flight, "asDouble") as? Double == 0 && find(flight, "timeUnixNano") as? String == "2")
        let lag = find(named["weir_event_loop_lag_seconds"], "histogram")
        #expect(find(lag, "aggregationTemporality") as? Int == 1)
        let point = find(lag, "dataPoints", 0)
        let counts = try #require(find(point, "bucketCounts") as? [String])
        let bounds = try #require(find(point, "explicitBounds") as? [Double])
        #expect(counts.count == bounds.count + 1 && counts.filter { $0 == "1" }.count == 1)
        #expect(find(point, "count") as? String == "1" && find(point, "sum") as? Double == 0.2)
        #expect(find(named["weir_ledger_lag_seconds"], "gauge", "dataPoints", 0, "asDouble") as? String == "Infinity")
    }

    @Test(arguments: [
        (#"{"partialSuccess":{"rejectedSpans":"3"}}"#, 3), (#"{"partialSuccess": {"rejectedLogRecords" : 12}}"#, 12),
        (#"{"partialSuccess":{"errorMessage":"careful"}}"#, 0), ("{}", 0), ("", 0), (#"{"rejected"#, 0),
    ])
    func `A reply in JSON says what was rejected`(text: String, count: Int) {
        #expect(ExportReply(ByteBuffer(string: text), isText: true).rejected == count)
    }

    @Test func `Each destination gets its own signals in its own way`() async throws {
        var second = OTLPCollector(name: "second", endpoint: "http://s:1/base", signals: [.logs, .traces])
        second.headers = [ReplyField("authorization", "Bearer x")]
        second.encoding = .json
        second.gzip = true
        let settings = try OTLPSettings.fromEnvironment(
            ["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://first:1/t"], version: "1", others: [second])
        #expect(settings.targets.map(\.destination) == ["otlp", "second", "second"])
        #expect(
            settings.targets.map(\.url.text) == [
                "http://first:1/t", "http://s:1/base/v1/traces", "http://s:1/base/v1/logs",
            ])
        let collector = ScriptedCollector([.status(400), .status(200)])
        let service = OTLPService(
            settings, fetcher: collector, endpointID: { 0 }, clock: FakeTime().clock, collect: { _ in [] })
        await service.offer(Sample.spans(5))
        await service.shutdown(withinSeconds: 5)
        #expect(Set(collector.requests.map(\.endpoint.url)) == ["http://first:1/t", "http://s:1/base/v1/traces"])
        let fields = try #require(
            collector.requests.first { $0.endpoint.url.hasSuffix("base/v1/traces") }?.endpoint.fields)
        let text = fields.map { "\($0.name): \($0.value)" }
        #expect(text.contains("content-type: application/json") && text.contains("authorization: Bearer x"))
        #expect(text.contains("content-encoding: gzip"))
    }
}
