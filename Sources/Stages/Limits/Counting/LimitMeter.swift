import GatewayTypes

/// What an exchange counts for: estimated at admission, known at settle.
struct LimitCost: Sendable, Equatable {
    var inputTokens: Int64 = 0
    var outputTokens: Int64 = 0

    func amount(of counted: LimitDefinition.Counted) -> Int64 {
        switch counted {
        case .requests: 1
        case .tokens: inputTokens + outputTokens
        case .inputTokens: inputTokens
        case .outputTokens: outputTokens
        }
    }
}

/// One rate of one limit: a window, or a pace where a burst is written.
struct LimitMeter: Sendable {
    let counted: LimitDefinition.Counted
    // One of the two is there. Not an enum, because changing a payload in place would copy it.
    private var window: SlidingWindow?
    private var pace: PacedRate?

    init(_ rate: LimitDefinition.Rate) {
        counted = rate.counted
        if let burst = rate.rate.burst {
            pace = PacedRate(rate.rate, burst: burst)
        } else {
            window = SlidingWindow(rate.rate)
        }
    }

    mutating func fits(_ cost: LimitCost, at now: Moment) -> Bool {
        pace?.fits(cost.amount(of: counted), at: now) ?? window?.fits(cost.amount(of: counted), at: now) ?? true
    }

    mutating func take(_ cost: LimitCost, at now: Moment) {
        pace?.take(cost.amount(of: counted), at: now)
        window?.take(cost.amount(of: counted), at: now)
    }

    /// A request stays counted whatever became of it; tokens become those that were used.
    mutating func correct(_ reserved: LimitCost, to used: LimitCost, reservedAt: Moment, at now: Moment) {
        let delta = used.amount(of: counted) - reserved.amount(of: counted)
        guard delta != 0 else { return }
        pace?.correct(by: delta, at: now)
        window?.correct(by: delta, reserved: reservedAt, at: now)
    }

    /// How it stands, for the client.
    mutating func reading(at now: Moment) -> LimitReading {
        if let pace {
            return LimitReading(
                limit: pace.burst, remaining: pace.remaining(at: now), resetNanoseconds: pace.reset(at: now))
        }
        let amount = window?.amount ?? 0
        return LimitReading(
            limit: amount, remaining: max(0, amount - (window?.used(at: now) ?? 0)),
            resetNanoseconds: window?.reset(at: now) ?? 0)
    }

    mutating func wait(for cost: LimitCost, at now: Moment) -> Int64 {
        pace?.wait(for: cost.amount(of: counted), at: now) ?? window?.wait(for: cost.amount(of: counted), at: now) ?? 0
    }

    mutating func isIdle(at now: Moment) -> Bool {
        pace.map { $0.reset(at: now) == 0 } ?? (window?.used(at: now) == 0)
    }
}

/// What is left of a limit.
struct LimitReading: Sendable, Equatable {
    let limit: Int64
    let remaining: Int64
    /// Until nothing counts any more.
    let resetNanoseconds: Int64

    /// Whether it leaves less room than `other`, by share of the limit.
    func isTighter(than other: LimitReading) -> Bool {
        Double(remaining) * Double(other.limit) < Double(other.remaining) * Double(limit)
    }
}

/// The readings that a client is told: of all limits that hold, the tightest of each kind.
struct LimitReadings: Sendable {
    var requests: LimitReading?
    var tokens: LimitReading?

    mutating func add(_ reading: LimitReading, of counted: LimitDefinition.Counted) {
        switch counted {
        case .requests:
            if requests.map({ reading.isTighter(than: $0) }) ?? true { requests = reading }
        case .tokens, .inputTokens, .outputTokens:
            if tokens.map({ reading.isTighter(than: $0) }) ?? true { tokens = reading }
        }
    }
}
