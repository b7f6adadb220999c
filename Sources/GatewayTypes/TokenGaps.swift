/// How long the pieces of generated text of one streamed reply were apart, as counts in fixed buckets.
///
/// Memory is taken once, at the second piece; a further piece costs two look-ups and no memory.
public struct TokenGaps: Sendable {
    /// Upper bounds of the buckets in seconds: `gen_ai.server.time_per_output_token`'s and finer ones below and between.
    public static let bounds: [Double] = [
        0.001, 0.0025, 0.005, 0.01, 0.015, 0.02, 0.025, 0.035, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5,
        5,
        10, 30,
    ]
    public static let exponential = ExponentialBuckets(covering: bounds)

    public private(set) var count = 0
    public private(set) var nanoseconds: Int64 = 0
    private var last: Moment?
    /// First the buckets of `bounds` and the one above them, then the slots of `exponential`.
    private var counts: [UInt32] = []

    public init() {}

    /// A piece of generated text arrived.
    public mutating func piece(at moment: Moment) {
        defer { last = moment }
        guard let last else { return }
        if counts.isEmpty { counts = Array(repeating: 0, count: Self.bounds.count + 1 + Self.exponential.slots) }
        let gap = max(0, moment.nanoseconds(since: last))
        let seconds = Double(gap) / 1e9
        count += 1
        nanoseconds += gap
        counts[Self.bounds.firstIndex { $0 >= seconds } ?? Self.bounds.count] += 1
        counts[Self.bounds.count + 1 + Self.exponential.slot(of: seconds)] += 1
    }

    /// By bucket, the last being that above all bounds; empty when there was no gap.
    public var bucketCounts: ArraySlice<UInt32> { counts.prefix(Self.bounds.count + 1) }
    /// By slot; empty when there was no gap.
    public var slotCounts: ArraySlice<UInt32> { counts.dropFirst(Self.bounds.count + 1) }
}
