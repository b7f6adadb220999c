import Foundation
import GatewayTypes
import NIOCore
import Synchronization
import Testing

@testable import Telemetry

@Suite struct AccessLogTests {
    private let fixture = Fixture()

    @Test func `A line is written to the letter`() {
        let line = String(decoding: AccessLine.render(fixture.outcome()), as: UTF8.self)
        #expect(
            line == #"{"time":"2026-11-22T17:44:01.042Z","exchange":"019a0000-0000-7000-8000-000000000001","#
                + #""trace_id":"0af7651916cd43dd8448eb211c80319c","team":"search","caller":"ada-app","route":"smart","#
                + #""asked_model":"smart","provider":"zeta","served_model":"small-2","operation":"chat","#
                + #""surface":"openai_chat","stream":true,"#
                + #""status":200,"outcome":"completed","moved":"fallback","attempts":2,"tokens":{"input":100,"#
                + #""cache_read":20,"output":7,"reasoning":3},"usage_source":"provider","cost_usd":"0.0000192","#
                + #""cost_status":"priced","duration_ms":113.0,"ttft_ms":62.0,"overhead_us":40.0,"request_bytes":120,"#
                + #""reply_bytes":900,"client_address":"127.0.0.1","finish_reasons":["stop"],"accounted":true}"# + "\n")
    }

    @Test func `Whatever a client sends, the line stays one line of JSON`() throws {
        var outcome = fixture.outcome()
        let nasty = "a\"b\\c\nd\re\tf\u{0}g\u{7F}h\u{2028}é😀/"
        outcome.askedModel = nasty
        outcome.reply.finishReasons = [nasty, ""]
        let line = AccessLine.render(outcome)
        #expect(line.count { $0 == UInt8(ascii: "\n") } == 1)
        let object = try #require(try JSONSerialization.jsonObject(with: Data(line)) as? [String: Any])
        #expect(object["asked_model"] as? String == nasty)
        #expect(object["finish_reasons"] as? [String] == [nasty, ""])
    }

    @Test func `An unknown price shows no cost, and nothing known shows no tokens`() {
        var outcome = fixture.outcome()
        outcome.usage = Usage()
        outcome.cost = Cost(status: .unpriced, lines: [], tier: "", catalogHash: "")
        let line = String(decoding: AccessLine.render(outcome), as: UTF8.self)
        #expect(!line.contains("cost_usd"))
        #expect(line.contains(#""tokens":{},"usage_source":"none","cost_status":"unpriced""#))
    }

    @Test(arguments: [
        (0, "1970-01-01T00:00:00.000Z"), (951_782_399_999, "2000-02-28T23:59:59.999Z"),
        (951_782_400_000, "2000-02-29T00:00:00.000Z"), (4_107_542_400_001, "2100-03-01T00:00:00.001Z"),
        (-1, "1969-12-31T23:59:59.999Z"), (1_735_689_599_000, "2024-12-31T23:59:59.000Z"),
    ])
    func `A point in time is written as RFC 3339`(milliseconds: Int64, text: String) {
        #expect(Timestamp.text(WallTime(nanoseconds: milliseconds * 1_000_000)) == text)
    }
}

@Suite struct OutcomeRendererTests {
    private final class Sink: LineWriter, SpanExporter {
        private let state = Mutex((bytes: [UInt8](), packed: 0, spans: 0))
        let works: Bool
        let wantsSpans: Bool

        init(works: Bool = true, wantsSpans: Bool = true) {
            self.works = works
            self.wantsSpans = wantsSpans
        }

        func write(_ bytes: [UInt8]) -> Bool {
            if works { state.withLock { $0.bytes += bytes } }
            return works
        }
        func wants(_ facts: ExchangeFacts) -> Bool { wantsSpans }
        func pack(_ spans: [SpanData], of facts: ExchangeFacts) -> PackedItems {
            state.withLock { $0.packed += spans.count }
            return PackedItems(ByteBuffer(), count: spans.count, of: facts)
        }
        func offer(_ exchanges: [PackedItems]) async {
            state.withLock { $0.spans += exchanges.reduce(0) { $0 + $1.count } }
        }
        var lineCount: Int { state.withLock { $0.bytes.count { $0 == UInt8(ascii: "\n") } } }
        var spanCount: Int { state.withLock { $0.spans } }
        var packedCount: Int { state.withLock { $0.packed } }
    }

    @Test func `Every outcome becomes a line, those of sampled traces become spans`() async {
        let telemetry = Fixture.telemetry(workers: 2)
        let sink = Sink()
        let renderer = OutcomeRenderer(telemetry: telemetry, lines: sink, exporter: sink)
        for position in 0..<300 {
            telemetry.shards[position % 2].settled(Fixture().outcome(sampled: position % 3 == 0))
        }
        await renderer.drain()
        #expect(sink.lineCount == 300)
        #expect(sink.spanCount == 100 * 6)
        await renderer.drain()
        #expect(sink.lineCount == 300)
    }

    @Test func `Spans that no destination wants are not made`() async {
        let telemetry = Fixture.telemetry()
        let sink = Sink(wantsSpans: false)
        let renderer = OutcomeRenderer(telemetry: telemetry, lines: sink, exporter: sink)
        for _ in 0..<3 { telemetry.shards[0].settled(Fixture().outcome()) }
        await renderer.drain()
        #expect(sink.lineCount == 3 && sink.packedCount == 0 && sink.spanCount == 0)
    }

    @Test func `A full queue drops and counts`() async {
        var settings = TelemetrySettings()
        settings.queuedOutcomesMax = 5
        let telemetry = Fixture.telemetry(settings)
        let sink = Sink()
        let renderer = OutcomeRenderer(telemetry: telemetry, lines: sink, exporter: sink)
        for _ in 0..<8 { telemetry.shards[0].settled(Fixture().outcome()) }
        await renderer.drain()
        #expect(sink.lineCount == 5)
        #expect(telemetry.lines("weir_access_lines_dropped_total").contains { $0.hasSuffix(#""queue_full"} 3"#) })
        #expect(telemetry.lines("weir_spans_dropped_total").contains { $0.hasSuffix(#""queue_full"} 3"#) })
    }

    @Test func `Lines that could not be written are counted`() async {
        let telemetry = Fixture.telemetry()
        let renderer = OutcomeRenderer(telemetry: telemetry, lines: Sink(works: false), exporter: nil)
        for _ in 0..<3 { telemetry.shards[0].settled(Fixture().outcome()) }
        await renderer.drain()
        #expect(telemetry.lines("weir_access_lines_dropped_total").contains { $0.hasSuffix(#""write_failed"} 3"#) })
    }

    @Test func `What waits when the renderer is cancelled is still rendered`() async {
        let telemetry = Fixture.telemetry()
        let sink = Sink()
        let renderer = OutcomeRenderer(telemetry: telemetry, lines: sink, exporter: nil)
        telemetry.shards[0].settled(Fixture().outcome())
        let task = Task { await renderer.run() }
        task.cancel()
        await task.value
        #expect(sink.lineCount == 1)
    }

    @Test func `A descriptor gets all bytes, and a closed one says that it could not`() throws {
        let pipe = Pipe()
        let writer = DescriptorLineWriter(descriptor: pipe.fileHandleForWriting.fileDescriptor)
        #expect(writer.write(Array("line\n".utf8)))
        #expect(try pipe.fileHandleForReading.read(upToCount: 5) == Data("line\n".utf8))
        #expect(!DescriptorLineWriter(descriptor: -1).write([1]))
    }
}
