import GatewayTypes

/// How much was counted in the last stretch of time, in fixed memory: what came close together is one bucket.
///
/// A bucket knows when its first and its last came, and takes those between them as evenly spread: even traffic is counted
/// exactly, other traffic to within what came in one thirty-second of the stretch.
struct SlidingWindow: Sendable {
    private struct Bucket: Sendable {
        /// Nanoseconds.
        var first: Int64 = 0
        var last: Int64 = 0
        /// How often something was counted, and how much in all.
        var events: Int64 = 0
        var amount: Int64 = 0
    }

    private static let bucketsPerWindow: Int64 = 32
    /// Those of the window, the one that is leaving, the one that is being filled, and one to spare.
    private static let ringCount = Int(bucketsPerWindow) + 3

    /// The most that may be counted in any stretch.
    let amount: Int64
    /// Nanoseconds.
    private let length: Int64
    private let bucketLength: Int64
    private var ring = [Bucket](repeating: Bucket(), count: ringCount)
    private var oldest = 0
    private var count = 0
    private var sum: Int64 = 0

    init(_ rate: LimitRate) {
        amount = rate.amount
        length = rate.period.nanoseconds
        bucketLength = length / Self.bucketsPerWindow
    }

    /// What counts at `now`.
    mutating func used(at now: Moment) -> Int64 {
        let time = time(now)
        forget(before: time - length)
        return sum - gone(at: time)
    }

    mutating func fits(_ cost: Int64, at now: Moment) -> Bool {
        used(at: now) + max(1, min(cost, amount)) <= amount
    }

    mutating func take(_ cost: Int64, at now: Moment) {
        let time = time(now)
        forget(before: time - length)
        sum += cost
        let newest = place(count - 1)
        if count > 0, time - ring[newest].first < bucketLength || count == Self.ringCount {
            ring[newest].last = time
            ring[newest].events += 1
            ring[newest].amount += cost
        } else {
            ring[place(count)] = Bucket(first: time, last: time, events: 1, amount: cost)
            count += 1
        }
    }

    /// Puts a reservation made at `reserved` right: what was too much is given back there, what was too little counts now.
    mutating func correct(by delta: Int64, reserved: Moment, at now: Moment) {
        if delta > 0 { return take(delta, at: now) }
        forget(before: time(now) - length)
        let time = Int64(bitPattern: reserved.nanoseconds)
        for position in stride(from: count - 1, through: 0, by: -1) where ring[place(position)].first <= time {
            // Where its bucket has left already, nothing of it counts any more.
            guard ring[place(position)].last >= time else { return }
            let given = min(-delta, ring[place(position)].amount)
            ring[place(position)].amount -= given
            sum -= given
            return
        }
    }

    /// Nanoseconds until `cost` fits if nothing else is counted; 0 where it fits now.
    mutating func wait(for cost: Int64, at now: Moment) -> Int64 {
        var need = used(at: now) + max(1, min(cost, amount)) - amount
        guard need > 0 else { return 0 }
        let time = time(now)
        need += gone(at: time)
        for position in 0..<count {
            let bucket = ring[place(position)]
            guard need > bucket.amount else { return leaving(need, of: bucket) + length - time }
            need -= bucket.amount
        }
        return length
    }

    /// Nanoseconds until nothing counts any more.
    mutating func reset(at now: Moment) -> Int64 {
        let time = time(now)
        forget(before: time - length)
        return count > 0 ? ring[place(count - 1)].last + length - time : 0
    }

    private func place(_ position: Int) -> Int {
        let place = oldest + position
        return place >= Self.ringCount ? place - Self.ringCount : max(0, place)
    }

    /// A clock that is behind another thread's counts as that one's.
    private func time(_ now: Moment) -> Int64 {
        let time = Int64(bitPattern: now.nanoseconds)
        return count > 0 ? max(time, ring[place(count - 1)].last) : time
    }

    /// Leaves out buckets whose last came at `time` or earlier.
    private mutating func forget(before time: Int64) {
        while count > 0, ring[oldest].last <= time {
            sum -= ring[oldest].amount
            oldest = place(1)
            count -= 1
        }
    }

    /// Of the oldest bucket, what came before the window.
    private func gone(at time: Int64) -> Int64 {
        guard count > 0 else { return 0 }
        let bucket = ring[oldest]
        let passed = time - length - bucket.first
        guard passed >= 0, bucket.events > 1 else { return 0 }
        let events = Self.scaled(passed, bucket.events - 1, over: bucket.last - bucket.first) + 1
        return Self.scaled(bucket.amount, min(events, bucket.events), over: bucket.events)
    }

    /// When so much of a bucket, at least 1, had come: from then on it leaves the window.
    private func leaving(_ part: Int64, of bucket: Bucket) -> Int64 {
        guard bucket.events > 1 else { return bucket.last }
        let events = Self.scaled(part, bucket.events, over: bucket.amount, roundedUp: true)
        return bucket.first
            + Self.scaled(bucket.last - bucket.first, events - 1, over: bucket.events - 1, roundedUp: true)
    }

    /// value × part ÷ whole; all at least 0, `whole` at least 1, the result below 2⁶³.
    private static func scaled(_ value: Int64, _ part: Int64, over whole: Int64, roundedUp: Bool = false) -> Int64 {
        var product = UInt64(value).multipliedFullWidth(by: UInt64(part))
        if roundedUp {
            let (low, isOver) = product.low.addingReportingOverflow(UInt64(whole) - 1)
            product = (high: product.high + (isOver ? 1 : 0), low: low)
        }
        return Int64(UInt64(whole).dividingFullWidth(product).quotient)
    }
}
