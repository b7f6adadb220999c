public import GatewayTypes
import Synchronization

/// What the firing rules do to traffic: a snapshot that the engine swaps, read for every exchange.
///
/// Within a budget the strongest action that applies wins (refuse, reroute, clamp); across budgets the strictest.
public final class PublishedOverrides: Overrides {
    /// A rule in force.
    struct ActiveRule: Sendable {
        let rule: BudgetRule
        let action: BudgetRule.Action
        /// Of rules that look at each request: what else they see.
        let signals: BudgetSignals?
    }

    /// By position of the budget: its rules in force, the strongest first.
    struct Snapshot: Sendable {
        let rules: [[ActiveRule]]
    }

    struct Refusal: Sendable {
        let definition: BudgetDefinition
        let rule: BudgetRule
    }

    let set: BudgetSet
    private let bounds: any CostBounds
    private let isActive = Atomic(false)
    private let snapshot: Mutex<Snapshot>

    init(set: BudgetSet, bounds: any CostBounds) {
        self.set = set
        self.bounds = bounds
        snapshot = Mutex(Snapshot(rules: set.definitions.map { _ in [] }))
    }

    func publish(_ rules: [[ActiveRule]]) {
        let sorted = rules.map { active in active.sorted { $0.action.strength > $1.action.strength } }
        snapshot.withLock { $0 = Snapshot(rules: sorted) }
        isActive.store(sorted.contains { !$0.isEmpty }, ordering: .releasing)
    }

    public func override(for exchange: borrowing Exchange) -> Override? {
        guard isActive.load(ordering: .acquiring) else { return nil }
        let current = snapshot.withLock { $0 }
        let payer = BudgetSet.Payer(
            team: exchange.caller.team.index, caller: exchange.caller.name.index, route: exchange.route.name.index)
        var positions: [Int] = []
        set.forEach(payer) { position in
            if !current.rules[position].isEmpty { positions.append(position) }
            return true
        }
        var strictest: Override?
        for position in positions {
            for active in current.rules[position] {
                guard let decision = decide(active, exchange) else { continue }
                if case .override(let action) = decision {
                    let found = Override(
                        budget: set.definitions[position].name, rule: active.rule.name, action: action)
                    strictest = Self.stricter(strictest, found)
                }
                break
            }
        }
        return strictest
    }

    /// The first firing rule that refuses an attempt at `target`; `cost` is its bound, nil where unknown.
    func refusal(
        of target: Target, for exchange: borrowing Exchange, payer: BudgetSet.Payer, cost: Money?
    ) -> Refusal? {
        guard isActive.load(ordering: .acquiring) else { return nil }
        let current = snapshot.withLock { $0 }
        let route = exchange.route.name
        var found: Refusal?
        set.forEach(payer) { position in
            for active in current.rules[position] {
                guard case .refuse = active.action else { break }
                guard !active.rule.excepts(route), !active.rule.excepts(target.servedModel),
                    !(active.rule.exceptsFree && cost == .zero), Self.holds(active, cost: cost)
                else { continue }
                found = Refusal(definition: set.definitions[position], rule: active.rule)
                return false
            }
            return true
        }
        return found
    }

    /// What a rule does with an exchange.
    private enum Decision {
        /// The gate sees to it.
        case refuse
        case override(Override.Action)
    }

    /// Nil: nothing.
    private func decide(_ active: ActiveRule, _ exchange: borrowing Exchange) -> Decision? {
        let route = exchange.route
        guard !active.rule.excepts(route.name) else { return nil }
        if active.rule.exceptsFree, !route.targets.isEmpty, route.targets.allSatisfy({ bounds.isFree($0) }) {
            return nil
        }
        if active.signals != nil {
            guard let first = route.targets.first else { return nil }
            guard Self.holds(active, cost: bounds.bound(first, for: exchange)) else { return nil }
        }
        switch active.action {
        case .refuse: return .refuse
        case .reroute(_, let moves, let sharePercent):
            guard let move = moves.first(where: { $0.from == route.name }) else { return nil }
            // The low half of an exchange's id is random: a fair and repeatable lot.
            guard exchange.id.low & 0xFFFF_FFFF < UInt64(sharePercent) * 0x1_0000_0000 / 100 else { return nil }
            return .override(.reroute(from: move.from, to: move.to))
        case .clamp(let outputTokensMax): return .override(.clamp(outputTokensMax: outputTokensMax))
        }
    }

    private static func holds(_ active: ActiveRule, cost: Money?) -> Bool {
        guard var signals = active.signals else { return true }
        signals.requestCost = cost
        return active.rule.when.holds(signals) == true
    }

    private static func stricter(_ left: Override?, _ right: Override) -> Override {
        guard let left else { return right }
        switch (left.action, right.action) {
        case (.clamp(let mine), .clamp(let other)): return other < mine ? right : left
        case (.clamp, .reroute): return right
        case (.reroute, .clamp), (.reroute, .reroute): return left
        }
    }
}

extension BudgetRule.Action {
    /// The stronger wins.
    var strength: Int {
        switch self {
        case .refuse: 3
        case .reroute: 2
        case .clamp: 1
        }
    }
}
