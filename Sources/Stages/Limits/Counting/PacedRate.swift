import GatewayTypes

/// An evenly paced rate by the generic cell rate algorithm (ITU-T I.371, annex A): one number, the time at which all that
/// was counted is paid off, kept exactly by counting it in parts of a nanosecond.
struct PacedRate: Sendable {
    let amount: Int64
    let burst: Int64
    private let period: Int128
    /// Nanoseconds × `amount`.
    private var arrival: Int128 = 0

    init(_ rate: LimitRate, burst: Int64) {
        amount = rate.amount
        self.burst = burst
        period = Int128(rate.period.nanoseconds)
    }

    /// What is not yet paid off, in nanoseconds × `amount`.
    private func debt(at now: Moment) -> Int128 { max(0, arrival - time(now)) }
    private func time(_ now: Moment) -> Int128 { Int128(now.nanoseconds) * Int128(amount) }
    private func cost(_ count: Int64) -> Int128 { Int128(max(1, min(count, burst))) * period }

    func fits(_ count: Int64, at now: Moment) -> Bool {
        debt(at: now) + cost(count) <= Int128(burst) * period
    }

    mutating func take(_ count: Int64, at now: Moment) {
        arrival = max(arrival, time(now)) + Int128(count) * period
    }

    mutating func correct(by delta: Int64, at now: Moment) {
        if delta > 0 { take(delta, at: now) } else { arrival += Int128(delta) * period }
    }

    /// What would fit now; at least 0.
    func remaining(at now: Moment) -> Int64 { max(0, burst - Int64((debt(at: now) + period - 1) / period)) }

    /// Nanoseconds until `count` fits if nothing else is counted; 0 where it fits now.
    func wait(for count: Int64, at now: Moment) -> Int64 {
        let over = debt(at: now) + cost(count) - Int128(burst) * period
        return over > 0 ? Int64((over + Int128(amount) - 1) / Int128(amount)) : 0
    }

    /// Nanoseconds until nothing counts any more.
    func reset(at now: Moment) -> Int64 { Int64((debt(at: now) + Int128(amount) - 1) / Int128(amount)) }
}
