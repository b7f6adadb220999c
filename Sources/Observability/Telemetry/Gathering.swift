import GatewayTypes

/// A merged series' value.
enum SampleValue: Equatable {
    case count(UInt64)
    case number(Double)
    case money(Money)
    /// Shown in seconds.
    case nanoseconds(UInt64)
}

struct HistogramValue: Equatable {
    var counts: [UInt64]
    var sum: Double
    /// By slot of the exponential buckets that cover the instrument's; empty where the format shows none.
    var exponential: [UInt64] = []
    /// By bucket; empty for instruments without.
    var exemplars: [Exemplar?]
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

/// Adds up the shards of all loops.
struct Gathering {
    private struct Merged {
        var values: [String: SampleValue] = [:]
        var exemplars: [String: Exemplar] = [:]
        var histograms: [String: HistogramValue] = [:]
    }

    /// Whether histograms come with their exponential buckets.
    private let native: Bool
    private var merged = [Merged](repeating: Merged(), count: InstrumentCatalog.all.count)

    init(native: Bool = false) { self.native = native }

    mutating func set(_ instrument: Instrument, _ labels: String, _ value: SampleValue) {
        merged[instrument.index].values[labels] = value
    }

    mutating func add(_ instrument: Instrument, _ labels: String, _ count: UInt64) {
        guard case .count(let before) = merged[instrument.index].values[labels, default: .count(0)] else { return }
        merged[instrument.index].values[labels] = .count(before &+ count)
    }

    mutating func add(_ instrument: Instrument, _ labels: String, _ money: Money) {
        var sum = money
        if case .money(let before)? = merged[instrument.index].values[labels] { sum = sum + before }
        merged[instrument.index].values[labels] = .money(sum)
    }

    mutating func add(_ instrument: Instrument, _ labels: String, _ delta: Int) {
        var total = Double(delta)
        if case .number(let before)? = merged[instrument.index].values[labels] { total += before }
        merged[instrument.index].values[labels] = .number(total)
    }

    mutating func add(position: Int, labels: String, _ cell: Cell) {
        switch cell {
        case .counter(let counter):
            add(InstrumentCatalog.all[position].id, labels, counter.current)
        case .seconds(let counter):
            var sum = counter.current
            if case .nanoseconds(let before)? = merged[position].values[labels] { sum &+= before }
            merged[position].values[labels] = .nanoseconds(sum)
        case .money(let money):
            var sum = money.current
            if case .money(let before)? = merged[position].values[labels] { sum = sum + before }
            merged[position].values[labels] = .money(sum)
            merged[position].exemplars[labels] = newer(merged[position].exemplars[labels], money.exemplar?.current)
        case .histogram(let histogram):
            let exemplars = histogram.exemplars.map(\.current)
            guard var value = merged[position].histograms[labels] else {
                merged[position].histograms[labels] = HistogramValue(
                    counts: histogram.currentCounts, sum: histogram.currentSum,
                    exponential: native ? histogram.currentSlots : [], exemplars: exemplars)
                return
            }
            for (bucket, count) in histogram.currentCounts.enumerated() { value.counts[bucket] &+= count }
            value.sum += histogram.currentSum
            if native {
                for (slot, count) in histogram.currentSlots.enumerated() { value.exponential[slot] &+= count }
            }
            for bucket in exemplars.indices {
                value.exemplars[bucket] = newer(value.exemplars[bucket], exemplars[bucket])
            }
            merged[position].histograms[labels] = value
        }
    }

    private func newer(_ left: Exemplar?, _ right: Exemplar?) -> Exemplar? {
        guard let left else { return right }
        guard let right else { return left }
        return left.at < right.at ? right : left
    }

    /// In the catalogue's order; instruments without a series are left out.
    var families: [Family] {
        zip(InstrumentCatalog.all, merged).compactMap { spec, merged in
            if merged.values.isEmpty && merged.histograms.isEmpty { return nil }
            let samples = merged.values.sorted { $0.key < $1.key }.map {
                Family.Sample(labels: $0.key, value: $0.value, exemplar: merged.exemplars[$0.key])
            }
            let histograms = merged.histograms.sorted { $0.key < $1.key }.map { (labels: $0.key, value: $0.value) }
            return Family(spec: spec, samples: samples, histograms: histograms)
        }
    }
}
