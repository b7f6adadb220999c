import GatewayTypes

/// The cells that attempts at one target for one operation count into. Confined to its shard's loop.
final class TargetSeries {
    let target: Target
    let operation: Operation?
    private let store: SeriesStore
    private var results: LazyCells<CounterCell>
    private var phases: LazyCells<HistogramCell>
    private var durations: LazyCells<HistogramCell>
    private var tokenUsage = LazyCells<HistogramCell>(count: 2)
    private var gaps = LazyCells<HistogramCell>(count: 1)
    private var http: [Int: HistogramCell] = [:]
    /// In place of the metrics of v1.41, or beside them.
    private var inference: InferenceSeries?
    private let countsPinned: Bool
    private let countsTokenUsage: Bool

    init(target: Target, operation: Operation?, store: SeriesStore, vocabulary: Vocabulary) {
        self.target = target
        self.operation = operation
        self.store = store
        let results = FailureReason.allCases.count + 1
        self.results = LazyCells(count: results)
        durations = LazyCells(count: results)
        phases = LazyCells(count: AttemptPhase.allCases.count)
        let isRenamed = vocabulary.writesLatest && InferenceSeries.includes(operation)
        countsPinned = vocabulary.writesPinned || !isRenamed
        countsTokenUsage = vocabulary.writesPinned
        if isRenamed { inference = InferenceSeries(labels: conventionLabels, store: store) }
    }

    func count(_ attempt: borrowing AttemptOutcome) {
        let reason = attempt.failure?.reason
        let position = reason.map { $0.ordinal + 1 } ?? 0
        results.at(position) {
            let outcome = reason == nil ? CompletedWord.text : "failed"
            return store.counter(.attempts, Labels.target(target) + [outcome, reason?.rawValue ?? ""])
        }.add(1)
        let seconds = attempt.ended.seconds(since: attempt.began)
        if countsPinned {
            durations.at(position) {
                store.histogram(.genAIOperationDuration, conventionLabels + [reason?.rawValue ?? ""])
            }.record(seconds)
        }
        inference?.count(attempt, seconds: seconds)
        for (position, phase) in Cases.phases.enumerated() {
            let nanoseconds = attempt.phases.nanoseconds(phase)
            guard nanoseconds > 0 else { continue }
            phases.at(position) {
                store.histogram(.attemptPhase, [target.provider.text, phase.rawValue])
            }.record(Double(nanoseconds) / 1e9)
        }
        if attempt.gaps.count > 0 {
            gaps.at(0) {
                store.histogram(.interToken, [Labels.operation(operation)] + Labels.target(target))
            }.add(attempt.gaps)
        }
        httpCell(attempt.method, status: attempt.status, position, reason).record(seconds)
    }

    func count(_ usage: Usage) {
        count(usage.inputTokens, 0, Conventions.Value.input)
        count(usage.outputTokens, 1, Conventions.Value.output)
    }

    private func count(_ tokens: Int64?, _ position: Int, _ type: String) {
        guard let tokens, countsTokenUsage else { return }
        tokenUsage.at(position) { store.histogram(.genAITokenUsage, conventionLabels + [type]) }.record(Double(tokens))
    }

    private func httpCell(_ method: Method, status: Int, _ position: Int, _ reason: FailureReason?) -> HistogramCell {
        let key = status << 16 | method.ordinal << 8 | position
        if let cell = http[key] { return cell }
        let status = (100...599).contains(status) ? String(status) : ""
        let labels = [method.rawValue] + server + [status, reason?.rawValue ?? ""]
        let cell = store.histogram(.httpClientDuration, labels)
        http[key] = cell
        return cell
    }

    private var conventionLabels: [String] {
        [Labels.operation(operation), target.providerKind, target.servedModel.text] + server
    }

    private var server: [String] {
        guard let endpoint = target.anyEndpoint else { return ["", ""] }
        return [endpoint.serverAddress, String(endpoint.serverPort)]
    }
}
