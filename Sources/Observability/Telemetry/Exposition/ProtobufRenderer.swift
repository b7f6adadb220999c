import GatewayTypes
import NIOCore

/// Writes families as `io.prometheus.client.MetricFamily` messages, each after its length. Histograms carry their classic
/// buckets and a native histogram; which of them is stored is the scraper's choice.
struct ProtobufRenderer {
    private var family = ProtobufMessage()
    private var metric = ProtobufMessage()
    private var histogram = ProtobufMessage()

    static func render(_ families: [Family]) -> ByteBuffer {
        var renderer = ProtobufRenderer()
        var output = ByteBuffer()
        for family in families {
            renderer.render(family)
            var length = ProtobufMessage()
            length.varint(UInt64(renderer.family.bytes.count))
            output.writeBytes(length.bytes)
            output.writeBytes(renderer.family.bytes)
        }
        return output
    }

    private mutating func render(_ family: Family) {
        let spec = family.spec
        self.family.clear()
        self.family.text(1, spec.name)
        self.family.text(2, spec.help)
        self.family.unsigned(3, Self.type(spec.type))
        for sample in family.samples {
            metric.clear()
            write(sample.labels)
            switch spec.type {
            case .gauge, .info: metric.message(2) { $0.double(1, sample.value.approximate) }
            case .counter, .histogram:
                metric.message(3) { counter in
                    counter.double(1, sample.value.approximate)
                    if let exemplar = sample.exemplar { Self.write(exemplar, 2, into: &counter) }
                }
            }
            self.family.message(4, metric)
        }
        for series in family.histograms {
            metric.clear()
            write(series.labels)
            write(series.value, spec)
            metric.message(7, histogram)
            self.family.message(4, metric)
        }
        if !spec.unit.isEmpty { self.family.text(5, spec.unit) }
    }

    private static func type(_ type: InstrumentType) -> UInt64 {
        switch type {
        case .counter: 0
        case .gauge, .info: 1
        case .histogram: 4
        }
    }

    private mutating func write(_ text: String) {
        LabelText.forEach(in: text) { name, value in
            metric.message(1) { pair in
                pair.text(1, name)
                pair.text(2, value)
            }
        }
    }

    private mutating func write(_ value: HistogramValue, _ spec: InstrumentSpec) {
        histogram.clear()
        histogram.unsigned(1, value.counts.reduce(0, &+))
        histogram.double(2, value.sum)
        var total: UInt64 = 0
        for (bucket, count) in value.counts.enumerated() {
            total &+= count
            histogram.message(3) { message in
                message.unsigned(1, total)
                message.double(2, bucket < spec.buckets.count ? spec.buckets[bucket] : .infinity)
                if !value.exemplars.isEmpty, let exemplar = value.exemplars[bucket] {
                    Self.write(exemplar, 3, into: &message)
                }
            }
        }
        writeNative(value.exponential, ExponentialBuckets(covering: spec.buckets))
    }

    /// Runs of buckets that are not empty, and each count as its difference to the one before.
    private mutating func writeNative(_ counts: [UInt64], _ buckets: ExponentialBuckets) {
        guard let zero = counts.first else { return }
        histogram.zigzag(5, Int64(ExponentialBuckets.schema))
        histogram.double(6, buckets.zeroThreshold)
        histogram.unsigned(7, zero)
        var spans: [(offset: Int, length: Int)] = []
        var deltas = ProtobufMessage()
        var next = 0
        var before: UInt64 = 0
        for slot in counts.indices.dropFirst() where counts[slot] > 0 {
            let index = buckets.index(ofSlot: slot)
            if !spans.isEmpty && index == next {
                spans[spans.count - 1].length += 1
            } else {
                spans.append((offset: index - next, length: 1))
            }
            deltas.varint(ProtobufMessage.zigzag(Int64(bitPattern: counts[slot] &- before)))
            before = counts[slot]
            next = index + 1
        }
        // A native histogram without a bucket says that it is one by a span of nothing.
        for span in spans.isEmpty ? [(offset: 0, length: 0)] : spans {
            histogram.message(12) { message in
                message.zigzag(1, Int64(span.offset))
                message.unsigned(2, UInt64(span.length))
            }
        }
        if !deltas.bytes.isEmpty { histogram.message(13, deltas) }
    }

    private static func write(_ exemplar: Exemplar, _ field: Int, into message: inout ProtobufMessage) {
        message.message(field) { message in
            message.message(1) { pair in
                pair.text(1, "trace_id")
                pair.text(2, Hex.text(exemplar.traceHigh) + Hex.text(exemplar.traceLow))
            }
            message.message(1) { pair in
                pair.text(1, "span_id")
                pair.text(2, Hex.text(exemplar.spanID))
            }
            message.double(2, exemplar.value)
            message.message(3) { time in
                time.unsigned(1, UInt64(exemplar.at.nanoseconds / 1_000_000_000))
                time.unsigned(2, UInt64(exemplar.at.nanoseconds % 1_000_000_000))
            }
        }
    }
}

extension SampleValue {
    /// What a format can show that has floating point only.
    var approximate: Double {
        switch self {
        case .count(let count): Double(count)
        case .number(let number): number
        case .money(let money): money.approximateUSD
        case .nanoseconds(let count): Double(count) / 1e9
        }
    }
}
