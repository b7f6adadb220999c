import GatewayTypes
import NIOCore
import Testing

@testable import Telemetry

@Suite struct ProtobufTests {
    private func families(_ fill: (SeriesStore) -> Void) -> [Family] {
        let registry = SeriesRegistry(seriesMax: 10)
        let store = SeriesStore(registry: registry)
        fill(store)
        var gathering = Gathering(native: true)
        gathering.add(store.snapshot)
        return gathering.families(orders: registry.orders)
    }

    private func messages(_ fill: (SeriesStore) -> Void) throws -> [WireMessage] {
        try WireMessage.delimited(Array(buffer: ExpositionRenderer(format: .protobuf).render(families(fill))))
    }

    @Test func `A counter carries its whole name, its labels as they were, its value and its exemplar`() throws {
        let family = try #require(
            try messages { store in
                let cost = store.money(.cost, ["a\"b\\c\nd", "r", "p", "m", "served"])
                cost.add(Money(picodollars: 1_500_000_000_000))
                cost.exemplar?.put(trace: Fixture.trace(), value: 0.25, at: Fixture.arrivedAt)
            }.first)
        #expect(family.text(1) == "weir_cost_usd_total")
        #expect(family.text(2) == "Exact cost in US dollars")
        #expect(family.number(3) == 0)
        let metric = try #require(try family.messages(4).first)
        let labels = try metric.messages(1)
        #expect(labels.map { $0.text(1) } == ["team", "route", "provider", "served_model", "purpose"])
        #expect(labels.map { $0.text(2) } == ["a\"b\\c\nd", "r", "p", "m", "served"])
        let counter = try #require(try metric.messages(3).first)
        #expect(counter.double(1) == 1.5)
        let exemplar = try #require(try counter.messages(2).first)
        #expect(try exemplar.messages(1).map { $0.text(1) } == ["trace_id", "span_id"])
        #expect(
            try exemplar.messages(1).map { $0.text(2) } == ["0af7651916cd43dd8448eb211c80319c", "00f067aa0ba902b7"])
        #expect(exemplar.double(2) == 0.25)
        let time = try #require(try exemplar.messages(3).first)
        #expect(time.number(1) == 1_795_369_441)
        #expect(time.number(2) == 42_000_000)
    }

    @Test func `A histogram carries classic and native buckets of the same values`() throws {
        let family = try #require(
            try messages { store in
                let cell = store.histogram(.exchangeDuration, ["chat", "p", "m"])
                // Buckets 0 (up to 1), 8 twice (up to 2), 9; and the zero bucket.
                for value in [1.0, 2, 1.9, 2.1] { cell.record(value) }
                cell.record(0, trace: Fixture.trace(), at: Fixture.arrivedAt)
            }.first)
        #expect(family.number(3) == 4)
        #expect(family.text(5) == "seconds")
        let histogram = try #require(try family.messages(4).first?.messages(7).first)
        #expect(histogram.number(1) == 5)
        #expect(histogram.double(2) == 7)
        let buckets = try histogram.messages(3)
        #expect(buckets.map { $0.double(2) } == (Buckets.duration + [.infinity]))
        #expect(buckets.last?.number(1) == 5)
        #expect(buckets.first?.number(1) == 1)
        #expect(try buckets.map { try $0.messages(3).count } == [1] + Array(repeating: 0, count: buckets.count - 1))
        #expect(histogram.signed(5) == 3)
        #expect(histogram.double(6) == 0.0009765625)
        #expect(histogram.number(7) == 1)
        let spans = try histogram.messages(12)
        #expect(spans.map { $0.signed(1) } == [0, 7])
        #expect(spans.map { $0.number(2) } == [1, 2])
        // 1, then 2, then 1 again: each as its difference to the one before.
        #expect(try histogram.packedSigned(13) == [1, 1, -1])
    }

    @Test func `Shards add up in the exponential buckets too`() throws {
        let telemetry = Fixture.telemetry(workers: 2)
        for shard in telemetry.shards { shard.settled(Fixture().outcome()) }
        let page = telemetry.exposition(
            accept: "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited",
            acceptEncoding: nil)
        #expect(
            page.contentType
                == "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited")
        let families = try WireMessage.delimited(Array(buffer: page.body))
        let gaps = try #require(families.first { $0.text(1) == "weir_inter_token_seconds" })
        let histogram = try #require(try gaps.messages(4).first?.messages(7).first)
        #expect(histogram.number(1) == 4)
        #expect(try histogram.packedSigned(13) == [2, 0])
    }

    @Test func `A histogram without a value still says that it is native`() throws {
        let family = try #require(try messages { _ = $0.histogram(.hopDuration, ["receive"]) }.first)
        let histogram = try #require(try family.messages(4).first?.messages(7).first)
        let span = try #require(try histogram.messages(12).first)
        #expect(span.signed(1) == 0 && span.number(2) == 0)
        #expect(try histogram.packedSigned(13).isEmpty)
    }

    @Test(arguments: ["{}", #"{a="x"}"#, #"{a="x=\"{,}\\",b="",c="\n"}"#])
    func `Label texts are read back`(text: String) {
        var names: [String] = []
        var values: [String] = []
        LabelText.forEach(in: text) { name, value in
            names.append(String(name))
            values.append(String(value))
        }
        #expect(names.isEmpty ? text == "{}" : LabelText.render(names, values) == text)
    }
}
