import COTLP
import GatewayTypes
import Glibc
import NIOCore
import Synchronization
import Telemetry
import Testing

@testable import OTLP

@Suite struct ExponentialTests {
    private let time = FakeTime()
    private let spec = Instrument.httpServerDuration.spec

    private struct Point {
        var count: UInt64
        var sum: Double
        var zero: UInt64
        var threshold: Double
        /// By upper bound.
        var buckets: [Double: UInt64]
        var began: UInt64
    }

    /// The one series of a family of histograms, read with the generated code.
    private func point(_ bytes: ByteBuffer) throws -> Point {
        try bytes.withUnsafeReadableBytes { raw in
            let request = try #require(
                weir_otlp__export_metrics_request__unpack(nil, raw.count, raw.bindMemory(to: UInt8.self).baseAddress))
            defer { weir_otlp__export_metrics_request__free_unpacked(request, nil) }
            let metric = try #require(
                request.pointee.resource_metrics[0]?.pointee.scope_metrics[0]?.pointee.metrics[0]
            ).pointee
            #expect(metric.data_case == WEIR_OTLP__METRIC__DATA_EXPONENTIAL_HISTOGRAM)
            let point = try #require(metric.exponential_histogram.pointee.data_points[0]).pointee
            #expect(point.scale == 3)
            var buckets: [Double: UInt64] = [:]
            if let positive = point.positive?.pointee {
                for position in 0..<positive.n_bucket_counts where positive.bucket_counts[position] > 0 {
                    let index = Int(positive.offset) + position
                    buckets[exp2(Double(index + 1) / 8)] = positive.bucket_counts[position]
                }
            }
            return Point(
                count: point.count, sum: point.sum, zero: point.zero_count, threshold: point.zero_threshold,
                buckets: buckets, began: point.start_time_unix_nano)
        }
    }

    private func family(_ values: [Double]) -> MetricFamily {
        let buckets = ExponentialBuckets(covering: spec.buckets)
        var counts = [UInt64](repeating: 0, count: spec.buckets.count + 1)
        var slots = [UInt64](repeating: 0, count: buckets.slots)
        for value in values {
            counts[spec.buckets.firstIndex { value <= $0 } ?? spec.buckets.count] += 1
            slots[buckets.slot(of: value)] += 1
        }
        let labels = spec.labels.map { _ in "x" }
        return MetricFamily(
            spec: spec,
            points: [
                MetricPoint(
                    labels: labels, value: .histogram(counts: counts, sum: values.reduce(0, +), slots: slots),
                    exemplars: [])
            ])
    }

    private func encode(_ values: [Double]) throws -> Point {
        let encoder = MetricEncoder(
            envelope: BatchEnvelope(.metrics, resource: [], version: "1"), temporality: .cumulative,
            histograms: .exponential)
        return try point(
            encoder.encode([family(values)], from: WallTime(nanoseconds: 7), to: WallTime(nanoseconds: 9)))
    }

    @Test(arguments: [0.011, 0.25, 0.5, 1, 1.7, 2, 60, 599])
    func `A value is in the one bucket that it belongs to`(value: Double) throws {
        let point = try encode([value])
        let (bound, count) = try #require(point.buckets.first)
        #expect(count == 1 && point.count == 1 && point.sum == value && point.zero == 0 && point.began == 7)
        #expect(value <= bound * (1 + 1e-12) && value > bound * exp2(-1.0 / 8) * (1 - 1e-12))
    }

    @Test func `What is almost nothing is in the zero bucket`() throws {
        let point = try encode([0, 1e-9, 1])
        #expect(point.zero == 2 && point.count == 3 && point.buckets.count == 1 && point.threshold > 1e-9)
        let none = try encode([0])
        #expect(none.zero == 1 && none.buckets.isEmpty)
    }

    @Test func `The exponential counts are the classic ones, seen finer`() throws {
        let values = (1...500).map { Double($0 * $0) / 1_000 }
        let point = try encode(values)
        #expect(point.count == 500 && point.buckets.values.reduce(0, +) + point.zero == 500)
        // A power of two is a bound of both.
        for bound in [1.0, 0.25, 0.5] {
            let below = point.buckets.filter { $0.key <= bound * (1 + 1e-12) }.values.reduce(0, +)
            #expect(below + point.zero == UInt64(values.filter { $0 <= bound }.count))
        }
    }

    @Test func `Deltas of exponential buckets add up`() throws {
        var deltas = MetricDeltas()
        let (first, second) = (family([0.3, 0.3]), family([0.3, 0.3, 0.3, 7]))
        deltas.deliver([first])
        let difference = deltas.since([second], from: WallTime(nanoseconds: 0))
        guard case .histogram(let counts, let sum, let slots)? = difference.first?.points.first?.value else {
            Issue.record("not a histogram")
            return
        }
        #expect(counts.reduce(0, +) == 2 && slots.reduce(0, +) == 2 && abs(sum - 7.3) < 1e-9)
    }
}
