public import GatewayTypes

/// Turns usage into money: the catalogue and the configuration's overrides, resolved for every target.
///
/// A value that never changes: a reload builds a new one and hands on the `TokenEstimator`, which has learned.
public struct PriceBook: Pricer {
    /// The first 12 hexadecimal digits of the SHA-256 over catalogue and overrides.
    public let hash: String
    /// The catalogue's source date, `YYYY-MM-DD`.
    public let version: String
    public let sourceTime: WallTime

    /// By target index: rate cards, the latest first. Empty: no price is known.
    private let cards: [[RateCard]]
    /// As `cards`: the ceilings of the plain tier and of any.
    private let ceilings: [[(from: WallTime, plain: PriceCeiling?, any: PriceCeiling?)]]
    private let anyModels: AnyModelCards
    private let ratios: [TokenRatios]

    /// `targets` are all targets of one configuration, each at its own index. `sha256` is handed in because this room
    /// does no cryptography.
    public init(
        catalog: PriceCatalog, overrides: [PriceOverride], targets: [Target], estimator: TokenEstimator,
        sha256: ([UInt8]) -> [UInt8]
    ) {
        let lines = overrides.map(\.canonicalLine).sorted().joined()
        let digest = sha256(catalog.bytes + Array(lines.utf8))
        hash = Hex.text(digest.prefix(6))
        version = catalog.sourceDate
        sourceTime = catalog.sourceTime

        let shelf = PriceShelf(catalog: catalog, overrides: overrides)
        anyModels = AnyModelCards(shelf)
        let count = (targets.map(\.index).max() ?? -1) + 1
        var cards = [[RateCard]](repeating: [], count: count)
        for target in targets { cards[target.index] = shelf.cards(for: target) }
        self.cards = cards
        ceilings = cards.map { cards in
            cards.map { ($0.from, $0.ceiling(anyTier: false), $0.ceiling(anyTier: true)) }
        }
        ratios = estimator.ratios(for: targets, count: count)
    }

    /// The dearest that the target's tokens can be at `time`; nil where no price is known. `anyTier`: the request may be
    /// served at another tier's prices than the plain ones.
    public func ceiling(of target: Target, anyTier: Bool, at time: WallTime) -> PriceCeiling? {
        guard target.index < ceilings.count, let found = ceilings[target.index].first(where: { $0.from <= time }) else {
            return nil
        }
        return anyTier ? found.any : found.plain
    }

    public func cost(of use: MeteredUse, target: Target) -> Cost {
        let usage = use.usage
        guard let card = card(target, use) else { return usage.isEmpty ? .nothing : unpriced }
        let tier = card.tier(named: use.tier)
        guard let rates = tier.rates(forInput: usage.inputTokens ?? 0) else { return unpriced }
        guard !usage.isEmpty || rates.isFlat else { return .nothing }
        var lines: [CostLine] = []
        lines.reserveCapacity(4)
        guard rates.isFlat || Self.charge(usage, use.operation, rates, &lines) else { return unpriced }
        if let price = rates[.request] {
            // Of what is billed by the search, a request holds as many as were counted.
            lines.append(CostLine(component: .request, units: usage.units[.search] ?? 1, price: price))
        }
        if let price = rates[.second] {
            lines.append(CostLine(component: .second, units: use.nanoseconds / 1_000_000, price: price.perThousandth))
        }
        return Cost(status: .priced, lines: lines, tier: tier.name, catalogHash: hash)
    }

    /// False when something was used that has no price.
    private static func charge(
        _ usage: Usage, _ operation: Operation, _ rates: RateTable, _ lines: inout [CostLine]
    ) -> Bool {
        for type in TokenType.allCases {
            guard let tokens = usage[type], tokens > 0 else { continue }
            let hour = type == .cacheWrite ? min(max(0, usage.cacheWriteHourTokens), tokens) : 0
            guard charge(type.component(in: operation), tokens - hour, rates, &lines),
                charge(.cacheWriteHour, hour, rates, &lines)
            else { return false }
        }
        // Where tokens were counted they are the bill; units beside them are only told.
        guard lines.isEmpty else { return true }
        for (unit, count) in usage.units {
            switch unit {
            case .search: continue
            case .character: guard charge(.character, count, rates, &lines) else { return false }
            case .page: guard charge(.page, count, rates, &lines) else { return false }
            case .imageOutput: guard charge(.imageEach, count, rates, &lines) else { return false }
            case .audioMillisecond:
                guard count > 0 else { continue }
                guard let price = rates[.audioSecond] else { return false }
                lines.append(CostLine(component: .audioSecond, units: count, price: price.perThousandth))
            }
        }
        return true
    }

    public func estimateTokens(textBytes: Int, target: Target, output: Bool) -> Int64 {
        ratio(target, output).tokens(forBytes: textBytes)
    }

    public func observe(textBytes: Int, tokens: Int64, target: Target, output: Bool) {
        ratio(target, output).observe(bytes: textBytes, tokens: tokens)
    }

    private var unpriced: Cost {
        Cost(status: .unpriced, lines: [], tier: RateCard.plainTier, catalogHash: hash)
    }

    private func card(_ target: Target, _ use: MeteredUse) -> RateCard? {
        guard target.index < cards.count else { return nil }
        if target.servedModel == .other, let model = use.model {
            return anyModels.cards(for: target, model: model).first { $0.from <= use.time }
        }
        return cards[target.index].first { $0.from <= use.time }
    }

    private func ratio(_ target: Target, _ output: Bool) -> TokenRatio {
        output ? ratios[target.index].output : ratios[target.index].input
    }

    /// False when there are units but no price.
    private static func charge(
        _ component: CostComponent, _ units: Int64, _ rates: RateTable, _ lines: inout [CostLine]
    ) -> Bool {
        guard units > 0 else { return true }
        guard let price = rates[component] else { return false }
        lines.append(CostLine(component: component, units: units, price: price))
        return true
    }
}

extension TokenType {
    fileprivate func component(in operation: Operation) -> CostComponent {
        switch self {
        case .input: .input
        case .cacheRead: .cacheRead
        case .cacheWrite: .cacheWrite
        case .output: operation == .imageGeneration ? .imageOutput : .output
        case .reasoning: .reasoning
        case .audioInput: .audioInput
        case .audioOutput: .audioOutput
        case .image: .image
        }
    }
}
