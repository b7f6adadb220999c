import GatewayTypes
import NIOCore

/// Writes families in one of the formats.
struct ExpositionRenderer {
    let format: ExpositionFormat
    /// About what a line takes: memory that is taken at once need not be moved.
    private static let lineBytes = 144

    func render(_ families: [Family]) -> ByteBuffer {
        if format == .protobuf { return ProtobufRenderer.render(families) }
        let lines = families.reduce(0) { sum, family in
            sum + family.samples.count + family.histograms.count * (family.spec.buckets.count + 3)
        }
        var output = ByteBufferAllocator().buffer(capacity: lines * Self.lineBytes)
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
        let name = Array(spec.name.utf8)
        for sample in family.samples {
            write(name, sample.labels, into: &output)
            write(sample.value, into: &output)
            end(sample.exemplar, into: &output)
        }
        let bounds = (spec.buckets.map(\.description) + ["+Inf"]).map { Array("le=\"\($0)\"} ".utf8) }
        for histogram in family.histograms {
            render(histogram.value, spec, bounds, histogram.labels, into: &output)
        }
    }

    /// `bounds`: the end of each bucket's labels, and the space before its count.
    private func render(
        _ value: HistogramValue, _ spec: InstrumentSpec, _ bounds: [[UInt8]], _ labels: String,
        into output: inout ByteBuffer
    ) {
        let open = Array("\(spec.name)_bucket\(labels.isEmpty ? "{" : labels.dropLast() + ",")".utf8)
        var total: UInt64 = 0
        for (bucket, bound) in bounds.enumerated() {
            total &+= value.counts[bucket]
            output.writeBytes(open)
            output.writeBytes(bound)
            write(total, into: &output)
            end(value.exemplars.isEmpty ? nil : value.exemplars[bucket], into: &output)
        }
        output.writeString("\(spec.name)_sum\(labels) \(Self.text(value.sum))\n")
        output.writeString("\(spec.name)_count\(labels) \(total)\n")
    }

    /// A series' name and labels, and the space before its number.
    private func write(_ name: [UInt8], _ labels: String, into output: inout ByteBuffer) {
        var labels = labels
        labels.withUTF8 { labels in
            let length = name.count + labels.count + 1
            output.writeWithUnsafeMutableBytes(minimumWritableBytes: length) { bytes in
                bytes.copyBytes(from: name)
                UnsafeMutableRawBufferPointer(rebasing: bytes[name.count...]).copyBytes(from: labels)
                bytes[length - 1] = UInt8(ascii: " ")
                return length
            }
        }
    }

    private func write(_ value: SampleValue, into output: inout ByteBuffer) {
        switch value {
        case .count(let count): write(count, into: &output)
        case .money(.zero): write(0, into: &output)
        case .number, .money, .nanoseconds: output.writeString(Self.text(value))
        }
    }

    /// In decimal digits.
    private func write(_ count: UInt64, into output: inout ByteBuffer) {
        var digits = 1
        var rest = count / 10
        while rest > 0 {
            digits += 1
            rest /= 10
        }
        output.writeWithUnsafeMutableBytes(minimumWritableBytes: digits) { bytes in
            var rest = count
            for position in (0..<digits).reversed() {
                bytes[position] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
                rest /= 10
            }
            return digits
        }
    }

    private func end(_ exemplar: Exemplar?, into output: inout ByteBuffer) {
        if let exemplar, format == .openMetrics100 {
            let trace = Hex.text(exemplar.traceHigh) + Hex.text(exemplar.traceLow)
            output.writeString(" # {trace_id=\"\(trace)\",span_id=\"\(Hex.text(exemplar.spanID))\"} ")
            output.writeString("\(Self.text(exemplar.value)) \(Self.seconds(exemplar.at))")
        }
        output.writeInteger(UInt8(ascii: "\n"))
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
