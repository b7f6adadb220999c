/// Durations in buckets that are linear within each power of two: 128 to the octave, so that a quantile is at most 1/128
/// too high, whatever its size.
public struct LatencyHistogram: Sendable {
    private static let bits = 7
    private static let perOctave = 1 << bits
    /// About 2.4 hours; longer ones are counted as that.
    public static let nanosecondsMax: UInt64 = 1 << 43

    private var counts: [UInt64] = []
    public private(set) var count: UInt64 = 0
    public private(set) var maximum: UInt64 = 0
    public private(set) var minimum: UInt64 = .max
    private var sum: Double = 0

    public init() {}

    /// Negative durations count as 0.
    public mutating func record(nanoseconds: Int64) {
        let value = min(UInt64(max(0, nanoseconds)), Self.nanosecondsMax)
        let index = Self.index(of: value)
        if index >= counts.count { counts.append(contentsOf: repeatElement(0, count: index + 1 - counts.count)) }
        counts[index] += 1
        count += 1
        sum += Double(value)
        maximum = max(maximum, value)
        minimum = min(minimum, value)
    }

    public mutating func merge(_ other: LatencyHistogram) {
        if other.counts.count > counts.count {
            counts.append(contentsOf: repeatElement(0, count: other.counts.count - counts.count))
        }
        for (index, added) in other.counts.enumerated() { counts[index] += added }
        count += other.count
        sum += other.sum
        maximum = max(maximum, other.maximum)
        minimum = min(minimum, other.minimum)
    }

    /// Nanoseconds that `quantile` (0 … 1) of the durations do not exceed; 0 where nothing was recorded.
    public func value(at quantile: Double) -> UInt64 {
        guard count > 0 else { return 0 }
        let rank = max(1, UInt64((quantile * Double(count)).rounded(.up)))
        var seen: UInt64 = 0
        for (index, entries) in counts.enumerated() where entries > 0 {
            seen += entries
            if seen >= rank { return min(Self.upperEdge(of: index), maximum) }
        }
        return maximum
    }

    /// Nanoseconds; 0 where nothing was recorded.
    public var mean: Double { count > 0 ? sum / Double(count) : 0 }

    static func index(of value: UInt64) -> Int {
        guard value >= UInt64(perOctave) else { return Int(value) }
        let shift = 63 - value.leadingZeroBitCount - bits
        return (shift + 1) * perOctave + Int(value >> UInt64(shift)) - perOctave
    }

    /// The largest value that falls into a bucket.
    static func upperEdge(of index: Int) -> UInt64 {
        guard index >= perOctave else { return UInt64(index) }
        let (octave, position) = index.quotientAndRemainder(dividingBy: perOctave)
        return (UInt64(perOctave + position + 1) << UInt64(octave - 1)) - 1
    }
}
