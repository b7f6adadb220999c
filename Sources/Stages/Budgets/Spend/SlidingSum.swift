import GatewayTypes

/// The exact sum of what was booked in the last stretch of time, in a ring of buckets.
///
/// It covers the whole stretch and up to one bucket more, never less: what is limited by it stays limited.
struct SlidingSum: Sendable {
    let span: TimeSpan
    private let bucketNanoseconds: Int64
    private var buckets: [Spend]
    /// Number of the newest bucket, counted from the clock's zero.
    private var newest: Int64
    private(set) var sum = Spend.zero

    init(span: TimeSpan, resolution: Int, at now: Moment) {
        self.span = span
        bucketNanoseconds = max(1, (span.nanoseconds + Int64(resolution) - 1) / Int64(resolution))
        buckets = [Spend](repeating: .zero, count: resolution + 1)
        newest = 0
        newest = number(now)
    }

    /// Lets go of what has left the stretch.
    mutating func advance(to now: Moment) {
        let current = number(now)
        guard current > newest else { return }
        let steps = min(current - newest, Int64(buckets.count))
        for step in 0..<steps {
            let position = slot(current - step)
            sum -= buckets[position]
            buckets[position] = .zero
        }
        newest = current
    }

    /// Adds to the bucket of `moment`; what is older than the stretch has left it already.
    mutating func book(_ spend: Spend, at moment: Moment) {
        let bucket = min(number(moment), newest)
        guard newest - bucket < Int64(buckets.count) else { return }
        buckets[slot(bucket)] += spend
        sum += spend
    }

    private func number(_ moment: Moment) -> Int64 {
        let time = Int64(bitPattern: moment.nanoseconds)
        let quotient = time / bucketNanoseconds
        return time % bucketNanoseconds < 0 ? quotient - 1 : quotient
    }

    private func slot(_ number: Int64) -> Int {
        let rest = Int(number % Int64(buckets.count))
        return rest < 0 ? rest + buckets.count : rest
    }
}
