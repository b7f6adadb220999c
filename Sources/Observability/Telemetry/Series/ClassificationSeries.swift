import GatewayTypes

/// The cells that decisions of one classifier for one class count into. Confined to its shard's loop.
final class ClassificationSeries {
    private let classifier: ConfiguredName
    private let decided: ConfiguredName
    private let store: SeriesStore
    private var results: LazyCells<CounterCell>
    private var duration = LazyCells<HistogramCell>(count: 1)

    init(_ classification: Classification, store: SeriesStore) {
        classifier = classification.classifier
        decided = classification.decided
        self.store = store
        results = LazyCells(count: Classification.Result.allCases.count)
    }

    func fits(_ other: Classification) -> Bool { other.classifier == classifier && other.decided == decided }

    func count(_ classification: Classification) {
        let result = classification.result
        results.at(result.index) {
            store.counter(.classifications, [classifier.text, decided.text, result.rawValue])
        }.add(1)
        duration.at(0) { store.histogram(.classificationDuration, [classifier.text]) }.record(classification.seconds)
    }
}
