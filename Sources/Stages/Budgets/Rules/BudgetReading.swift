public import GatewayTypes
import Synchronization

/// One budget as `/metrics`, the console and `weir budgets` show it, from the sums that enforce it.
public struct BudgetReading: Sendable {
    public struct Rule: Sendable {
        public let name: String
        public let state: BudgetAlert.State
        /// By new state, since the start of the process; every state is there.
        public let transitions: [(to: BudgetAlert.State, count: Int64)]
        /// The moves of its reroute, and whether they are in force; empty where it has none.
        public let moves: [(from: String, to: String, isActive: Bool)]
    }

    public let definition: BudgetDefinition
    public let limit: Money
    /// Settled.
    public let spent: Money
    /// What the asked models would have cost.
    public let demand: Money
    public let reserved: Money
    /// Limit less spent less reserved.
    public let remaining: Money
    /// Nil: not known, and then the gauge is left out.
    public let forecast: Money?
    /// Nil where it never resets at one time.
    public let resetsAt: WallTime?
    public let signals: [(signal: String, isKnown: Bool)]
    public let rules: [Rule]
    public let refusals: Int64
    /// Exchanges of unknown price that were booked at the dearest.
    public let assumed: Int64
    /// What attempts cost beyond what was reserved for them.
    public let overshoot: Money
}

extension BudgetEngine {
    /// Every budget of the configuration in force, in its order.
    public func readings() -> [BudgetReading] {
        let now = book.clock()
        return state.withLock { state in
            guard let set = state.set else { return [] }
            return set.definitions.enumerated().map { position, definition in
                let account = book.account(set.entries[position].slot, at: now)
                let settled = account.signals(.settled)
                return BudgetReading(
                    definition: definition, limit: definition.limit, spent: settled.spent,
                    demand: account.window.current.demand, reserved: account.reserved.actual,
                    remaining: definition.limit - settled.spent - account.reserved.actual,
                    forecast: settled.forecast, resetsAt: account.window.bounds?.end,
                    signals: definition.signals.map { ($0.description, settled.isKnown($0)) },
                    rules: definition.rules.map { Self.reading($0, of: definition, state) },
                    refusals: account.counts.refusals, assumed: account.counts.assumed,
                    overshoot: account.counts.overshoot)
            }
        }
    }

    /// What reroutes did since the start of the process.
    public func moves() -> [(key: MoveKey, tally: MoveTally)] {
        book.state.withLock { $0.moves.map { ($0.key, $0.value) } }
    }

    private static func reading(
        _ rule: BudgetRule, of definition: BudgetDefinition, _ state: borrowing State
    ) -> BudgetReading.Rule {
        let key = RuleKey(budget: definition.name.text, rule: rule.name.text)
        let now = state.alerts[key]?.state ?? .inactive
        let transitions = state.transitions[key] ?? [:]
        var moves: [(from: String, to: String, isActive: Bool)] = []
        if case .reroute(_, let all, _) = rule.action {
            let acts = now == .firing && !isHeld(rule, of: definition, state)
            moves = all.map { ($0.from.text, $0.to.text, acts) }
        }
        return BudgetReading.Rule(
            name: rule.name.text, state: now,
            transitions: BudgetAlert.State.allCases.map { ($0, transitions[$0] ?? 0) }, moves: moves)
    }
}

extension BudgetBook {
    func account(_ slot: Int, at now: BudgetTime) -> BudgetAccount {
        state.withLock { state in
            state.accounts[slot].window.advance(to: now)
            return state.accounts[slot]
        }
    }
}
