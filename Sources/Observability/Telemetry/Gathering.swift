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

    /// All series of one shard. The first shard's are taken over in the order that they have, which spares looking for
    /// the place of each.
    mutating func add(position: Int, _ cells: [String: Cell]) {
        guard merged[position].values.isEmpty && merged[position].histograms.isEmpty else {
            for (labels, cell) in cells { add(position: position, labels: labels, cell) }
            return
        }
        switch InstrumentCatalog.all[position].type {
        case .histogram: merged[position].histograms = cells.mapValues { $0.histogram(native: native) }
        case .counter, .gauge, .info: merged[position].values = cells.mapValues(\.sample)
        }
        guard InstrumentCatalog.all[position].exemplars else { return }
        for (labels, cell) in cells { keepExemplar(position, labels, cell) }
    }

    mutating func add(position: Int, labels: String, _ cell: Cell) {
        guard case .histogram = cell else {
            if merged[position].values[labels]?.add(cell.sample) == nil {
                merged[position].values[labels] = cell.sample
            }
            return keepExemplar(position, labels, cell)
        }
        let more = cell.histogram(native: native)
        if merged[position].histograms[labels]?.add(more) == nil { merged[position].histograms[labels] = more }
    }

    /// That of a counter of money, where it is the newest.
    private mutating func keepExemplar(_ position: Int, _ labels: String, _ cell: Cell) {
        guard case .money(let money) = cell, let exemplar = money.exemplar?.current else { return }
        if let before = merged[position].exemplars[labels], exemplar.at <= before.at { return }
        merged[position].exemplars[labels] = exemplar
    }

    /// In the catalogue's order; instruments without a series are left out.
    /// `orders`: by instrument, label texts in order, which save the sorting where they are all that there is.
    func families(orders: [[String]]) -> [Family] {
        InstrumentCatalog.all.indices.compactMap { position in
            let (spec, merged, order) = (InstrumentCatalog.all[position], merged[position], orders[position])
            if merged.values.isEmpty && merged.histograms.isEmpty { return nil }
            let samples = Self.sorted(merged.values, order).map {
                Family.Sample(labels: $0.key, value: $0.value, exemplar: merged.exemplars[$0.key])
            }
            let histograms = Self.sorted(merged.histograms, order).map { (labels: $0.key, value: $0.value) }
            return Family(spec: spec, samples: samples, histograms: histograms)
        }
    }

    var families: [Family] { families(orders: Array(repeating: [], count: InstrumentCatalog.all.count)) }

    private static func sorted<Value>(
        _ values: [String: Value], _ order: [String]
    ) -> [(key: String, value: Value)] {
        if order.count >= values.count {
            var found: [(key: String, value: Value)] = []
            found.reserveCapacity(values.count)
            for text in order { if let value = values[text] { found.append((text, value)) } }
            if found.count == values.count { return found }
        }
        return values.sorted { $0.key < $1.key }
    }
}
