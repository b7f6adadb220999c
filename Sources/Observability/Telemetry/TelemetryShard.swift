public import GatewayTypes

/// What one event loop observes.
///
/// `@unchecked Sendable` is sound: its methods are called on its worker's loop only (its cells have one writer), while
/// `addTo` touches nothing but the lists behind the store's lock and the cells' atomics.
public final class TelemetryShard: @unchecked Sendable {
    let store: SeriesStore
    let queue: OutcomeQueue
    private let settings: TelemetrySettings

    private let inFlight = LevelCell()
    private let unaccounted = CounterCell()
    private let lag: HistogramCell
    private var hops = LazyCells<HistogramCell>(count: Hop.count)
    private var overheads = LazyCells<HistogramCell>(count: Operation.allCases.count + 1)
    private var aborts: LazyCells<CounterCell>
    private var cuts = LazyCells<CounterCell>(count: 3)

    private var exchanges: [UInt64: ExchangeSeries] = [:]
    private var targets: [UInt64: TargetSeries] = [:]
    private var callers: [UInt64: CallerSeries] = [:]
    private var servers: [Int: HTTPServerSeries] = [:]
    private var classifications: [Int: ClassificationSeries] = [:]
    private var caching: CacheSeries
    /// Entries of each table above; past it the table starts anew, the series stay.
    private static let tableMax = 16_384
    /// Of the store, when the tables above were last known to hold its cells.
    private var generation = 0

    init(settings: TelemetrySettings, store: SeriesStore) {
        self.settings = settings
        self.store = store
        queue = OutcomeQueue(countMax: settings.queuedOutcomesMax, keepsContent: settings.spans)
        aborts = LazyCells(count: AbortBilling.allCases.count)
        lag = HistogramCell(bounds: Buckets.lag, exemplars: false)
        caching = CacheSeries(store: store)
    }

    // MARK: What the loop reports

    public func exchangeBegan() {
        if settings.metrics { inFlight.add(1) }
    }

    /// The exchange is over: counts it, and leaves it to be rendered. Called exactly once per `exchangeBegan`, and once for
    /// each copy that a shadow was shown.
    public func settled(_ outcome: borrowing Outcome) {
        if settings.metrics {
            if outcome.purpose == .shadow {
                countShadow(outcome)
            } else {
                if outcome.asked == nil { inFlight.add(-1) }
                count(outcome)
            }
        }
        if settings.accessLog || settings.logs || settings.keepsOutcomes
            || (settings.spans && outcome.kept != nil)
        {
            queue.put(outcome)
        }
    }

    /// How late a timer of this loop ran, in seconds.
    public func loopLag(_ seconds: Double) {
        if settings.metrics { lag.record(seconds) }
    }

    // MARK: Counting

    private func count(_ outcome: borrowing Outcome) {
        if store.generation != generation { lookAnew() }
        series(for: outcome, outcome.target).count(outcome)
        for attempt in outcome.abandoned {
            series(for: outcome, attempt.target).countAbandoned(attempt, outcome)
            series(for: attempt.target, outcome.operation).count(attempt.usage)
        }
        for attempt in outcome.attempts {
            series(for: attempt.target, outcome.operation).count(attempt)
            series(for: outcome, attempt.target).countInference(attempt)
        }
        if let target = outcome.target, !outcome.usage.isEmpty {
            series(for: target, outcome.operation).count(outcome.usage)
        }
        caller(outcome.caller).count(outcome)
        if outcome.asked == nil { countRequest(outcome) }
        if let classification = outcome.classification { count(classification) }
        if let cache = outcome.extras?.cache { caching.count(cache, outcome) }
        if !outcome.accounted && !outcome.attempts.isEmpty { unaccounted.add(1) }
        if let billing = outcome.abortBilling {
            aborts.at(billing.ordinal) { store.counter(.clientAborts, [billing.rawValue]) }.add(1)
        }
        if let failure = outcome.failure, outcome.stream, outcome.replyBytes > 0, outcome.status < 400 {
            countCut(failure.reason.side)
        }
    }

    /// What only a client's own exchange has.
    private func countRequest(_ outcome: borrowing Outcome) {
        server(outcome).record(outcome.ended.seconds(since: outcome.arrived))
        for hop in Cases.hops {
            let span = outcome.hops[hop]
            guard span.entered else { continue }
            hops.at(hop.index) { store.histogram(.hopDuration, [hop.rawValue]) }.record(Double(span.nanoseconds) / 1e9)
        }
        if outcome.overheadNanoseconds > 0 { countOverhead(outcome) }
    }

    private func count(_ classification: Classification) {
        let key = classification.classifier.index << 20 | classification.decided.index
        if let known = classifications[key], known.fits(classification) { return known.count(classification) }
        let made = ClassificationSeries(classification, store: store)
        if classifications.count >= Self.tableMax { classifications.removeAll() }
        classifications[key] = made
        made.count(classification)
    }

    /// A copy is no client's exchange: what it took and cost counts, and nothing else.
    private func countShadow(_ outcome: borrowing Outcome) {
        if store.generation != generation { lookAnew() }
        if let target = outcome.target {
            series(for: outcome, target).countShadow(outcome)
            if !outcome.usage.isEmpty { series(for: target, outcome.operation).count(outcome.usage) }
        }
        for attempt in outcome.attempts {
            series(for: attempt.target, outcome.operation).count(attempt)
            series(for: outcome, attempt.target).countInference(attempt)
        }
        caller(outcome.caller).countCost(of: outcome)
        if !outcome.accounted && !outcome.attempts.isEmpty { unaccounted.add(1) }
    }

    private func countOverhead(_ outcome: borrowing Outcome) {
        let operation = outcome.operation
        overheads.at(operation.map { $0.index + 1 } ?? 0) {
            store.histogram(.gatewayOverhead, [Labels.operation(operation)])
        }.record(Double(outcome.overheadNanoseconds) / 1e9)
    }

    private func countCut(_ side: FailureReason.Side) {
        let position =
            switch side {
            case .client: 0
            case .gateway: 1
            case .upstream: 2
            }
        cuts.at(position) { store.counter(.streamsCut, [side.rawValue]) }.add(1)
    }

    /// On the shard's loop only.
    var tableEntries: Int { exchanges.count + targets.count + callers.count + servers.count + classifications.count }

    /// Series have expired: what is found from now on is found in the store.
    private func lookAnew() {
        generation = store.generation
        exchanges.removeAll()
        targets.removeAll()
        callers.removeAll()
        servers.removeAll()
        classifications.removeAll()
        caching = CacheSeries(store: store)
    }

    // MARK: Finding series: one look-up by a packed key, checked against what it stands for

    private func series(for outcome: borrowing Outcome, _ target: Target?) -> ExchangeSeries {
        let operation = UInt64(outcome.operation.map { $0.index + 1 } ?? 0)
        let key =
            operation << 60 | UInt64(((target?.index ?? -1) + 1) & 0xF_FFFF) << 40
            | UInt64(outcome.route.name.index & 0xF_FFFF) << 20 | UInt64(outcome.caller.team.index & 0xF_FFFF)
        if let known = exchanges[key], known.fits(outcome, target) { return known }
        let made = ExchangeSeries(
            operation: outcome.operation, route: outcome.route, team: outcome.caller.team, target: target, store: store)
        if exchanges.count >= Self.tableMax { exchanges.removeAll() }
        exchanges[key] = made
        return made
    }

    private func series(for target: Target, _ operation: Operation?) -> TargetSeries {
        let key = UInt64(target.index) << 4 | UInt64(operation.map { $0.index + 1 } ?? 0)
        if let known = targets[key], known.target === target { return known }
        let made = TargetSeries(
            target: target, operation: operation, store: store, vocabulary: settings.style.vocabulary)
        if targets.count >= Self.tableMax { targets.removeAll() }
        targets[key] = made
        return made
    }

    private func caller(_ caller: Caller) -> CallerSeries {
        let key = UInt64(caller.team.index) << 32 | UInt64(caller.name.index & 0xFFFF_FFFF)
        if let known = callers[key], known.fits(caller) { return known }
        let made = CallerSeries(caller: caller, store: store)
        if callers.count >= Self.tableMax { callers.removeAll() }
        callers[key] = made
        return made
    }

    private func server(_ outcome: borrowing Outcome) -> HistogramCell {
        let key = HTTPServerSeries.key(outcome)
        if let known = servers[key], known.httpRoute == outcome.httpRoute { return known.cell }
        let made = HTTPServerSeries(outcome, store: store)
        if servers.count >= Self.tableMax { servers.removeAll() }
        servers[key] = made
        return made.cell
    }

    // MARK: Scrape, from any thread

    func addTo(_ gathering: inout Gathering) {
        gathering.add(store.snapshot)
        gathering.add(.exchangesInFlight, "", inFlight.current)
        gathering.add(.unaccountedExchanges, "", unaccounted.current)
        gathering.add(.eventLoopLag, "", lag)
    }
}
