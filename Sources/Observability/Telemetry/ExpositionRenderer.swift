import GatewayTypes
import NIOCore

/// Writes families in one of the formats.
struct ExpositionRenderer {
    let format: ExpositionFormat

    func render(_ families: [Family]) -> ByteBuffer {
        if format == .protobuf { return ProtobufRenderer.render(families) }
        var output = ByteBuffer()
        for family in families { render(family, into: &output) }
        if format == .openMetrics100 { output.writeString("# EOF\n") }
        return output
    }

    private func render(_ family: Family, into output: inout ByteBuffer) {
        let spec = family.spec
        switch format {
        case .text004:
            let type = spec.type == .info ? InstrumentType.gauge : spec.type
            output.writeString("# HELP \(spec.name) \(escape(spec.help))\n# TYPE \(spec.name) \(type.rawValue)\n")
        case .openMetrics100, .protobuf:
            output.writeString("# TYPE \(spec.family) \(spec.type.rawValue)\n")
            if !spec.unit.isEmpty && spec.family.hasSuffix("_" + spec.unit) {
                output.writeString("# UNIT \(spec.family) \(spec.unit)\n")
            }
            output.writeString("# HELP \(spec.family) \(escape(spec.help))\n")
        }
        for sample in family.samples {
            output.writeString("\(spec.name)\(sample.labels) \(Self.text(sample.value))")
            end(sample.exemplar, into: &output)
        }
        for histogram in family.histograms { render(histogram.value, spec, histogram.labels, into: &output) }
    }

    private func render(
        _ value: HistogramValue, _ spec: InstrumentSpec, _ labels: String, into output: inout ByteBuffer
    ) {
        let open = labels.isEmpty ? "{" : labels.dropLast() + ","
        var total: UInt64 = 0
        for (bucket, count) in value.counts.enumerated() {
            total &+= count
            let bound = bucket < spec.buckets.count ? spec.buckets[bucket].description : "+Inf"
            output.writeString("\(spec.name)_bucket\(open)le=\"\(bound)\"} \(total)")
            end(value.exemplars.isEmpty ? nil : value.exemplars[bucket], into: &output)
        }
        output.writeString("\(spec.name)_sum\(labels) \(Self.text(value.sum))\n")
        output.writeString("\(spec.name)_count\(labels) \(total)\n")
    }

    private func end(_ exemplar: Exemplar?, into output: inout ByteBuffer) {
        if let exemplar, format == .openMetrics100 {
            let trace = Hex.text(exemplar.traceHigh) + Hex.text(exemplar.traceLow)
            output.writeString(" # {trace_id=\"\(trace)\",span_id=\"\(Hex.text(exemplar.spanID))\"} ")
            output.writeString("\(Self.text(exemplar.value)) \(Self.seconds(exemplar.at))")
        }
        output.writeString("\n")
    }

    static func text(_ value: SampleValue) -> String {
        switch value {
        case .count(let count): String(count)
        case .number(let number): text(number)
        case .money(let money): money.description
        case .nanoseconds(let count): text(Double(count) / 1e9)
        }
    }

    /// The shortest decimal that reads back as the same number.
    static func text(_ number: Double) -> String {
        if number.isNaN { return "NaN" }
        if number.isInfinite { return number > 0 ? "+Inf" : "-Inf" }
        if number == number.rounded() && abs(number) < 1e15 { return String(Int64(number)) }
        return number.description
    }

    /// Unix seconds with milliseconds.
    private static func seconds(_ time: WallTime) -> String {
        let fraction = String(time.nanoseconds / 1_000_000 % 1_000)
        return "\(time.nanoseconds / 1_000_000_000)." + String(repeating: "0", count: 3 - fraction.count) + fraction
    }

    private func escape(_ help: String) -> String {
        var text = ""
        for scalar in help.unicodeScalars {
            switch scalar {
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\"" where format == .openMetrics100: text += "\\\""
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text
    }
}
