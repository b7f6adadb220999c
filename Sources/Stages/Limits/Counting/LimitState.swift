import GatewayTypes

/// The counts of one limit for one caller, team, model …: a value of fixed size.
struct LimitState: Sendable {
    private var meters: [LimitMeter]
    private(set) var inUse = 0
    private let concurrent: Int?

    init(_ definition: LimitDefinition) {
        meters = definition.rates.map { LimitMeter($0) }
        concurrent = definition.concurrent
    }

    /// What stands in the way of an exchange.
    struct Obstacle: Sendable, Equatable {
        /// Position among the limit's rates; nil: too many are under way.
        let rate: Int?
        let waitNanoseconds: Int64
    }

    /// How its rates stand.
    mutating func read(at now: Moment, _ readings: inout LimitReadings) {
        for index in meters.indices { readings.add(meters[index].reading(at: now), of: meters[index].counted) }
    }

    /// Nil where there is room. Changes no count.
    mutating func obstacle(to cost: LimitCost, at now: Moment, _ readings: inout LimitReadings) -> Obstacle? {
        if let concurrent, inUse >= concurrent { return Obstacle(rate: nil, waitNanoseconds: 1_000_000_000) }
        for index in meters.indices where !meters[index].fits(cost, at: now) {
            readings = LimitReadings()
            readings.add(meters[index].reading(at: now), of: meters[index].counted)
            return Obstacle(rate: index, waitNanoseconds: meters[index].wait(for: cost, at: now))
        }
        return nil
    }

    mutating func take(_ cost: LimitCost, at now: Moment, _ readings: inout LimitReadings) {
        inUse += 1
        for index in meters.indices {
            meters[index].take(cost, at: now)
            readings.add(meters[index].reading(at: now), of: meters[index].counted)
        }
    }

    /// Gives the permit back, and puts the tokens right.
    mutating func settle(_ reserved: LimitCost, as used: LimitCost, reservedAt: Moment, at now: Moment) {
        inUse -= 1
        for index in meters.indices {
            meters[index].correct(reserved, to: used, reservedAt: reservedAt, at: now)
        }
    }

    /// Whether forgetting it would change nothing.
    mutating func isIdle(at now: Moment) -> Bool {
        guard inUse == 0 else { return false }
        for index in meters.indices where !meters[index].isIdle(at: now) { return false }
        return true
    }
}
