public import GatewayTypes

/// One instrument with all its series, as they are now: what a push sends. Its names are the catalogue's.
public struct MetricFamily: Sendable {
    public let spec: InstrumentSpec
    public let points: [MetricPoint]

    public init(spec: InstrumentSpec, points: [MetricPoint]) {
        self.spec = spec
        self.points = points
    }
}

/// One series.
public struct MetricPoint: Sendable {
    public enum Value: Sendable, Equatable {
        case count(UInt64)
        case number(Double)
        case money(Money)
        /// Of each bucket alone, one more than the instrument has bounds.
        /// `slots`: of the exponential buckets that cover the instrument's; empty where nobody asked for them.
        case histogram(counts: [UInt64], sum: Double, slots: [UInt64])
    }

    /// Of the instrument's labels, in their order.
    public let labels: [String]
    public let value: Value
    public let exemplars: [MetricExemplar]

    public init(labels: [String], value: Value, exemplars: [MetricExemplar]) {
        self.labels = labels
        self.value = value
        self.exemplars = exemplars
    }
}

/// A measured value and the span it belongs to.
public struct MetricExemplar: Sendable {
    public let traceHigh: UInt64
    public let traceLow: UInt64
    public let spanID: UInt64
    public let value: Double
    public let at: WallTime
}

extension Telemetry {
    /// What a scrape would show. Takes milliseconds: call it off the event loops.
    /// `exponential`: histograms come with their exponential buckets, too.
    public func metricFamilies(exponential: Bool = false) -> [MetricFamily] {
        gather(native: exponential).map { family in
            let single = family.samples.map { sample in
                MetricPoint(
                    labels: LabelText.values(in: sample.labels), value: MetricPoint.Value(sample.value),
                    exemplars: [sample.exemplar].compactMap { $0.map(MetricExemplar.init) })
            }
            let histograms = family.histograms.map { labels, value in
                MetricPoint(
                    labels: LabelText.values(in: labels),
                    value: .histogram(counts: value.counts, sum: value.sum, slots: value.exponential),
                    exemplars: value.exemplars.compactMap { $0.map(MetricExemplar.init) })
            }
            return MetricFamily(spec: family.spec, points: single + histograms)
        }
    }
}

extension MetricPoint.Value {
    init(_ value: SampleValue) {
        switch value {
        case .count(let count): self = .count(count)
        case .number(let number): self = .number(number)
        case .money(let money): self = .money(money)
        case .nanoseconds(let nanoseconds): self = .number(Double(nanoseconds) / 1e9)
        }
    }
}

extension MetricExemplar {
    init(_ exemplar: Exemplar) {
        traceHigh = exemplar.traceHigh
        traceLow = exemplar.traceLow
        spanID = exemplar.spanID
        value = exemplar.value
        at = exemplar.at
    }
}

extension LabelText {
    /// What `render` was given.
    static func values(in text: String) -> [String] {
        var values: [String] = []
        var value: [UInt8]?
        var escaped = false
        for byte in text.utf8 {
            guard var current = value else {
                if byte == UInt8(ascii: "\"") { value = [] }
                continue
            }
            switch (escaped, byte) {
            case (false, UInt8(ascii: "\"")):
                values.append(String(decoding: current, as: UTF8.self))
                value = nil
                continue
            case (false, UInt8(ascii: "\\")):
                escaped = true
                continue
            case (true, UInt8(ascii: "n")): current.append(0x0A)
            case (_, _): current.append(byte)
            }
            escaped = false
            value = current
        }
        return values
    }
}
