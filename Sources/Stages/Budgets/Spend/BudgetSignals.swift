public import GatewayTypes

/// What the rules of one budget see at one time, from one point of view.
public struct BudgetSignals: Sendable {
    /// Whose money a rule looks at.
    public enum View: Sendable {
        /// Settled spend: what notifications are about.
        case settled
        /// Settled spend and open reservations: what rules that act look at.
        case committed
        /// The same at the asked models' prices: what lets go of a reroute.
        case demand
    }

    public let limit: Money
    public let spent: Money
    /// Unknown in the first tenth of a calendar window, and for windows without an end.
    public let forecast: Money?
    /// Known only while a request is looked at.
    public var requestCost: Money?
    private let sums: [(span: TimeSpan, amount: Money)]
    private let length: TimeSpan?

    public init(limit: Money, window: SpendWindow, reserved: Spend, view: View) {
        self.limit = limit
        length = window.length
        let pick: (Spend) -> Money =
            switch view {
            case .settled: { $0.actual }
            case .committed: { $0.actual }
            case .demand: { $0.demand }
            }
        let open = if case .settled = view { Money.zero } else { pick(reserved) }
        let spent = pick(window.current) + open
        self.spent = spent
        sums = window.sums().map { ($0.span, pick($0.spend) + open) }
        forecast = Self.forecast(spent, window)
    }

    public var remaining: Money { limit - spent }

    /// Spent at an even pace until the window's end. The first tenth says too little; of a window of ten hours or more, a
    /// tenth is at least the hour that the grammar asks for.
    private static func forecast(_ spent: Money, _ window: SpendWindow) -> Money? {
        guard let length = window.length, let elapsed = window.elapsed else { return nil }
        let passed = Int128(elapsed.nanoseconds / 1_000_000)
        let whole = Int128(length.nanoseconds / 1_000_000)
        guard passed > 0, passed * 10 >= whole else { return nil }
        return Money(picodollars: spent.picodollars * whole / passed)
    }

    /// Spent over the last stretch; nil where it is not watched.
    public func spent(over span: TimeSpan) -> Money? { sums.first { $0.span == span }?.amount }

    /// Pace over the last stretch ÷ even pace; nil where the window has no length.
    public func burn(over span: TimeSpan) -> Double? {
        guard let length, let amount = spent(over: span), limit > .zero, span > .zero else { return nil }
        return Double(amount.picodollars) / Double(limit.picodollars) * (length.seconds / span.seconds)
    }

    func money(_ signal: Signal) -> Money? {
        switch signal {
        case .spent: spent
        case .remaining: remaining
        case .forecast: forecast
        case .spentOver(let span): spent(over: span)
        case .requestCost: requestCost
        case .burn: nil
        }
    }

    public func isKnown(_ signal: Signal) -> Bool {
        if case .burn(let span) = signal { return burn(over: span) != nil }
        return money(signal) != nil
    }

    /// The value in the words of a notification: `412.5 USD`, `6.2`, `unknown`.
    public func text(_ signal: Signal) -> String {
        if case .burn(let span) = signal {
            guard let burn = burn(over: span) else { return "unknown" }
            return Money(picodollars: Int128((burn * 100).rounded()) * 10_000_000_000).description
        }
        return money(signal).map { "\($0) USD" } ?? "unknown"
    }
}

extension Condition {
    /// Whether it holds; nil where signals that it needs are unknown.
    public func holds(_ signals: BudgetSignals) -> Bool? {
        switch self {
        case .comparison(let comparison): return comparison.holds(signals)
        case .and(let parts):
            var result: Bool? = true
            for part in parts {
                let holds = part.holds(signals)
                if holds == false { return false }
                if holds == nil { result = nil }
            }
            return result
        case .or(let parts):
            var result: Bool? = false
            for part in parts {
                let holds = part.holds(signals)
                if holds == true { return true }
                if holds == nil { result = nil }
            }
            return result
        }
    }
}

extension Comparison {
    func holds(_ signals: BudgetSignals) -> Bool? {
        guard left.signal.isMoney else {
            guard let mine = Self.pace(left, signals), let other = pace(right, signals) else { return nil }
            return comparator.holds(mine, other)
        }
        guard let mine = Self.scaled(left, signals), let other = scaled(right, signals) else { return nil }
        return comparator.holds(mine, other)
    }

    /// Picodollars × 10⁶: exact, because factors have 6 decimals.
    private static func scaled(_ term: Term, _ signals: BudgetSignals) -> Int128? {
        signals.money(term.signal).map { $0.picodollars * Int128(term.factor.millionths) }
    }

    private func scaled(_ operand: Operand, _ signals: BudgetSignals) -> Int128? {
        switch operand {
        case .term(let term): Self.scaled(term, signals)
        case .money(let money): money.picodollars * 1_000_000
        case .percent(let percent): signals.limit.picodollars * Int128(percent.millionths) / 100
        case .number: nil
        }
    }

    private static func pace(_ term: Term, _ signals: BudgetSignals) -> Double? {
        term.signal.span.flatMap { signals.burn(over: $0) }.map { $0 * term.factor.value }
    }

    private func pace(_ operand: Operand, _ signals: BudgetSignals) -> Double? {
        switch operand {
        case .term(let term): Self.pace(term, signals)
        case .number(let number): number.value
        case .money, .percent: nil
        }
    }
}
