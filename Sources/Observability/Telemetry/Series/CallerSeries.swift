import GatewayTypes

/// The cells of one caller: the only series that tell callers apart. Confined to its shard's loop.
final class CallerSeries {
    let caller: Caller
    private let store: SeriesStore
    private var results: LazyCells<CounterCell>
    private var cost = LazyCells<MoneyCell>(count: 1)

    init(caller: Caller, store: SeriesStore) {
        self.caller = caller
        self.store = store
        results = LazyCells(count: FailureReason.allCases.count + 1)
    }

    func fits(_ other: Caller) -> Bool { caller.name == other.name && caller.team == other.team }

    func count(_ outcome: borrowing Outcome) {
        let names = [caller.team.text, caller.name.text]
        if outcome.asked == nil {
            let reason = outcome.failure.map { $0.reason.ordinal + 1 } ?? 0
            results.at(reason) { store.counter(.callerExchanges, names + [outcome.result]) }.add(1)
        }
        countCost(of: outcome)
    }

    func countCost(of outcome: borrowing Outcome) {
        let whole = outcome.wholeCost
        guard whole.status != .nothing else { return }
        cost.at(0) { store.money(.callerCost, [caller.team.text, caller.name.text]) }.add(whole.total)
    }
}
