import GatewayTypes

/// A mean that forgets with time and believes a worse value at once: what a latency is likely to be next.
///
/// After the peak EWMA of Twitter's Finagle (`com.twitter.finagle.loadbalancer.exp`), whose idea it is.
struct PeakEWMA: Sendable {
    /// Seconds in which an old value loses all but 1/e of its weight.
    static let memorySeconds = 10.0
    /// How much of a failure's figure is taken over at once.
    private static let failureShare = 0.3

    /// Nil until something was observed.
    private(set) var value: Double?
    private(set) var last = Moment.zero

    /// Takes a value of 0 or more.
    mutating func observe(_ sample: Double, now: Moment) {
        defer { last = max(last, now) }
        guard let value, sample <= value else {
            value = sample
            return
        }
        let kept = PlainMath.exp(-max(0, now.seconds(since: last)) / Self.memorySeconds)
        self.value = value * kept + sample * (1 - kept)
    }

    /// Makes it worse, towards `least` and three times the old value: a failure that comes fast is no good latency.
    mutating func penalise(least: Double, now: Moment) {
        let known = value ?? 0
        let worse = max(least, known * 3)
        value = known + (worse - known) * Self.failureShare
        last = max(last, now)
    }
}
