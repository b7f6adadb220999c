public import GatewayTypes
import Synchronization

/// Reserves the most that an attempt may cost before it is made, in every budget that counts it, and books what it did cost.
///
/// `spent + reserved` of a hard budget never exceeds its limit at admission; where the bounds hold, neither does real spend.
public final class BudgetGate: AttemptGate {
    public static let hop = Hop.budgets

    private let book: BudgetBook
    private let set: BudgetSet
    private let overrides: PublishedOverrides
    private let bounds: any CostBounds

    /// `overrides` must be those that the engine publishes for `set`.
    public init(book: BudgetBook, set: BudgetSet, overrides: PublishedOverrides, bounds: any CostBounds) {
        self.book = book
        self.set = set
        self.overrides = overrides
        self.bounds = bounds
    }

    public func admit(_ target: Target, for exchange: borrowing Exchange) throws(Failure) -> any Admission {
        let payer = BudgetSet.Payer(
            team: exchange.caller.team.index, caller: exchange.caller.name.index, route: exchange.route.name.index)
        guard set.hasBudget(for: payer) else { return Uncounted() }
        let amounts = amounts(target, exchange)
        if amounts.priced == nil { try refuseUnpriced(target, payer) }
        if let refusal = overrides.refusal(of: target, for: exchange, payer: payer, cost: amounts.priced) {
            book.countRuleRefusal(of: refusal.definition.name.text)
            throw BudgetRefusal.rule(
                refusal.definition, refusal.rule,
                reset: refusal.definition.window.bounds(at: exchange.arrivedAt)?.end)
        }
        if let obstacle = book.reserve(amounts, payer: payer, in: set) {
            throw BudgetRefusal.limit(obstacle.definition, reset: obstacle.reset)
        }
        return Reservation(
            book: book, set: set, bounds: bounds, payer: payer, asked: exchange.route.targets.first ?? target,
            operation: exchange.operation, amounts: amounts, move: move(exchange),
            outputTokensMax: set.isHard(for: payer) ? bounds.outputTokensMax(target, for: exchange) : nil)
    }

    private func amounts(_ target: Target, _ exchange: borrowing Exchange) -> Amounts {
        let priced = bounds.bound(target, for: exchange)
        let assumed = priced ?? bounds.assumedBound(for: exchange)
        let asked = exchange.route.targets.first
        let demand: Money
        if let asked, asked !== target {
            demand = bounds.bound(asked, for: exchange) ?? bounds.assumedBound(for: exchange)
        } else {
            demand = assumed
        }
        let key = costKey(target, exchange)
        return Amounts(
            priced: priced, assumed: assumed, demand: demand, expected: key.flatMap { book.expected($0) },
            learns: key)
    }

    private func costKey(_ target: Target, _ exchange: borrowing Exchange) -> LearnedCost.Key? {
        guard set.isExpecting else { return nil }
        return LearnedCost.Key(
            route: exchange.route.name.text, provider: target.provider.text, model: target.servedModel.text)
    }

    /// A soft budget refuses nothing by itself.
    private func refuseUnpriced(_ target: Target, _ payer: BudgetSet.Payer) throws(Failure) {
        var refusing: BudgetDefinition?
        set.forEach(payer) { position in
            let definition = set.definitions[position]
            guard definition.enforcement == .hard, definition.unpriced == .refuse else { return true }
            refusing = definition
            return false
        }
        if let refusing {
            book.countRuleRefusal(of: refusing.name.text)
            throw BudgetRefusal.unpriced(refusing, target)
        }
    }

    /// Routing has said which rule moved the exchange, if one did.
    private func move(_ exchange: borrowing Exchange) -> MoveKey? {
        guard let override = exchange.override, !override.isOperators,
            case .reroute(let from, let to) = override.action
        else { return nil }
        return MoveKey(
            budget: override.budget.text, rule: override.rule.text, from: from.text, to: to.text,
            team: exchange.caller.team.text, route: exchange.route.name.text)
    }

    /// No budget counts the exchange.
    private struct Uncounted: Admission {
        func settle(_ outcome: borrowing AttemptOutcome) {}
    }
}

extension Exchange {
    var operation: Operation {
        switch request {
        case .model(let model): model.operation
        }
    }
}

/// An open reservation. Settling it again has no effect.
private final class Reservation: Admission {
    let book: BudgetBook
    let set: BudgetSet
    let bounds: any CostBounds
    let payer: BudgetSet.Payer
    /// Whose prices the demand is counted at.
    let asked: Target
    let operation: Operation
    let amounts: Amounts
    let move: MoveKey?
    let outputTokensMax: Int64?
    private let isSettled = Atomic(false)

    init(
        book: BudgetBook, set: BudgetSet, bounds: any CostBounds, payer: BudgetSet.Payer, asked: Target,
        operation: Operation, amounts: Amounts, move: MoveKey?, outputTokensMax: Int64?
    ) {
        self.book = book
        self.set = set
        self.bounds = bounds
        self.payer = payer
        self.asked = asked
        self.operation = operation
        self.amounts = amounts
        self.move = move
        self.outputTokensMax = outputTokensMax
    }

    var reserved: Money { amounts.priced ?? amounts.assumed }

    func settle(_ outcome: borrowing AttemptOutcome) {
        guard !isSettled.exchange(true, ordering: .relaxed) else { return }
        // Nothing consumed is no exchange moved: the next attempt counts itself.
        let isIdle = outcome.cost.status == .nothing && outcome.failure != nil
        book.settle(amounts, as: spent(outcome), payer: payer, in: set, move: isIdle ? nil : move)
        if let key = amounts.learns, outcome.failure == nil { book.learn(outcome.cost.total, for: key) }
    }

    private func spent(_ outcome: borrowing AttemptOutcome) -> Amounts {
        let priced: Money?
        let assumed: Money
        switch outcome.cost.status {
        case .priced, .nothing:
            priced = outcome.cost.total
            assumed = outcome.cost.total
        case .unpriced:
            priced = nil
            assumed = bounds.assumedCost(of: outcome.usage, operation: operation)
        }
        var demand = assumed
        if outcome.target !== asked, !outcome.usage.isEmpty {
            demand =
                bounds.cost(
                    of: outcome.usage, at: asked, operation: operation,
                    nanoseconds: outcome.ended.nanoseconds(since: outcome.began))
                ?? bounds.assumedCost(of: outcome.usage, operation: operation)
        }
        return Amounts(priced: priced, assumed: assumed, demand: demand)
    }
}
