public import GatewayTypes

/// Orders a route's targets for one exchange.
public struct TargetOrder: Stage {
    public static let hop = Hop.routing

    public init() {}

    public func enter(_ exchange: inout Exchange) async throws(Failure) -> Passage {
        let route = exchange.route
        switch route.strategy {
        case .ordered: exchange.targets = route.targets
        case .weighted: exchange.targets = Self.weighted(route.targets, draw: exchange.id.low)
        }
        return .pass
    }

    /// The drawn target first, then the others by weight: shares hold in the long run, and fallback has somewhere to go.
    ///
    /// `draw` is uniformly random.
    static func weighted(_ targets: [Target], draw: UInt64) -> [Target] {
        let total = targets.reduce(0) { $0 + $1.weight }
        guard targets.count > 1, total > 0 else { return targets }
        // Multiply-shift maps the draw's 62 random bits onto 0 ..< total without a division's bias.
        var point = Int((draw << 2).multipliedFullWidth(by: UInt64(total)).high)
        var chosen = targets.startIndex
        while chosen < targets.endIndex - 1, point >= targets[chosen].weight {
            point -= targets[chosen].weight
            chosen += 1
        }
        let rest = targets.indices.filter { $0 != chosen }.sorted { targets[$0].weight > targets[$1].weight }
        return [targets[chosen]] + rest.map { targets[$0] }
    }
}
