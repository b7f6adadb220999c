import GatewayTypes

/// What a strategy knows of one target at one moment.
struct TargetFigures: Sendable {
    /// At least 1.
    var weight = 1
    /// Attempts under way.
    var outstanding = 0
    /// Seconds; nil where nothing was measured.
    var latency: Double?
    /// Whether its latency is old or unknown and nobody has just been sent to measure it.
    var isDueToExplore = false
    /// US dollars for the request; nil where no price is known.
    var cost: Double?
    /// What feedback said of its replies; nil where nobody did.
    var score: QualityScore?
    /// The same in every process that knows the target.
    var identity: UInt64 = 0
}

/// The strategies as pure functions: figures in, the order of positions out.
enum Ranking {
    /// One in so many requests looks whether a target whose latency is old has become faster.
    static let exploringShare: UInt64 = 20

    /// The drawn target first, then the others by weight: shares hold in the long run, and fallback has somewhere to go.
    ///
    /// `draw` is uniformly random in its lower 62 bits.
    static func weighted(_ weights: [Int], draw: UInt64) -> [Int] {
        let total = weights.reduce(0, +)
        guard weights.count > 1, total > 0 else { return Array(weights.indices) }
        // Multiply-shift maps the draw's 62 random bits onto 0 ..< total without a division's bias.
        var point = Int((draw << 2).multipliedFullWidth(by: UInt64(total)).high)
        var chosen = 0
        while chosen < weights.count - 1, point >= weights[chosen] {
            point -= weights[chosen]
            chosen += 1
        }
        return [chosen] + weights.indices.filter { $0 != chosen }.sorted { weights[$0] > weights[$1] }
    }

    /// The fastest first. What was never measured is measured first; what was measured long ago by few.
    static func byLatency(_ figures: [TargetFigures], draw: UInt64) -> [Int] {
        var order = sorted(figures, draw: draw) { figures[$0].latency ?? .infinity }
        let due = figures.indices.filter { figures[$0].isDueToExplore }
        let explored =
            due.first { figures[$0].latency == nil }
            ?? (StableHash.mix(draw) % exploringShare == 0 ? due.first { $0 != order[0] } : nil)
        guard let explored, let position = order.firstIndex(of: explored) else { return order }
        order.remove(at: position)
        return [explored] + order
    }

    /// The cheapest first, as written where two cost the same; those without a price last.
    static func byCost(_ figures: [TargetFigures]) -> [Int] {
        figures.indices.sorted {
            (figures[$0].cost ?? .infinity, $0) < (figures[$1].cost ?? .infinity, $1)
        }
    }

    /// Why a target is the first by quality.
    enum QualityReason: Sendable { case best, explores, noneAffordable }

    /// Scores below which a target counts as little known.
    static let scoresMin = 5.0
    /// One in so many requests goes to a target that is little known.
    static let unknownShare: UInt64 = 10

    /// The best scored first of those that cost at most `costMax`; the others behind, the cheapest first. What is little
    /// known gets a bounded share of the requests, and counts as middling beside that. Where none is affordable: the
    /// cheapest first.
    static func byQuality(
        _ figures: [TargetFigures], costMax: Double, draw: UInt64
    ) -> (order: [Int], reason: QualityReason) {
        let cheapest = byCost(figures)
        let affordable = cheapest.filter { figures[$0].cost ?? .infinity <= costMax }
        guard !affordable.isEmpty else { return (cheapest, .noneAffordable) }
        let mean = { (position: Int) in figures[position].score?.mean ?? 0.5 }
        var order = affordable.enumerated()
            .sorted { (-mean($0.element), $0.offset) < (-mean($1.element), $1.offset) }.map(\.element)
        order += cheapest.filter { !affordable.contains($0) }
        let unknown = affordable.filter { figures[$0].score?.weight ?? 0 < scoresMin && $0 != order[0] }
        guard !unknown.isEmpty, StableHash.mix(draw) % unknownShare == 0 else { return (order, .best) }
        let lot = StableHash.mix(draw &+ 1).multipliedFullWidth(by: UInt64(unknown.count)).high
        let explored = unknown[Int(lot)]
        return ([explored] + order.filter { $0 != explored }, .explores)
    }

    /// The fewest attempts under way for its weight first.
    static func byLoad(_ figures: [TargetFigures], draw: UInt64) -> [Int] {
        sorted(figures, draw: draw) { load(figures[$0]) }
    }

    /// Of two drawn at random the less loaded first: nearly as even as looking at all, and no herd runs to the emptiest.
    static func byTwoChoices(_ figures: [TargetFigures], draw: UInt64) -> [Int] {
        guard figures.count > 1 else { return Array(figures.indices) }
        let count = UInt64(figures.count)
        let first = Int(StableHash.mix(draw).multipliedFullWidth(by: count).high)
        let step = Int(StableHash.mix(draw &+ 1).multipliedFullWidth(by: count - 1).high) + 1
        let second = (first + step) % figures.count
        let pair = load(figures[first]) <= load(figures[second]) ? [first, second] : [second, first]
        return pair + byLoad(figures, draw: draw).filter { !pair.contains($0) }
    }

    /// Weighted rendezvous hashing: the same key meets the same target, and when one leaves only its own keys move.
    static func byKey(_ figures: [TargetFigures], key: UInt64) -> [Int] {
        let scores = figures.map { figure in
            // 53 bits make a fraction; never 0, whose logarithm is infinite.
            let fraction = (Double(StableHash.mix(key ^ figure.identity) >> 11) + 0.5) / Double(1 << 53)
            return -PlainMath.log(fraction) / Double(max(1, figure.weight))
        }
        return figures.indices.sorted { (scores[$0], $0) < (scores[$1], $1) }
    }

    private static func load(_ figure: TargetFigures) -> Double {
        Double(figure.outstanding) / Double(max(1, figure.weight))
    }

    /// The smallest first; of equal ones those with fewer attempts under way, then as drawn.
    private static func sorted(_ figures: [TargetFigures], draw: UInt64, by value: (Int) -> Double) -> [Int] {
        let values = figures.indices.map(value)
        let ties = figures.indices.map { StableHash.mix(draw &+ UInt64($0)) }
        return figures.indices.sorted { left, right in
            (values[left], load(figures[left]), ties[left]) < (values[right], load(figures[right]), ties[right])
        }
    }
}
