import COTLP
import GatewayTypes
import NIOCore
import Synchronization
import Telemetry
import Testing

@testable import OTLP

/// A metric as the generated code reads it.
private struct Read {
    var temporality: Int32 = 0
    var unit = ""
    var monotonic = false
    /// By the values of the attributes, sorted by key.
    var integers: [[String]: Int64] = [:]
    var numbers: [[String]: Double] = [:]
    var histograms: [[String]: (counts: [UInt64], bounds: [Double], sum: Double, traces: Int)] = [:]
    var keys: [String] = []
    var began: UInt64 = 0
    var at: UInt64 = 0
}

@Suite struct MetricTests {
    private let time = FakeTime()

    private func telemetry() -> Telemetry {
        Telemetry(
            settings: TelemetrySettings(spans: false, accessLog: false), workers: 1,
            build: BuildInfo(version: "1", revision: "r", swift: "6"))
    }

    /// A client that was answered 404 after half a second.
    private func settle(_ telemetry: Telemetry, sampled: Bool = true) {
        var outcome = Outcome(
            id: ExchangeID(high: 1, low: 2),
            trace: TraceContext(
                traceHigh: 1, traceLow: 2, spanID: 3, parentSpanID: nil, flags: sampled ? 1 : 0, state: nil),
            arrived: Moment(nanoseconds: 1_000), arrivedAt: WallTime(nanoseconds: 1_700_000_000_000_000_000),
            method: .post, httpRoute: "/v1/chat/completions", clientAddress: "127.0.0.1", userAgent: nil,
            surface: .openAIChat)
        outcome.ended = Moment(nanoseconds: 500_001_000)
        outcome.kept = sampled ? .base : nil
        outcome.status = 404
        outcome.failure = Failure(.modelNotFound, "")
        telemetry.shards[0].exchangeBegan()
        telemetry.shards[0].settled(outcome)
    }

    private func text(_ pointer: UnsafeMutablePointer<CChar>?) -> String { pointer.map { String(cString: $0) } ?? "" }

    private func pairs(
        _ list: UnsafeMutablePointer<UnsafeMutablePointer<WeirOtlp__KeyValue>?>?, _ count: Int
    ) -> [(key: String, value: String)] {
        (0..<count).compactMap { list?[$0]?.pointee }.map { pair -> (key: String, value: String) in
            let value = pair.value.pointee
            let isText = value.value_case == WEIR_OTLP__ANY_VALUE__VALUE_STRING_VALUE
            return (text(pair.key), isText ? text(value.string_value) : "int \(value.int_value)")
        }.sorted { $0.key < $1.key }
    }

    private func decode(_ bytes: ByteBuffer) throws -> [String: Read] {
        try bytes.withUnsafeReadableBytes { raw in
            let request = try #require(
                weir_otlp__export_metrics_request__unpack(nil, raw.count, raw.bindMemory(to: UInt8.self).baseAddress))
            defer { weir_otlp__export_metrics_request__free_unpacked(request, nil) }
            let scope = try #require(request.pointee.resource_metrics[0]?.pointee.scope_metrics[0]).pointee
            var all: [String: Read] = [:]
            for position in 0..<scope.n_metrics {
                let metric = try #require(scope.metrics[position]).pointee
                all[text(metric.name)] = read(metric)
            }
            return all
        }
    }

    private func read(_ metric: WeirOtlp__Metric) -> Read {
        var read = Read()
        read.unit = text(metric.unit)
        switch metric.data_case {
        case WEIR_OTLP__METRIC__DATA_SUM:
            read.temporality = metric.sum.pointee.aggregation_temporality
            read.monotonic = metric.sum.pointee.is_monotonic == 1
            for position in 0..<metric.sum.pointee.n_data_points {
                add(metric.sum.pointee.data_points[position]?.pointee, &read)
            }
        case WEIR_OTLP__METRIC__DATA_GAUGE:
            for position in 0..<metric.gauge.pointee.n_data_points {
                add(metric.gauge.pointee.data_points[position]?.pointee, &read)
            }
        default:
            read.temporality = metric.histogram.pointee.aggregation_temporality
            for position in 0..<metric.histogram.pointee.n_data_points {
                guard let point = metric.histogram.pointee.data_points[position]?.pointee else { continue }
                let labels = pairs(point.attributes, point.n_attributes)
                read.keys = labels.map(\.key)
                (read.began, read.at) = (point.start_time_unix_nano, point.time_unix_nano)
                read.histograms[labels.map(\.value)] = (
                    Array(UnsafeBufferPointer(start: point.bucket_counts, count: point.n_bucket_counts)),
                    Array(UnsafeBufferPointer(start: point.explicit_bounds, count: point.n_explicit_bounds)),
                    point.sum, point.n_exemplars
                )
            }
        }
        return read
    }

    private func add(_ point: WeirOtlp__NumberPoint?, _ read: inout Read) {
        guard let point else { return }
        let labels = pairs(point.attributes, point.n_attributes)
        read.keys = labels.map(\.key)
        (read.began, read.at) = (point.start_time_unix_nano, point.time_unix_nano)
        if point.value_case == WEIR_OTLP__NUMBER_POINT__VALUE_AS_INT {
            read.integers[labels.map(\.value)] = point.as_int
        } else {
            read.numbers[labels.map(\.value)] = point.as_double
        }
    }

    private func encoder(_ temporality: MetricTemporality = .cumulative) -> MetricEncoder {
        MetricEncoder(envelope: BatchEnvelope(.metrics, resource: [], version: "1"), temporality: temporality)
    }

    @Test func `What a scrape shows is what is pushed`() throws {
        let telemetry = telemetry()
        settle(telemetry)
        settle(telemetry)
        telemetry.register { writer in
            writer.set(.budgetLimit, ["month \"A\"\\\n"], Money(picodollars: 412_500_000_000_000))
            writer.add(.rerouteSaved, ["b", "r", "f", "t", "x", "y"], Money(picodollars: 1_500_000_000_000))
        }
        let read = try decode(
            encoder().encode(
                telemetry.metricFamilies(), from: WallTime(nanoseconds: 7), to: WallTime(nanoseconds: 9)))
        let exchanges = try #require(read["weir_exchanges"])
        #expect(exchanges.temporality == 2 && exchanges.monotonic && exchanges.began == 7 && exchanges.at == 9)
        #expect(Array(exchanges.integers.values) == [2])
        let budget = try #require(read["weir_budget_limit_usd"])
        #expect(budget.numbers == [["month \"A\"\\\n"]: 412.5] && budget.unit == "{USD}" && budget.began == 0)
        #expect(read["weir_reroute_saved_usd"]?.numbers.values.first == 1.5)
        #expect(read["weir_build_info"]?.numbers.values.first == 1)
        let server = try #require(read["http.server.request.duration"])
        #expect(server.unit == "s" && server.temporality == 2)
        #expect(server.keys == ["http.request.method", "http.response.status_code", "http.route", "url.scheme"])
        let point = try #require(server.histograms[["POST", "int 404", "/v1/chat/completions", "http"]])
        #expect(point.counts.count == point.bounds.count + 1 && point.counts.reduce(0, +) == 2)
        #expect(abs(point.sum - 1) < 1e-9)
        let half = try #require(point.bounds.firstIndex(of: 0.5))
        #expect(point.counts[half] == 2)
        // Both in the same bucket, which keeps the last.
        let duration = try #require(read["weir_exchange_duration_seconds"]?.histograms.values.first)
        #expect(duration.traces == 1 && duration.counts.reduce(0, +) == 2)
    }

    @Test func `Every instrument of the conventions has its dotted name, every other its own`() {
        for spec in InstrumentCatalog.all {
            let name = ConventionNames.name(of: spec)
            if spec.name.hasPrefix("weir_") || spec.name.hasPrefix("process_") {
                #expect(!name.contains(".") && !name.hasSuffix("_total"))
            } else {
                #expect(name.contains(".") && name.filter { $0 != "." } != spec.name, "\(spec.name)")
                #expect(name.split(separator: ".").joined(separator: "_").count <= spec.name.count)
                for label in spec.labels { #expect(ConventionNames.attribute(label).contains("."), "\(label)") }
            }
        }
    }

    private func pusher(_ collector: ScriptedCollector, _ telemetry: Telemetry, delta: Bool) throws -> OTLPService {
        let settings = try OTLPSettings.fromEnvironment(
            [
                "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT": "http://127.0.0.1:4318/m",
                "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE": delta ? "delta" : "cumulative",
                "OTEL_METRIC_EXPORT_INTERVAL": "1000",
            ], version: "1")
        return OTLPService(
            settings, fetcher: collector, endpointID: { 0 }, clock: time.clock,
            collect: { telemetry.metricFamilies(exponential: $0) })
    }

    private func counts(_ collector: ScriptedCollector) throws -> [Int64] {
        try collector.requests.map { try decode($0.body)["weir_exchanges"]?.integers.values.first ?? -1 }
    }

    @Test func `A cumulative push counts from the start, a delta from the last delivery`() async throws {
        for delta in [false, true] {
            let telemetry = telemetry()
            let collector = ScriptedCollector([.status(200)])
            let service = try pusher(collector, telemetry, delta: delta)
            for _ in 0..<3 {
                settle(telemetry)
                await service.shutdown(withinSeconds: 1)
            }
            #expect(try counts(collector) == (delta ? [1, 1, 1] : [1, 2, 3]))
            let server = try collector.requests.map { try decode($0.body)["http.server.request.duration"] }
            #expect(server.allSatisfy { $0?.temporality == (delta ? 1 : 2) })
            let totals = server.map { $0?.histograms.values.first?.counts.reduce(0, +) }
            #expect(totals == (delta ? [1, 1, 1] : [1, 2, 3]))
        }
    }

    @Test func `What a refused delta held is part of the next`() async throws {
        let telemetry = telemetry()
        let collector = ScriptedCollector([.status(400), .status(400), .status(200), .status(200)])
        let service = try pusher(collector, telemetry, delta: true)
        for _ in 0..<4 {
            settle(telemetry)
            await service.shutdown(withinSeconds: 1)
        }
        #expect(try counts(collector) == [1, 2, 3, 1])
    }

    @Test func `Metrics leave every interval`() async throws {
        let telemetry = telemetry()
        settle(telemetry)
        let collector = ScriptedCollector([.status(200)])
        let service = try pusher(collector, telemetry, delta: false)
        let running = Task { await service.run() }
        while collector.requests.count < 3 { await Task.yield() }
        running.cancel()
        await running.value
        #expect(time.slept.prefix(3) == [1, 1, 1])
        #expect(try counts(collector).prefix(3) == [1, 1, 1])
    }

    @Test(arguments: [
        ("OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE", "lowmemory", "cumulative or delta"),
        ("OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION", "summary", "explicit_bucket_histogram"),
    ])
    func `A preference that cannot be followed is refused with the fix`(variable: String, value: String, fix: String) {
        let error = #expect(throws: OTLPSettingsError.self) {
            try OTLPSettings.fromEnvironment([variable: value], version: "1")
        }
        #expect(error?.variable == variable && error?.problem.contains(fix) == true)
    }

    @Test func `The interval bounds what one push may take`() throws {
        let settings = try OTLPSettings.fromEnvironment(
            ["OTEL_METRIC_EXPORT_INTERVAL": "5000", "OTEL_METRICS_EXPORTER": "prometheus"], version: "1",
            standard: OTLPCollector(endpoint: "http://c:1", signals: [.metrics]))
        #expect(settings.metrics.intervalSeconds == 5 && settings.metrics.timeoutSeconds == 5)
        #expect(settings.targets.isEmpty)
    }
}
