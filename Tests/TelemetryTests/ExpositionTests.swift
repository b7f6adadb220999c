import GatewayTypes
import NIOCore
import Testing

@testable import Telemetry

@Suite struct ExpositionTests {
    private var families: [Family] {
        var gathering = Gathering()
        let registry = SeriesRegistry(seriesMax: 10)
        let store = SeriesStore(registry: registry)
        let cost = store.money(.cost, ["a\"b\\c\nd", "r", "p", "m", "served"])
        cost.add(Money(picodollars: 1_200_000))
        cost.exemplar?.put(trace: Fixture.trace(), value: 0.0000012, at: Fixture.arrivedAt)
        let duration = store.histogram(.exchangeDuration, ["chat", "p", "m"])
        duration.record(0.015, trace: Fixture.trace(), at: Fixture.arrivedAt)
        duration.record(1_000)
        gathering.add(store.snapshot)
        var writer = SampleWriter(gathering: gathering)
        writer.set(.priceCatalogInfo, ["2026-11", "abc"], 1)
        writer.set(.priceCatalogAge, [], 0.1)
        return writer.gathering.families(orders: registry.orders)
    }

    private static let buckets = [
        "0.01", "0.02", "0.04", "0.08", "0.16", "0.32", "0.64", "1.28", "2.56", "5.12", "10.24", "20.48", "40.96",
        "81.92", "163.84", "327.68", "655.36",
    ]

    private func bucketLines(exemplar: String) -> String {
        let name = #"weir_exchange_duration_seconds_bucket{operation="chat",provider="p",served_model="m",le="#
        return Self.buckets.map { bound in
            "\(name)\"\(bound)\"} \(bound == "0.01" ? 0 : 1)\(bound == "0.02" ? exemplar : "")\n"
        }.joined() + "\(name)\"+Inf\"} 2\n"
    }

    @Test func `Text 0 0 4 is written to the letter`() {
        let text = String(buffer: ExpositionRenderer(format: .text004).render(families))
        #expect(
            text == """
                # HELP weir_exchange_duration_seconds Time from the first byte of the request to the end of the reply
                # TYPE weir_exchange_duration_seconds histogram
                \(bucketLines(exemplar: ""))weir_exchange_duration_seconds_sum{operation="chat",provider="p",served_model="m"} 1000.015
                weir_exchange_duration_seconds_count{operation="chat",provider="p",served_model="m"} 2
                # HELP weir_cost_usd_total Exact cost in US dollars
                # TYPE weir_cost_usd_total counter
                weir_cost_usd_total{team="a\\"b\\\\c\\nd",route="r",provider="p",served_model="m",purpose="served"} 0.0000012
                # HELP weir_price_catalog_info The price catalogue in force
                # TYPE weir_price_catalog_info gauge
                weir_price_catalog_info{version="2026-11",hash="abc"} 1
                # HELP weir_price_catalog_age_seconds Time since the price catalogue's source date
                # TYPE weir_price_catalog_age_seconds gauge
                weir_price_catalog_age_seconds 0.1

                """)
    }

    @Test func `OpenMetrics 1 0 is written to the letter`() {
        let text = String(buffer: ExpositionRenderer(format: .openMetrics100).render(families))
        let ids = #"{trace_id="0af7651916cd43dd8448eb211c80319c",span_id="00f067aa0ba902b7"}"#
        #expect(
            text == """
                # TYPE weir_exchange_duration_seconds histogram
                # UNIT weir_exchange_duration_seconds seconds
                # HELP weir_exchange_duration_seconds Time from the first byte of the request to the end of the reply
                \(bucketLines(exemplar: " # \(ids) 0.015 1795369441.042"))weir_exchange_duration_seconds_sum{operation="chat",provider="p",served_model="m"} 1000.015
                weir_exchange_duration_seconds_count{operation="chat",provider="p",served_model="m"} 2
                # TYPE weir_cost_usd counter
                # UNIT weir_cost_usd usd
                # HELP weir_cost_usd Exact cost in US dollars
                weir_cost_usd_total{team="a\\"b\\\\c\\nd",route="r",provider="p",served_model="m",purpose="served"} 0.0000012 # \(ids) 1.2e-06 1795369441.042
                # TYPE weir_price_catalog info
                # HELP weir_price_catalog The price catalogue in force
                weir_price_catalog_info{version="2026-11",hash="abc"} 1
                # TYPE weir_price_catalog_age_seconds gauge
                # UNIT weir_price_catalog_age_seconds seconds
                # HELP weir_price_catalog_age_seconds Time since the price catalogue's source date
                weir_price_catalog_age_seconds 0.1
                # EOF

                """)
    }

    @Test func `Money read at a scrape is exact, and adds up under the same labels`() {
        let telemetry = Fixture.telemetry()
        let labels = ["search", "too-fast", "smart", "fast", "search", "smart"]
        telemetry.register { writer in
            writer.add(.rerouteSaved, labels, Money(picodollars: 1))
            writer.add(.rerouteSaved, labels, Money(picodollars: 9_000_000_000_000_000_001))
            writer.add(.budgetOvershoot, ["search"], .zero)
            writer.set(.budgetRemaining, ["search"], Money(picodollars: -1))
        }
        #expect(
            telemetry.lines("weir_reroute_") == [
                #"weir_reroute_saved_usd_total{budget="search",rule="too-fast",from="smart",to="fast","#
                    + #"team="search",route="smart"} 9000000.000000000002"#
            ])
        #expect(telemetry.lines("weir_budget_overshoot") == [#"weir_budget_overshoot_usd_total{budget="search"} 0"#])
        #expect(
            telemetry.lines("weir_budget_remaining") == [
                #"weir_budget_remaining_usd{budget="search"} -0.000000000001"#
            ])
    }

    @Test func `Exemplars are of sampled traces only, and in OpenMetrics only`() {
        let fixture = Fixture()
        let unsampled = Fixture.telemetry()
        unsampled.shards[0].settled(fixture.outcome(sampled: false))
        #expect(!unsampled.text(accept: Telemetry.openMetrics).contains(" # {"))
        let sampled = Fixture.telemetry()
        sampled.shards[0].settled(fixture.outcome())
        #expect(sampled.text(accept: Telemetry.openMetrics).contains(#" # {trace_id="#))
        #expect(!sampled.text().contains(" # {"))
    }

    @Test(
        arguments: [
            (nil, ExpositionFormat.text004), ("", .text004), ("*/*", .text004), ("application/json", .text004),
            ("application/openmetrics-text", .openMetrics100),
            ("application/openmetrics-text; version=1.0.0; charset=utf-8", .openMetrics100),
            ("application/openmetrics-text;version=0.0.1", .text004),
            ("application/openmetrics-text;version=2.0.0", .text004),
            ("text/plain;version=0.0.4;q=0.9, application/openmetrics-text;q=0.8", .text004),
            (
                "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited,"
                    + "application/openmetrics-text;version=1.0.0;q=0.8,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
                .protobuf
            ),
            (
                "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=text,"
                    + "text/plain;version=0.0.4;q=0.3", .text004
            ),
            ("application/vnd.google.protobuf", .text004),
            ("application/openmetrics-text;q=0", .text004), ("application/openmetrics-text;q=zero,*/*;q=0.1", .text004),
            ("text/plain;q=0.5,application/openmetrics-text;version=\"1.0.0\";q=0.6", .openMetrics100),
            (
                "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
                    + "text/plain;version=0.0.4;q=0.5,*/*;q=0.1", .openMetrics100
            ),
            (
                "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,"
                    + "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1",
                .openMetrics100
            ),
        ] as [(String?, ExpositionFormat)])
    func `The format is the best that the scraper accepts`(accept: String?, format: ExpositionFormat) {
        #expect(ExpositionFormat.negotiate(accept: accept) == format)
    }

    @Test(
        arguments: [
            (nil, false), ("gzip", true), ("gzip;q=0", false), ("identity, gzip;q=0.5", true), ("*", true),
            ("*, gzip;q=0", false), ("br", false),
        ] as [(String?, Bool)])
    func `A scrape is compressed only for who takes gzip`(encoding: String?, compressed: Bool) {
        let telemetry = Telemetry(
            settings: TelemetrySettings(), workers: 1, build: BuildInfo(version: "1", revision: "r", swift: "6"),
            compress: { _ in ByteBuffer(string: "packed") })
        let exposition = telemetry.exposition(accept: nil, acceptEncoding: encoding)
        #expect((exposition.contentEncoding == "gzip") == compressed)
        #expect((exposition.body == ByteBuffer(string: "packed")) == compressed)
        #expect(exposition.contentType == "text/plain; version=0.0.4; charset=utf-8")
    }

    @Test func `The process says what it uses`() throws {
        let telemetry = Fixture.telemetry()
        for name in [
            "process_cpu_seconds_total", "process_resident_memory_bytes", "process_open_fds", "process_max_fds",
            "process_start_time_seconds",
        ] {
            let line = try #require(telemetry.lines(name + " ").first)
            let value = try #require(Double(line.dropFirst(name.count + 1)))
            #expect(value > 0)
        }
    }
}
