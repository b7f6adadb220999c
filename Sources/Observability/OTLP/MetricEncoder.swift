import COTLP
import GatewayTypes
import NIOCore
import Telemetry

/// Encodes collections of metrics as `ExportMetricsServiceRequest`.
struct MetricEncoder {
    let envelope: BatchEnvelope
    let temporality: MetricTemporality
    var histograms = HistogramForm.explicit

    /// Counts and sums are of `began` … `at`.
    func encode(_ families: [MetricFamily], from began: WallTime, to at: WallTime) -> ByteBuffer {
        let batch = MetricBatch(temporality: temporality, histograms: histograms, began: began, at: at)
        var wire = WireBuffer()
        withExtendedLifetime(batch.build.arena) {
            for family in families {
                let metric = UnsafeRawPointer(batch.metric(family)).assumingMemoryBound(to: ProtobufCMessage.self)
                wire.message(BatchEnvelope.itemField, packing: metric)
            }
        }
        return envelope.request([wire.take()])
    }
}

/// Whether counts are since the start or since the last collection.
public enum MetricTemporality: String, CaseIterable, Sendable {
    case cumulative, delta

    /// The number is OTLP's.
    var number: Int32 {
        switch self {
        case .delta: 1
        case .cumulative: 2
        }
    }
}

/// How histograms leave, by the names of OpenTelemetry's aggregations.
public enum HistogramForm: String, CaseIterable, Sendable {
    /// With the buckets of `/metrics`.
    case explicit = "explicit_bucket_histogram"
    /// Eight buckets to each doubling: scale 3.
    case exponential = "base2_exponential_bucket_histogram"
}

/// Builds the C structs of one collection.
struct MetricBatch {
    let build = BatchBuilder()
    let temporality: MetricTemporality
    let histograms: HistogramForm
    let began: UInt64
    let at: UInt64

    init(temporality: MetricTemporality, histograms: HistogramForm, began: WallTime, at: WallTime) {
        self.temporality = temporality
        self.histograms = histograms
        self.began = UInt64(max(0, began.nanoseconds))
        self.at = UInt64(max(0, at.nanoseconds))
    }

    func metric(_ family: MetricFamily) -> UnsafeMutablePointer<WeirOtlp__Metric> {
        let spec = family.spec
        let metric = build.arena.make(WeirOtlp__Metric.self)
        weir_otlp__metric__init(metric)
        metric.pointee.name = build.arena.text(ConventionNames.name(of: spec))
        metric.pointee.description = build.arena.text(spec.help)
        metric.pointee.unit = build.arena.text(ConventionNames.unit(of: spec))
        switch spec.type {
        case .counter:
            metric.pointee.data_case = WEIR_OTLP__METRIC__DATA_SUM
            metric.pointee.sum = sum(family)
        case .gauge, .info:
            let gauge = build.arena.make(WeirOtlp__Gauge.self)
            weir_otlp__gauge__init(gauge)
            let points = family.points.map { number($0, spec, began: 0) }
            (gauge.pointee.data_points, gauge.pointee.n_data_points) = build.list(points)
            metric.pointee.data_case = WEIR_OTLP__METRIC__DATA_GAUGE
            metric.pointee.gauge = gauge
        case .histogram where histograms == .exponential:
            metric.pointee.data_case = WEIR_OTLP__METRIC__DATA_EXPONENTIAL_HISTOGRAM
            metric.pointee.exponential_histogram = exponential(family)
        case .histogram:
            let histogram = build.arena.make(WeirOtlp__Histogram.self)
            weir_otlp__histogram__init(histogram)
            histogram.pointee.aggregation_temporality = temporality.number
            let points = family.points.compactMap { self.histogram($0, spec) }
            (histogram.pointee.data_points, histogram.pointee.n_data_points) = build.list(points)
            metric.pointee.data_case = WEIR_OTLP__METRIC__DATA_HISTOGRAM
            metric.pointee.histogram = histogram
        }
        return metric
    }

    private func sum(_ family: MetricFamily) -> UnsafeMutablePointer<WeirOtlp__Sum> {
        let sum = build.arena.make(WeirOtlp__Sum.self)
        weir_otlp__sum__init(sum)
        sum.pointee.aggregation_temporality = temporality.number
        sum.pointee.is_monotonic = 1
        let points = family.points.map { number($0, family.spec, began: began) }
        (sum.pointee.data_points, sum.pointee.n_data_points) = build.list(points)
        return sum
    }

    private func number(
        _ data: MetricPoint, _ spec: InstrumentSpec, began: UInt64
    ) -> UnsafeMutablePointer<WeirOtlp__NumberPoint> {
        let point = build.arena.make(WeirOtlp__NumberPoint.self)
        weir_otlp__number_point__init(point)
        point.pointee.start_time_unix_nano = began
        point.pointee.time_unix_nano = at
        switch data.value {
        case .count(let count):
            point.pointee.value_case = WEIR_OTLP__NUMBER_POINT__VALUE_AS_INT
            point.pointee.as_int = Int64(clamping: count)
        case .number(let number):
            point.pointee.value_case = WEIR_OTLP__NUMBER_POINT__VALUE_AS_DOUBLE
            point.pointee.as_double = number
        case .money(let money):
            // The nearest number to the exact decimal: the protocol has none.
            point.pointee.value_case = WEIR_OTLP__NUMBER_POINT__VALUE_AS_DOUBLE
            point.pointee.as_double = Double(money.description) ?? 0
        case .histogram(_, let sum, _):
            point.pointee.value_case = WEIR_OTLP__NUMBER_POINT__VALUE_AS_DOUBLE
            point.pointee.as_double = sum
        }
        (point.pointee.attributes, point.pointee.n_attributes) = attributes(data, spec)
        (point.pointee.exemplars, point.pointee.n_exemplars) = build.list(data.exemplars.map(exemplar))
        return point
    }

    private func histogram(
        _ data: MetricPoint, _ spec: InstrumentSpec
    ) -> UnsafeMutablePointer<WeirOtlp__HistogramPoint>? {
        guard case .histogram(let counts, let sum, _) = data.value else { return nil }
        let point = build.arena.make(WeirOtlp__HistogramPoint.self)
        weir_otlp__histogram_point__init(point)
        point.pointee.start_time_unix_nano = began
        point.pointee.time_unix_nano = at
        point.pointee.count = counts.reduce(0, &+)
        point.pointee.total_case = WEIR_OTLP__HISTOGRAM_POINT__TOTAL_SUM
        point.pointee.sum = sum
        let buckets = build.arena.array(UInt64.self, count: counts.count)
        for (position, count) in counts.enumerated() { buckets[position] = count }
        (point.pointee.bucket_counts, point.pointee.n_bucket_counts) = (buckets, counts.count)
        let bounds = build.arena.array(Double.self, count: spec.buckets.count)
        for (position, bound) in spec.buckets.enumerated() { bounds[position] = bound }
        (point.pointee.explicit_bounds, point.pointee.n_explicit_bounds) = (bounds, spec.buckets.count)
        (point.pointee.attributes, point.pointee.n_attributes) = attributes(data, spec)
        (point.pointee.exemplars, point.pointee.n_exemplars) = build.list(data.exemplars.map(exemplar))
        return point
    }

    func exemplar(_ data: MetricExemplar) -> UnsafeMutablePointer<WeirOtlp__Exemplar> {
        let exemplar = build.arena.make(WeirOtlp__Exemplar.self)
        weir_otlp__exemplar__init(exemplar)
        exemplar.pointee.time_unix_nano = UInt64(max(0, data.at.nanoseconds))
        exemplar.pointee.value_case = WEIR_OTLP__EXEMPLAR__VALUE_AS_DOUBLE
        exemplar.pointee.as_double = data.value
        exemplar.pointee.trace_id = build.binary(data.traceHigh, data.traceLow)
        exemplar.pointee.span_id = build.binary(data.spanID)
        return exemplar
    }

    /// A label without a value is none: Prometheus sees both alike.
    func attributes(
        _ data: MetricPoint, _ spec: InstrumentSpec
    ) -> (UnsafeMutablePointer<UnsafeMutablePointer<WeirOtlp__KeyValue>?>, Int) {
        build.list(
            zip(spec.labels, data.labels).compactMap { label, value -> UnsafeMutablePointer<WeirOtlp__KeyValue>? in
                if value.isEmpty { return nil }
                let key = ConventionNames.attribute(label)
                if ConventionNames.isNumber(label), let number = Int64(value) {
                    return build.keyValue(key, .integer(number))
                }
                return build.keyValue(key, .text(value))
            })
    }
}
