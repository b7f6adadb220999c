extension Outcome {
    /// Attempts that cost something and whose reply nobody got, because a later one that cost something was made: a
    /// provider that tells its usage and then fails before the first token. Their money is spent all the same.
    public var abandoned: [AttemptOutcome] {
        guard attempts.count > 1 else { return [] }
        return attempts.filter { $0.cost.status != .nothing }.dropLast()
    }

    /// What all attempts cost together.
    public var wholeCost: Cost {
        let abandoned = abandoned
        guard !abandoned.isEmpty else { return cost }
        let parts = abandoned.map(\.cost) + [cost]
        return Cost(
            status: parts.contains { $0.status == .unpriced } ? .unpriced : .priced, lines: parts.flatMap(\.lines),
            tier: cost.tier, catalogHash: cost.catalogHash)
    }

    /// What all attempts consumed together.
    public var wholeUsage: Usage { abandoned.reduce(usage) { $0.adding($1.usage) } }

    /// What all attempts would have cost if no budget had moved the exchange.
    public var wholeDemand: Money { abandoned.reduce(demand) { $0 + $1.demand } }
}

extension Usage {
    /// The sum. What only one of them told is what it told; it is an estimate where either is.
    func adding(_ other: Usage) -> Usage {
        var sum = self
        for type in TokenType.allCases {
            if let count = other[type] { sum[type] = (self[type] ?? 0) + count }
        }
        sum.units.merge(other.units) { $0 + $1 }
        sum.cacheWriteHourTokens += other.cacheWriteHourTokens
        if let total = other.reportedTotal { sum.reportedTotal = (reportedTotal ?? 0) + total }
        if let cost = other.reportedCost { sum.reportedCost = (reportedCost ?? .zero) + cost }
        if other.source == .estimated || source == .none { sum.source = other.source }
        return sum
    }
}
