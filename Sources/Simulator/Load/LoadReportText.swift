import JSON
import NIOCore

extension LoadReport {
    /// For people.
    public var table: String {
        let sort =
            switch mode {
            case .open(let rate):
                "open loop, \(Decimals.text(rate, digits: 1))/s, at most \(concurrency) under way"
            case .closed: "closed loop, \(concurrency) lanes"
            }
        var lines = [
            "\(target)  \(model)  \(sort)",
            "\(sent) sent, \(completed) completed, \(failed) failed in \(Decimals.text(elapsedSeconds, digits: 2)) s: "
                + "\(Decimals.text(sentRate, digits: 1))/s sent, \(Decimals.text(achievedRate, digits: 1))/s ended, \(outputTokens) output tokens, \(bytes) bytes",
            "",
            pad("milliseconds", 24)
                + ["count", "mean", "p50", "p90", "p99", "p99.9", "max"].map { Self.right($0, 10) }.joined(),
        ]
        for row in summaries where row.summary.count > 0 {
            let summary = row.summary
            let values = [summary.p50, summary.p90, summary.p99, summary.p999, summary.maximum].map { Double($0) }
            lines.append(
                pad(row.title, 24) + Self.right(String(summary.count), 10)
                    + ([summary.mean] + values).map { Self.right(Decimals.text($0 / 1e6, digits: 3), 10) }.joined())
        }
        for (kind, count) in errors.sorted(by: { $0.key < $1.key }) { lines.append("error \(kind): \(count)") }
        return lines.joined(separator: "\n") + "\n"
    }

    /// For programs; durations in seconds.
    public var json: String {
        var buffer = ByteBuffer()
        buffer.append("{\"target\":")
        buffer.writeJSONString(target)
        buffer.append(",\"model\":")
        buffer.writeJSONString(model)
        switch mode {
        case .open(let rate): buffer.writeString(",\"mode\":\"open\",\"rate\":\(rate)")
        case .closed: buffer.append(",\"mode\":\"closed\",\"rate\":null")
        }
        buffer.writeString(
            ",\"concurrency\":\(concurrency),\"elapsed_seconds\":\(Decimals.text(elapsedSeconds, digits: 6))"
                + ",\"sent\":\(sent),\"completed\":\(completed),\"failed\":\(failed)"
                + ",\"sent_rate\":\(Decimals.text(sentRate, digits: 3))"
                + ",\"achieved_rate\":\(Decimals.text(achievedRate, digits: 3))"
                + ",\"bytes\":\(bytes),\"output_tokens\":\(outputTokens),\"errors\":{")
        for (index, error) in errors.sorted(by: { $0.key < $1.key }).enumerated() {
            if index > 0 { buffer.append(",") }
            buffer.writeJSONString(error.key)
            buffer.writeString(":\(error.value)")
        }
        buffer.append("}")
        for row in summaries {
            let summary = row.summary
            buffer.writeString(",\"\(row.key)_seconds\":{\"count\":\(summary.count)")
            let values = [
                ("mean", summary.mean), ("p50", Double(summary.p50)), ("p90", Double(summary.p90)),
                ("p99", Double(summary.p99)), ("p99.9", Double(summary.p999)), ("max", Double(summary.maximum)),
            ]
            for (key, value) in values { buffer.writeString(",\"\(key)\":\(Decimals.text(value / 1e9, digits: 9))") }
            buffer.append("}")
        }
        buffer.append("}")
        return String(buffer: buffer)
    }

    private static func right(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(0, width - text.count)) + text
    }
}

/// Decimal text of a fixed number of digits.
enum Decimals {
    /// Negative values count as 0, and values that an integer cannot hold as the largest it can.
    static func text(_ value: Double, digits: Int) -> String {
        let scale = (0..<digits).reduce(1) { result, _ in result * 10 }
        let scaled = Int((min(max(value, 0), 9e18 / Double(scale)) * Double(scale)).rounded())
        guard digits > 0 else { return String(scaled) }
        let fraction = String(scaled % scale)
        return "\(scaled / scale)." + String(repeating: "0", count: digits - fraction.count) + fraction
    }
}
