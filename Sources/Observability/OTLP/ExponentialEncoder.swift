import COTLP
import GatewayTypes
import Telemetry

extension MetricBatch {
    /// A family of histograms with exponential buckets. OTLP's bucket `i` holds what is above 2^(i/8) and not above
    /// 2^((i+1)/8): one less than the number that Prometheus gives the same bucket.
    func exponential(_ family: MetricFamily) -> UnsafeMutablePointer<WeirOtlp__ExponentialHistogram> {
        let histogram = build.arena.make(WeirOtlp__ExponentialHistogram.self)
        weir_otlp__exponential_histogram__init(histogram)
        histogram.pointee.aggregation_temporality = temporality.number
        let buckets = ExponentialBuckets(covering: family.spec.buckets)
        let points = family.points.compactMap { point($0, family.spec, buckets) }
        (histogram.pointee.data_points, histogram.pointee.n_data_points) = build.list(points)
        return histogram
    }

    private func point(
        _ data: MetricPoint, _ spec: InstrumentSpec, _ buckets: ExponentialBuckets
    ) -> UnsafeMutablePointer<WeirOtlp__ExponentialPoint>? {
        guard case .histogram(_, let sum, let slots) = data.value, let zero = slots.first else { return nil }
        let point = build.arena.make(WeirOtlp__ExponentialPoint.self)
        weir_otlp__exponential_point__init(point)
        point.pointee.start_time_unix_nano = began
        point.pointee.time_unix_nano = at
        // Of the slots, not of the classic buckets: while a loop counts, those may be one ahead.
        point.pointee.count = slots.reduce(0, &+)
        point.pointee.total_case = WEIR_OTLP__EXPONENTIAL_POINT__TOTAL_SUM
        point.pointee.sum = sum
        point.pointee.scale = Int32(ExponentialBuckets.schema)
        point.pointee.zero_count = zero
        point.pointee.zero_threshold = buckets.zeroThreshold
        if let first = slots.indices.dropFirst().first(where: { slots[$0] > 0 }),
            let last = slots.indices.last(where: { slots[$0] > 0 })
        {
            let positive = build.arena.make(WeirOtlp__Buckets.self)
            weir_otlp__buckets__init(positive)
            positive.pointee.offset = Int32(buckets.index(ofSlot: first) - 1)
            let counts = build.arena.array(UInt64.self, count: last - first + 1)
            for slot in first...last { counts[slot - first] = slots[slot] }
            (positive.pointee.bucket_counts, positive.pointee.n_bucket_counts) = (counts, last - first + 1)
            point.pointee.positive = positive
        }
        (point.pointee.attributes, point.pointee.n_attributes) = attributes(data, spec)
        (point.pointee.exemplars, point.pointee.n_exemplars) = build.list(data.exemplars.map(exemplar))
        return point
    }
}
