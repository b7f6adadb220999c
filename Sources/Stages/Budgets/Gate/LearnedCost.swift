import GatewayTypes

/// What attempts of one kind cost, as counts by size: two buckets for each doubling. The past fades.
struct LearnedCost: Sendable {
    /// Of one route, provider and served model.
    struct Key: Hashable, Sendable {
        let route: String
        let provider: String
        let model: String
    }

    static let samplesMin = 20
    private static let samplesMax: UInt32 = 2000
    private static let bucketCount = 160

    private var counts = [UInt32](repeating: 0, count: bucketCount)
    private var total: UInt32 = 0

    mutating func observe(_ cost: Money) {
        guard cost > .zero else { return }
        counts[Self.bucket(cost)] += 1
        total += 1
        guard total >= Self.samplesMax else { return }
        for index in counts.indices { counts[index] /= 2 }
        total = counts.reduce(0, +)
    }

    /// What 95 of 100 cost at most, rounded up to the bucket's edge; nil while too few are known.
    var nearlyAll: Money? {
        guard total >= Self.samplesMin else { return nil }
        var below: UInt32 = 0
        for (index, count) in counts.enumerated() {
            below += count
            if UInt64(below) * 100 >= UInt64(total) * 95 { return Self.edge(index) }
        }
        return nil
    }

    private static func bucket(_ cost: Money) -> Int {
        let octave = 127 - cost.picodollars.leadingZeroBitCount
        let half = octave == 0 ? 0 : Int(cost.picodollars >> Int128(octave - 1) & 1)
        return min(octave * 2 + half, bucketCount - 1)
    }

    /// The least amount that lies in the next bucket.
    private static func edge(_ bucket: Int) -> Money {
        let octave = Int128(1) << Int128(bucket / 2)
        return Money(picodollars: bucket % 2 == 0 ? octave + max(1, octave / 2) : octave * 2)
    }
}
