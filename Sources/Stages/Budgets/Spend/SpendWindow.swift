public import GatewayTypes

/// What was spent in a budget's window and in the stretches that its rules look back over. Exact, of bounded size.
public struct SpendWindow: Sendable {
    public static let windowResolution = 256
    public static let spanResolution = 64

    /// Readings of several threads arrive a little out of order; only more than this is a step back.
    static let wallSlackNanoseconds: Int64 = 1_000_000_000

    public let window: BudgetWindow
    /// The calendar window in force.
    public private(set) var bounds: (start: WallTime, end: WallTime)?
    /// Counts calendar windows from the beginning of this value.
    public private(set) var generation = 0
    private var total = Spend.zero
    private var rolling: SlidingSum?
    private var spans: [SlidingSum]
    private var latestWall: WallTime
    /// Whether the wall clock stands behind where it has been: lengths of the calendar window are then not known.
    private var isWallBehind = false

    public init(window: BudgetWindow, spans: [TimeSpan], at now: BudgetTime) {
        self.window = window
        bounds = window.bounds(at: now.wall)
        latestWall = now.wall
        self.spans = spans.map { SlidingSum(span: $0, resolution: Self.spanResolution, at: now.moment) }
        if case .rolling(let span) = window {
            rolling = SlidingSum(span: span, resolution: Self.windowResolution, at: now.moment)
        }
    }

    /// What counts against the limit.
    public var current: Spend { rolling?.sum ?? total }

    /// Begins a new calendar window when its time has come. A wall clock that steps back never begins an old one again.
    public mutating func advance(to now: BudgetTime) {
        isWallBehind = latestWall.nanoseconds - now.wall.nanoseconds > Self.wallSlackNanoseconds
        latestWall = max(latestWall, now.wall)
        if let bounds, latestWall >= bounds.end {
            self.bounds = window.bounds(at: latestWall)
            total = .zero
            generation += 1
        }
        rolling?.advance(to: now.moment)
        for index in spans.indices { spans[index].advance(to: now.moment) }
    }

    public mutating func book(_ spend: Spend, at now: BudgetTime) {
        advance(to: now)
        total += spend
        rolling?.book(spend, at: now.moment)
        for index in spans.indices { spans[index].book(spend, at: now.moment) }
    }

    /// Books what was spent before `now`, as the ledger remembers it.
    public mutating func seed(_ spend: Spend, at past: WallTime, now: BudgetTime) {
        advance(to: now)
        if past >= bounds?.start ?? past { total += spend }
        let age = min(0, past.nanoseconds - now.wall.nanoseconds)
        let moment = now.advanced(byNanoseconds: age).moment
        rolling?.book(spend, at: moment)
        for index in spans.indices { spans[index].book(spend, at: moment) }
    }

    /// Takes other stretches to look back over; those that stay keep their sums.
    mutating func watch(_ wanted: [TimeSpan], at now: BudgetTime) {
        spans = wanted.map { span in
            spans.first { $0.span == span }
                ?? SlidingSum(span: span, resolution: Self.spanResolution, at: now.moment)
        }
    }

    func sums() -> [(span: TimeSpan, spend: Spend)] { spans.map { ($0.span, $0.sum) } }

    /// Length of the window in force; nil where it has none.
    public var length: TimeSpan? {
        switch window {
        case .calendar: bounds.map { TimeSpan(nanoseconds: $0.end.nanoseconds - $0.start.nanoseconds) }
        case .rolling(let span): span
        case .lifetime: nil
        }
    }

    /// How much of the calendar window has passed; nil where there is none or the clock is in doubt.
    var elapsed: TimeSpan? {
        guard let bounds, !isWallBehind else { return nil }
        return TimeSpan(nanoseconds: latestWall.nanoseconds - bounds.start.nanoseconds)
    }
}
