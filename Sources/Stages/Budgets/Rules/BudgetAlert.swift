public import GatewayTypes

/// What a rule sees of its budget: the same money from three points of view.
public struct RuleSignals: Sendable {
    public let settled: BudgetSignals
    public let committed: BudgetSignals
    public let demand: BudgetSignals
    /// First moment of the calendar window in force; nil where there is none.
    public let windowStart: WallTime?

    public init(settled: BudgetSignals, committed: BudgetSignals, demand: BudgetSignals, windowStart: WallTime?) {
        self.settled = settled
        self.committed = committed
        self.demand = demand
        self.windowStart = windowStart
    }

    /// Notifications are about settled spend; what acts counts reservations too, or it would act too late.
    func whenView(_ rule: BudgetRule) -> BudgetSignals { rule.action == nil ? settled : committed }

    /// A reroute lowers spend, so that it is demand that must say when it may end: otherwise it would resolve itself.
    func untilView(_ rule: BudgetRule) -> BudgetSignals { rule.isReroute ? demand : whenView(rule) }
}

/// The life of one rule: inactive → pending → firing → inactive, in Prometheus's words.
///
/// Lengths of time are taken from the monotonic clock, so that a stepped wall clock neither fires nor resolves a rule.
public struct BudgetAlert: Sendable, Equatable {
    public enum State: String, CaseIterable, Sendable { case inactive, pending, firing }

    public private(set) var state = State.inactive
    /// When it became what it is.
    private(set) var since = Moment.zero
    /// When it last began to fire; stays constant while it fires.
    public private(set) var firingSince: WallTime?
    /// When it last stopped firing.
    public private(set) var resolvedAt: WallTime?
    /// When its owner was last told.
    public var lastNotified: WallTime?
    private var windowStart: WallTime?

    public init() {}

    public struct Change: Sendable, Equatable {
        public let from: State
        public let to: State
    }

    /// What the rule becomes now; nil: it stays. Signals that are unknown neither fire a rule nor resolve it.
    public mutating func evaluate(_ rule: BudgetRule, signals: RuleSignals, now: BudgetTime) -> Change? {
        guard !rule.isPerRequest else { return state == .inactive ? nil : change(to: .inactive, now) }
        let isNewWindow = isNewWindow(signals.windowStart)
        switch state {
        case .firing:
            if isNewWindow, rule.looksAtWindow { return change(to: .inactive, now) }
            guard age(now) >= rule.minDwell.nanoseconds, isResolved(rule, signals) else { return nil }
            return change(to: .inactive, now)
        case .pending:
            guard rule.when.holds(signals.whenView(rule)) == true else { return change(to: .inactive, now) }
            guard age(now) >= rule.holdFor.nanoseconds else { return nil }
            return change(to: .firing, now)
        case .inactive:
            guard rule.when.holds(signals.whenView(rule)) == true else { return nil }
            return change(to: rule.holdFor > .zero ? .pending : .firing, now)
        }
    }

    private func isResolved(_ rule: BudgetRule, _ signals: RuleSignals) -> Bool {
        let view = signals.untilView(rule)
        if let until = rule.until { return until.holds(view) == true }
        return rule.when.holds(view) == false
    }

    private mutating func isNewWindow(_ start: WallTime?) -> Bool {
        guard let start else { return false }
        defer { windowStart = max(windowStart ?? start, start) }
        return start > windowStart ?? start
    }

    private func age(_ now: BudgetTime) -> Int64 { now.moment.nanoseconds(since: since) }

    private mutating func change(to next: State, _ now: BudgetTime) -> Change {
        let change = Change(from: state, to: next)
        if next == .firing { firingSince = now.wall }
        if state == .firing { resolvedAt = now.wall }
        state = next
        since = now.moment
        return change
    }
}

/// What outlives a restart: ages instead of moments, because the monotonic clock begins anew.
extension BudgetAlert {
    struct Memory: Equatable {
        var state: State
        /// Nanoseconds in that state, without the time that the program did not run.
        var age: Int64
        var firingSince: WallTime?
        var resolvedAt: WallTime?
        var lastNotified: WallTime?
        var windowStart: WallTime?
    }

    func memory(at now: BudgetTime) -> Memory {
        Memory(
            state: state, age: max(0, age(now)), firingSince: firingSince, resolvedAt: resolvedAt,
            lastNotified: lastNotified, windowStart: windowStart)
    }

    init(_ memory: Memory, at now: BudgetTime) {
        state = memory.state
        since = now.advanced(byNanoseconds: -memory.age).moment
        firingSince = memory.firingSince
        resolvedAt = memory.resolvedAt
        lastNotified = memory.lastNotified
        windowStart = memory.windowStart
    }
}
