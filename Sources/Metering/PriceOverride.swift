public import GatewayTypes

/// Prices that the configuration sets for one model: they replace the catalogue's wholly from a day on.
public struct PriceOverride: Sendable {
    /// The provider's configured name, its kind, or its name in the catalogue.
    public let provider: String
    /// The model as the provider knows it.
    public let model: String
    /// Nil: from always.
    public let effectiveFrom: WallTime?
    public let sheet: PriceSheet
    /// The override as a line of the catalogue's format: part of what the hash covers.
    let canonicalLine: String

    /// `prices` are pairs of the catalogue's keys (`input`, `batch.output`, `above.200000.input`, …) and decimals.
    public init(
        provider: String, model: String, effectiveFrom: WallTime? = nil, prices: [(key: String, value: String)]
    ) throws(PriceError) {
        guard !prices.isEmpty else { throw PriceError("\(provider) \(model): no price is given") }
        var sheet = PriceSheet()
        for price in prices { try sheet.set(price.key, price.value) }
        self.provider = provider
        self.model = model
        self.effectiveFrom = effectiveFrom
        self.sheet = sheet
        let pairs = prices.map { "\($0.key)=\($0.value)" }.sorted().joined(separator: " ")
        canonicalLine = "\(provider) \(model) override from=\(effectiveFrom?.nanoseconds ?? 0) \(pairs)\n"
    }

    /// `prices` are plain ones; `init(provider:model:effectiveFrom:prices:)` above also takes tiers and thresholds.
    public init(provider: String, model: String, effectiveFrom: WallTime? = nil, prices: [PriceUnit: UnitPrice]) {
        var sheet = PriceSheet()
        for (unit, price) in prices { sheet.set(unit, price) }
        self.provider = provider
        self.model = model
        self.effectiveFrom = effectiveFrom
        self.sheet = sheet
        let pairs = prices.map { "\($0.key.rawValue)=\($0.value.usdPerMillion)" }.sorted().joined(separator: " ")
        canonicalLine = "\(provider) \(model) override from=\(effectiveFrom?.nanoseconds ?? 0) per-million \(pairs)\n"
    }
}
