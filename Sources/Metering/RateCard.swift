import GatewayTypes

/// A model's prices from a day on, resolved for every service tier and threshold when the book is built.
struct RateCard: Sendable {
    /// The tier whose prices are the plain ones.
    static let plainTier = "default"

    struct Tier: Sendable {
        let name: String
        /// By threshold of input tokens, the highest first; the last one's is -1.
        let bands: [(above: Int64, rates: RateTable)]

        func rates(forInput tokens: Int64) -> RateTable? { bands.first { tokens > $0.above }?.rates }
    }

    let from: WallTime
    /// The plain tier first.
    let tiers: [Tier]

    /// Within a tier, its own prices hold before the thresholds of the plain list; a price that a tier does not name is
    /// the plain list's.
    init(from: WallTime, sheet: PriceSheet) {
        self.from = from
        let plain = sheet.plain
        tiers =
            [Tier(name: Self.plainTier, bands: Self.bands([plain]))]
            + sheet.tiers.sorted { $0.key < $1.key }
            .map { Tier(name: $0.key, bands: Self.bands([$0.value, plain])) }
    }

    /// The tier's prices; those of the plain tier where the tier has none.
    func tier(named name: String?) -> Tier {
        guard let name, let tier = tiers.first(where: { $0.name == name }) else { return tiers[0] }
        return tier
    }

    private static func bands(_ tables: [PriceSheet.Table]) -> [(above: Int64, rates: RateTable)] {
        let thresholds = Set(tables.flatMap(\.above.keys)).union([-1]).sorted(by: >)
        return thresholds.map { threshold in
            var layers: [[PriceUnit: UnitPrice]] = []
            for table in tables {
                for step in table.above.keys.sorted(by: >) where step <= threshold {
                    if let prices = table.above[step] { layers.append(prices) }
                }
                layers.append(table.prices)
            }
            return (threshold, RateTable(layers: layers))
        }
    }
}
