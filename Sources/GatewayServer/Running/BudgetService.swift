import Budgets
import GatewayTypes
import Logging
import Storage

/// Evaluates the budgets' rules every second, off the path, and remembers their states over a restart.
struct BudgetService: Sendable {
    let engine: BudgetEngine
    let ledger: Ledger
    let logger: Logger
    /// Hears of every transition of a rule.
    let tell: @Sendable ([BudgetTransition]) async -> Void

    private static let memoryKey = "budget rules"
    private static let everySeconds = 1.0

    /// Takes back what the rules' states were when the last process ended; before the first evaluation.
    func restore() {
        guard let bytes = try? ledger.recall(Self.memoryKey) else { return }
        if !engine.restore(bytes) {
            logger.warning("the budget rules' states cannot be read back; they begin inactive")
        }
    }

    func run() async {
        while !Task.isCancelled {
            await evaluate()
            try? await Task.sleep(for: .seconds(Self.everySeconds))
        }
        remember()
    }

    private func evaluate() async {
        let transitions = engine.evaluate()
        guard !transitions.isEmpty else { return }
        for transition in transitions { log(transition) }
        remember()
        await tell(transitions)
    }

    private func log(_ transition: BudgetTransition) {
        var metadata: Logger.Metadata = [
            "budget": "\(transition.budget.name.text)", "rule": "\(transition.rule.name.text)",
            "from": "\(transition.from.rawValue)", "to": "\(transition.to.rawValue)", "owner": "\(transition.owner)",
        ]
        for (signal, value) in transition.values { metadata[signal] = "\(value)" }
        logger.notice("budget rule", metadata: metadata)
    }

    private func remember() {
        do {
            try ledger.remember(Self.memoryKey, engine.snapshot())
        } catch {
            logger.error("the budget rules' states cannot be kept: \(error)")
        }
    }
}

/// Fills budgets whose sums begin empty with what the ledger knows.
struct BudgetSeeding {
    let book: BudgetBook
    let ledger: Ledger
    let bounds: any CostBounds

    func seed(_ set: BudgetSet) throws(StorageError) {
        for name in set.unseeded {
            guard let budget = set.definitions.first(where: { $0.name.text == name }) else { continue }
            let scope = LedgerScope(
                teams: budget.scope.teams.map(\.text), callers: budget.scope.callers.map(\.text),
                routes: budget.scope.routes.map(\.text))
            let start = book.seedStart(of: name)
            for spend in try ledger.spending(since: start, scope: scope, now: .now()) {
                book.seed(spent: spend.amount, demand: spend.demand, into: name, at: spend.at)
            }
            // The ledger knows no cost of what had no price; the budget counted what it assumed.
            guard budget.unpriced == .assume else { continue }
            for used in try ledger.unpriced(since: start, scope: scope) {
                book.seed(spent: bounds.assumedCost(of: used.usage, operation: .chat), into: name, at: used.at)
            }
        }
    }
}
