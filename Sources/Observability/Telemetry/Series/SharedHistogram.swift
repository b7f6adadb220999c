import Synchronization

/// A histogram that any thread may record into: for what happens seldom.
public final class SharedHistogram: Sendable {
    fileprivate let cell: HistogramCell
    private let turn = Mutex(())

    public init(_ instrument: Instrument) { cell = HistogramCell(bounds: instrument.spec.buckets, exemplars: false) }

    public func record(_ value: Double) { turn.withLock { _ in _ = cell.record(value) } }
}

extension SampleWriter {
    /// The same labels given twice add up.
    public mutating func add(_ instrument: Instrument, _ values: [String], _ histogram: SharedHistogram) {
        gathering.add(instrument, LabelText.render(instrument.spec.labels, values), histogram.cell)
    }
}
