public import GatewayTypes
import Synchronization

/// Evaluates the rules of all budgets, off the path, and publishes what they do. One for the process; it outlives reloads.
public final class BudgetEngine: Sendable {
    struct RuleKey: Hashable, Sendable {
        let budget: String
        let rule: String
    }

    struct State {
        var set: BudgetSet?
        var overrides: PublishedOverrides?
        var alerts: [RuleKey: BudgetAlert] = [:]
        /// By rule and new state, since the start of the process.
        var transitions: [RuleKey: [BudgetAlert.State: Int64]] = [:]
        /// Rules that fired when a reload took them away: their owners are still to be told that it is over.
        var departed: [BudgetTransition] = []
        /// Budgets, or single rules of them, whose reroutes an operator refuses.
        var held: [RerouteHold] = []
    }

    let book: BudgetBook
    let state = Mutex(State())

    public init(book: BudgetBook) { self.book = book }

    /// Takes the budgets of a configuration; rules that keep their names keep their states. The result is what Routing and
    /// the gate of that configuration read; that of an earlier configuration stays as it was last.
    public func adopt(_ set: BudgetSet, bounds: any CostBounds) -> PublishedOverrides {
        let overrides = PublishedOverrides(set: set, bounds: bounds)
        let now = book.clock()
        state.withLock { state in
            let keys = Set(Self.rules(set).map(\.key))
            state.departed += Self.departures(state, keeping: keys, at: now.wall)
            state.set = set
            state.overrides = overrides
            state.alerts = state.alerts.filter { keys.contains($0.key) }
            state.transitions = state.transitions.filter { keys.contains($0.key) }
            publish(state, now)
        }
        return overrides
    }

    /// Evaluates every rule once; call it every second.
    public func evaluate(now: BudgetTime? = nil) -> [BudgetTransition] {
        let now = now ?? book.clock()
        return state.withLock { state in
            guard let set = state.set else { return [] }
            var transitions = state.departed
            state.departed = []
            for (position, definition) in set.definitions.enumerated() {
                let signals = book.signals(set.entries[position].slot, at: now)
                for rule in definition.rules {
                    let key = RuleKey(budget: definition.name.text, rule: rule.name.text)
                    var alert = state.alerts[key] ?? BudgetAlert()
                    let change = alert.evaluate(rule, signals: signals, now: now)
                    state.alerts[key] = alert
                    guard let change else { continue }
                    state.transitions[key, default: [:]][change.to, default: 0] += 1
                    transitions.append(
                        BudgetTransition(
                            budget: definition, rule: rule, from: change.from, to: change.to, at: now.wall,
                            firingSince: alert.firingSince, values: Self.values(rule, signals)))
                }
            }
            publish(state, now)
            return transitions
        }
    }

    /// The rules that fire, and those that stopped at most `resolvedSeconds` ago: what a notifier sends again.
    public func active(resolvedSeconds: Int64) -> [ActiveAlert] {
        let now = book.clock()
        return state.withLock { state in
            guard let set = state.set else { return [] }
            return Self.rules(set).compactMap { key, position, rule in
                guard let alert = state.alerts[key], let since = alert.firingSince else { return nil }
                let resolved = alert.state == .firing ? nil : alert.resolvedAt
                if alert.state != .firing {
                    guard let resolved, now.wall.nanoseconds - resolved.nanoseconds <= resolvedSeconds * 1_000_000_000
                    else { return nil }
                }
                let signals = book.signals(set.entries[position].slot, at: now)
                return ActiveAlert(
                    budget: set.definitions[position], rule: rule, state: alert.state, firingSince: since,
                    resolvedAt: resolved, lastNotified: alert.lastNotified, values: Self.values(rule, signals))
            }
        }
    }

    /// Remembers that the owner was told, so that a restart does not tell again.
    public func markNotified(budget: String, rule: String, at time: WallTime) {
        state.withLock { $0.alerts[RuleKey(budget: budget, rule: rule)]?.lastNotified = time }
    }

    /// Keeps the reroutes of budgets, or of single rules of theirs, from moving anything, in place of those held before.
    public func hold(_ held: [RerouteHold]) {
        let now = book.clock()
        state.withLock { state in
            state.held = held
            publish(state, now)
        }
    }

    // MARK: Steps

    func publish(_ state: borrowing State, _ now: BudgetTime) {
        guard let set = state.set, let overrides = state.overrides else { return }
        var published: [[PublishedOverrides.ActiveRule]] = []
        for (position, definition) in set.definitions.enumerated() {
            var active: [PublishedOverrides.ActiveRule] = []
            for rule in definition.rules {
                guard let action = rule.action, !Self.isHeld(rule, of: definition, state) else { continue }
                let key = RuleKey(budget: definition.name.text, rule: rule.name.text)
                if rule.isPerRequest {
                    let signals = book.signals(set.entries[position].slot, at: now).committed
                    active.append(PublishedOverrides.ActiveRule(rule: rule, action: action, signals: signals))
                } else if state.alerts[key]?.state == .firing {
                    active.append(PublishedOverrides.ActiveRule(rule: rule, action: action, signals: nil))
                }
            }
            published.append(active)
        }
        overrides.publish(published)
    }

    static func isHeld(_ rule: BudgetRule, of definition: BudgetDefinition, _ state: borrowing State) -> Bool {
        rule.isReroute
            && state.held.contains { $0.budget == definition.name.text && $0.rule ?? rule.name.text == rule.name.text }
    }

    private static func departures(
        _ state: borrowing State, keeping keys: Set<RuleKey>, at time: WallTime
    ) -> [BudgetTransition] {
        guard let old = state.set else { return [] }
        return rules(old).compactMap { key, position, rule in
            guard !keys.contains(key), let alert = state.alerts[key], alert.state == .firing else { return nil }
            return BudgetTransition(
                budget: old.definitions[position], rule: rule, from: .firing, to: .inactive, at: time,
                firingSince: alert.firingSince, values: [])
        }
    }

    static func rules(_ set: BudgetSet) -> [(key: RuleKey, position: Int, rule: BudgetRule)] {
        set.definitions.enumerated().flatMap { position, definition in
            definition.rules.map { rule in
                (RuleKey(budget: definition.name.text, rule: rule.name.text), position, rule)
            }
        }
    }

    private static func values(_ rule: BudgetRule, _ signals: RuleSignals) -> [(signal: String, value: String)] {
        var seen: [Signal] = []
        for signal in rule.conditions.flatMap(\.signals) where !seen.contains(signal) { seen.append(signal) }
        let view = signals.whenView(rule)
        return seen.map { ($0.description, view.text($0)) }
    }
}

extension BudgetBook {
    func signals(_ slot: Int, at now: BudgetTime) -> RuleSignals {
        state.withLock { state in
            state.accounts[slot].window.advance(to: now)
            let account = state.accounts[slot]
            return RuleSignals(
                settled: account.signals(.settled), committed: account.signals(.committed),
                demand: account.signals(.demand), windowStart: account.window.bounds?.start)
        }
    }
}

/// A budget, or one rule of it, whose reroutes an operator refuses.
public struct RerouteHold: Sendable, Equatable {
    public let budget: String
    /// Nil: all rules of the budget.
    public let rule: String?

    public init(budget: String, rule: String?) {
        self.budget = budget
        self.rule = rule
    }
}
