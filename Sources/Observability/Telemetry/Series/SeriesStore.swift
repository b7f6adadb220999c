import Synchronization

/// The series of one shard. Its lock is taken when a series is first met and when a scrape copies the list; never when
/// a known series is counted.
final class SeriesStore: Sendable {
    private let cells = Mutex([[Cell?]](repeating: [], count: InstrumentCatalog.all.count))
    private let registry: SeriesRegistry
    private let turns = Atomic<Int>(0)

    init(registry: SeriesRegistry) { self.registry = registry }

    func counter(_ instrument: Instrument, _ values: [String]) -> CounterCell {
        guard case .counter(let cell) = find(instrument, values, { .counter(CounterCell()) }) else {
            preconditionFailure("\(instrument.rawValue) does not count")
        }
        return cell
    }

    func money(_ instrument: Instrument, _ values: [String]) -> MoneyCell {
        let exemplars = instrument.spec.exemplars
        guard case .money(let cell) = find(instrument, values, { .money(MoneyCell(exemplars: exemplars)) }) else {
            preconditionFailure("\(instrument.rawValue) does not hold money")
        }
        return cell
    }

    /// Counts nanoseconds.
    func seconds(_ instrument: Instrument, _ values: [String]) -> CounterCell {
        guard case .seconds(let cell) = find(instrument, values, { .seconds(CounterCell()) }) else {
            preconditionFailure("\(instrument.rawValue) does not count seconds")
        }
        return cell
    }

    func histogram(_ instrument: Instrument, _ values: [String]) -> HistogramCell {
        let spec = instrument.spec
        let make = { Cell.histogram(HistogramCell(bounds: spec.buckets, exemplars: spec.exemplars)) }
        guard case .histogram(let cell) = find(instrument, values, make) else {
            preconditionFailure("\(instrument.rawValue) is no histogram")
        }
        return cell
    }

    private func find(_ instrument: Instrument, _ values: [String], _ make: () -> Cell) -> Cell {
        let number = registry.admit(instrument, values)
        return cells.withLock { cells in
            let missing = number + 1 - cells[instrument.index].count
            if missing > 0 { cells[instrument.index].append(contentsOf: repeatElement(nil, count: missing)) }
            if let cell = cells[instrument.index][number] { return cell }
            let cell = make()
            cells[instrument.index][number] = cell
            return cell
        }
    }

    /// Lets go of series, and makes the loop look for its cells anew. What the loop is counting into one of them at that
    /// very moment is lost: money and tokens never expire.
    func forget(_ expired: [ExpiredSeries]) {
        cells.withLock { cells in
            for one in expired where one.series.number < cells[one.position].count {
                cells[one.position][one.series.number] = nil
            }
        }
        turns.wrappingAdd(1, ordering: .releasing)
    }

    /// Changes when series were let go.
    var generation: Int { turns.load(ordering: .acquiring) }

    /// By position in the catalogue and number of the series.
    var snapshot: [[Cell?]] { cells.withLock { $0 } }
}
