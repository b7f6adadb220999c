import GatewayTypes

/// The cells that an exchange of one operation, route, team and target counts into. Confined to its shard's loop.
final class ExchangeSeries {
    let operation: Operation?
    let route: Route
    let team: ConfiguredName
    let target: Target?
    private static let movedCount = Moved.allCases.count
    private let store: SeriesStore

    private var duration = LazyCells<HistogramCell>(count: 1)
    private var inference = LazyCells<CounterCell>(count: 1)
    private var results: LazyCells<CounterCell>
    private var tokens = LazyCells<CounterCell>(count: TokenType.count)
    private var estimated = LazyCells<CounterCell>(count: TokenType.count)
    private var costs: LazyCells<MoneyCell>
    private var components: LazyCells<MoneyCell>
    private var differences = LazyCells<MoneyCell>(count: 2)
    private var promptCache = LazyCells<MoneyCell>(count: 1)
    private var unpriced = LazyCells<CounterCell>(count: 1)
    private var firstTokens = LazyCells<HistogramCell>(count: 4)

    init(operation: Operation?, route: Route, team: ConfiguredName, target: Target?, store: SeriesStore) {
        self.operation = operation
        self.route = route
        self.team = team
        self.target = target
        self.store = store
        results = LazyCells(count: (FailureReason.allCases.count + 1) * Self.movedCount)
        costs = LazyCells(count: CostPurpose.allCases.count)
        components = LazyCells(count: CostComponent.allCases.count)
    }

    /// Whether these are the cells for that exchange; a reload may have given its indices to others.
    func fits(_ outcome: borrowing Outcome, _ target: Target?) -> Bool {
        self.target === target && route === outcome.route && operation == outcome.operation
            && team == outcome.caller.team
    }

    private var names: [String] { Labels.target(target) }
    private var owner: [String] { [team.text, route.name.text] + names }

    func count(_ outcome: borrowing Outcome) {
        if outcome.asked == nil { countEnd(outcome) }
        countTokens(outcome.usage)
        countCost(outcome.cost, outcome.purpose, outcome)
        countDifference(outcome.usage, outcome.cost)
    }

    /// How it ended and how long it took; only of what clients asked for.
    private func countEnd(_ outcome: borrowing Outcome) {
        let reason = outcome.failure.map { $0.reason.ordinal + 1 } ?? 0
        let moved = outcome.moved
        let result = results.at(reason * Self.movedCount + moved.ordinal) {
            let labels = [Labels.operation(operation), route.name.text, team.text] + names
            return store.counter(.exchanges, labels + [outcome.result, moved.rawValue])
        }
        result.add(1)
        duration.at(0) {
            store.histogram(.exchangeDuration, [Labels.operation(operation)] + names)
        }.record(
            outcome.ended.seconds(since: outcome.arrived), trace: outcome.keptTrace, at: outcome.endedAt)
        if outcome.stream { countFirstTokens(outcome) }
    }

    /// An attempt that cost something for a reply that nobody got.
    func countAbandoned(_ attempt: borrowing AttemptOutcome, _ outcome: borrowing Outcome) {
        countTokens(attempt.usage)
        countCost(attempt.cost, .aborted, outcome)
        countDifference(attempt.usage, attempt.cost)
    }

    /// What a copy that a shadow was shown consumed.
    func countShadow(_ outcome: borrowing Outcome) {
        countTokens(outcome.usage)
        countCost(outcome.cost, .shadow, outcome)
        countDifference(outcome.usage, outcome.cost)
    }

    /// An attempt of the team and route at this target, whoever served the exchange in the end.
    func countInference(_ attempt: borrowing AttemptOutcome) {
        let nanoseconds = attempt.ended.nanoseconds(since: attempt.began)
        guard nanoseconds > 0 else { return }
        inference.at(0) {
            store.seconds(
                .teamInference, [team.text, route.name.text, (target?.servedModel ?? .other).text])
        }.add(UInt64(nanoseconds))
    }

    private func countFirstTokens(_ outcome: borrowing Outcome) {
        if let served = outcome.servedAttempt {
            let began = outcome.attempts[served].began
            let (first, visible) = (outcome.attempts[served].firstToken, outcome.attempts[served].firstVisibleToken)
            countFirst(first, since: began, .timeToFirstToken, .upstream, outcome)
            countFirst(visible, since: began, .timeToFirstVisibleToken, .upstream, outcome)
        }
        countFirst(outcome.firstTokenSent, since: outcome.arrived, .timeToFirstToken, .client, outcome)
        countFirst(outcome.firstVisibleTokenSent, since: outcome.arrived, .timeToFirstVisibleToken, .client, outcome)
    }

    private func countFirst(
        _ moment: Moment?, since began: Moment, _ instrument: Instrument, _ side: ConnectionSide,
        _ outcome: borrowing Outcome
    ) {
        guard let moment else { return }
        let position = (instrument == .timeToFirstToken ? 0 : 2) + (side == .upstream ? 0 : 1)
        let at = outcome.arrivedAt.advanced(byNanoseconds: moment.nanoseconds(since: outcome.arrived))
        firstTokens.at(position) {
            store.histogram(instrument, [Labels.operation(operation)] + names + [side.rawValue])
        }.record(moment.seconds(since: began), trace: outcome.keptTrace, at: at)
    }

    private func countTokens(_ usage: Usage) {
        guard !usage.isEmpty else { return }
        for type in Cases.tokenTypes {
            guard let count = usage[type], count >= 0 else { continue }
            tokens.at(type.index) { store.counter(.tokens, owner + [type.rawValue]) }.add(UInt64(count))
            guard usage.source == .estimated else { continue }
            estimated.at(type.index) { store.counter(.estimatedTokens, names + [type.rawValue]) }.add(UInt64(count))
        }
    }

    private func countCost(_ cost: Cost, _ purpose: CostPurpose, _ outcome: borrowing Outcome) {
        switch cost.status {
        case .nothing: return
        case .unpriced:
            unpriced.at(0) { store.counter(.unpricedExchanges, names) }.add(1)
            // Lines that could be priced are money all the same.
            if cost.total == .zero { return }
        case .priced: break
        }
        let total = cost.total
        let cell = costs.at(purpose.ordinal) { store.money(.cost, owner + [purpose.rawValue]) }
        cell.add(total)
        if let trace = outcome.keptTrace {
            cell.exemplar?.put(trace: trace, value: total.approximateUSD, at: outcome.endedAt)
        }
        for line in cost.lines {
            components.at(line.component.ordinal) {
                store.money(.costComponent, names + [line.component.rawValue])
            }.add(line.amount)
        }
        countPromptCache(cost)
    }

    /// What the tokens read from the provider's own cache would have cost more.
    private func countPromptCache(_ cost: Cost) {
        guard let read = cost.lines.first(where: { $0.component == .cacheRead }),
            let input = cost.lines.first(where: { $0.component == .input })
        else { return }
        let saved = input.price.amount(of: read.units) - read.amount
        guard saved > .zero else { return }
        promptCache.at(0) { store.money(.promptCacheSaved, names) }.add(saved)
    }

    private func countDifference(_ usage: Usage, _ cost: Cost) {
        let total = cost.total
        let isKnown = cost.status == .priced || total != .zero
        guard isKnown, let reported = usage.reportedCost, reported != total else { return }
        let over = reported > total
        differences.at(over ? 0 : 1) { store.money(.costDifference, names + [over ? "over" : "under"]) }
            .add(over ? reported - total : total - reported)
    }
}

extension Outcome {
    /// Nil where the trace will not be found anywhere.
    var keptTrace: TraceContext? { kept == nil ? nil : trace }

    var endedAt: WallTime { arrivedAt.advanced(byNanoseconds: ended.nanoseconds(since: arrived)) }
}

/// Label values of what may be absent.
enum Labels {
    static func operation(_ operation: Operation?) -> String { operation?.rawValue ?? ConfiguredName.other.text }

    /// Provider and served model.
    static func target(_ target: Target?) -> [String] {
        [(target?.provider ?? .other).text, (target?.servedModel ?? .other).text]
    }
}
