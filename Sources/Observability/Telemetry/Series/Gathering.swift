import GatewayTypes

/// A merged series' value.
enum SampleValue: Equatable {
    case count(UInt64)
    case number(Double)
    case money(Money)
    /// Shown in seconds.
    case nanoseconds(UInt64)

    /// Adds a number of the same kind; an instrument has one kind.
    mutating func add(_ more: SampleValue) {
        switch (self, more) {
        case (.count(let left), .count(let right)): self = .count(left &+ right)
        case (.number(let left), .number(let right)): self = .number(left + right)
        case (.money(let left), .money(let right)): self = .money(left + right)
        case (.nanoseconds(let left), .nanoseconds(let right)): self = .nanoseconds(left &+ right)
        case (.count, _), (.number, _), (.money, _), (.nanoseconds, _):
            preconditionFailure("the kinds of one instrument's numbers differ")
        }
    }
}

struct HistogramValue: Equatable {
    var counts: [UInt64]
    var sum: Double
    /// By slot of the exponential buckets that cover the instrument's; empty where the format shows none.
    var exponential: [UInt64] = []
    /// By bucket; empty for instruments without.
    var exemplars: [Exemplar?]

    /// Adds those of another shard; of two exemplars the newer stays.
    mutating func add(_ more: HistogramValue) {
        for bucket in counts.indices { counts[bucket] &+= more.counts[bucket] }
        for slot in exponential.indices { exponential[slot] &+= more.exponential[slot] }
        sum += more.sum
        for bucket in exemplars.indices {
            guard let exemplar = more.exemplars[bucket] else { continue }
            if let before = exemplars[bucket], exemplar.at <= before.at { continue }
            exemplars[bucket] = exemplar
        }
    }
}

extension Cell {
    /// A counter's number now.
    var sample: SampleValue {
        switch self {
        case .counter(let cell): .count(cell.current)
        case .seconds(let cell): .nanoseconds(cell.current)
        case .money(let cell): .money(cell.current)
        case .histogram: preconditionFailure("a histogram is no number")
        }
    }

    /// That of a counter of money.
    var exemplar: Exemplar? {
        guard case .money(let cell) = self else { return nil }
        return cell.exemplar?.current
    }

    /// A histogram's counts now.
    func histogram(native: Bool) -> HistogramValue {
        guard case .histogram(let cell) = self else { preconditionFailure("a number is no histogram") }
        return HistogramValue(
            counts: cell.currentCounts, sum: cell.currentSum, exponential: native ? cell.currentSlots : [],
            exemplars: cell.exemplars.map(\.current))
    }
}

/// One instrument's series, sorted by label text.
struct Family {
    struct Sample {
        let labels: String
        let value: SampleValue
        let exemplar: Exemplar?
    }

    let spec: InstrumentSpec
    let samples: [Sample]
    let histograms: [(labels: String, value: HistogramValue)]
}

extension [Cell?] {
    /// The cell of the series of that number, where this shard has met it.
    func cell(_ number: Int) -> Cell? { number < count ? self[number] : nil }
}

/// Adds up the shards of all loops, and takes what is read at the moment of the scrape.
struct Gathering {
    /// What comes by its labels: few, and most of them gauges.
    private struct Loose {
        var values: [String: SampleValue] = [:]
        var histograms: [String: HistogramValue] = [:]
    }

    /// Whether histograms come with their exponential buckets.
    private let native: Bool
    private var loose = [Loose](repeating: Loose(), count: InstrumentCatalog.all.count)
    /// Of each shard, by the instrument's position and the series' number.
    private var shards: [[[Cell?]]] = []

    init(native: Bool = false) { self.native = native }

    mutating func set(_ instrument: Instrument, _ labels: String, _ value: SampleValue) {
        loose[instrument.index].values[labels] = value
    }

    mutating func add(_ instrument: Instrument, _ labels: String, _ count: UInt64) {
        guard case .count(let before) = loose[instrument.index].values[labels, default: .count(0)] else { return }
        loose[instrument.index].values[labels] = .count(before &+ count)
    }

    mutating func add(_ instrument: Instrument, _ labels: String, _ money: Money) {
        var sum = money
        if case .money(let before)? = loose[instrument.index].values[labels] { sum = sum + before }
        loose[instrument.index].values[labels] = .money(sum)
    }

    mutating func add(_ instrument: Instrument, _ labels: String, _ delta: Int) {
        var total = Double(delta)
        if case .number(let before)? = loose[instrument.index].values[labels] { total += before }
        loose[instrument.index].values[labels] = .number(total)
    }

    mutating func add(_ instrument: Instrument, _ labels: String, _ histogram: HistogramCell) {
        let more = Cell.histogram(histogram).histogram(native: native)
        if loose[instrument.index].histograms[labels]?.add(more) == nil {
            loose[instrument.index].histograms[labels] = more
        }
    }

    /// All series of one shard.
    mutating func add(_ cells: [[Cell?]]) { shards.append(cells) }

    // MARK: Families

    /// In the catalogue's order; instruments without a series are left out. `orders`: by instrument, the series of the
    /// shards in the order of their texts.
    func families(orders: [[Series]]) -> [Family] {
        InstrumentCatalog.all.indices.compactMap { position in
            let spec = InstrumentCatalog.all[position]
            let cells = shards.map { $0[position] }
            var (samples, histograms): ([Family.Sample], [(labels: String, value: HistogramValue)]) = ([], [])
            switch spec.type {
            case .histogram: histograms = self.histograms(orders[position], cells)
            case .counter, .gauge, .info: samples = self.samples(orders[position], cells)
            }
            add(loose[position], to: &samples, &histograms)
            if samples.isEmpty && histograms.isEmpty { return nil }
            return Family(spec: spec, samples: samples, histograms: histograms)
        }
    }

    private func samples(_ order: [Series], _ shards: [[Cell?]]) -> [Family.Sample] {
        var samples: [Family.Sample] = []
        samples.reserveCapacity(order.count)
        for series in order {
            var value: SampleValue?
            var exemplar: Exemplar?
            for shard in shards {
                guard let cell = shard.cell(series.number) else { continue }
                if value?.add(cell.sample) == nil { value = cell.sample }
                guard let newest = cell.exemplar else { continue }
                if let before = exemplar, newest.at <= before.at { continue }
                exemplar = newest
            }
            if let value { samples.append(Family.Sample(labels: series.text, value: value, exemplar: exemplar)) }
        }
        return samples
    }

    private func histograms(
        _ order: [Series], _ shards: [[Cell?]]
    ) -> [(labels: String, value: HistogramValue)] {
        order.compactMap { series in
            var value: HistogramValue?
            for shard in shards {
                guard let more = shard.cell(series.number)?.histogram(native: native) else { continue }
                if value?.add(more) == nil { value = more }
            }
            return value.map { (series.text, $0) }
        }
    }

    private func add(
        _ loose: Loose, to samples: inout [Family.Sample], _ histograms: inout [(labels: String, value: HistogramValue)]
    ) {
        if !loose.values.isEmpty {
            samples += loose.values.map { Family.Sample(labels: $0.key, value: $0.value, exemplar: nil) }
            samples.sort { $0.labels < $1.labels }
        }
        if !loose.histograms.isEmpty {
            histograms += loose.histograms.map { (labels: $0.key, value: $0.value) }
            histograms.sort { $0.labels < $1.labels }
        }
    }
}
