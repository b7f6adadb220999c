public import GatewayTypes

/// The dearest that a model's tokens can be: what a reservation counts with before anybody knows their kinds.
public struct PriceCeiling: Sendable {
    let input: UnitPrice
    /// Nil where the model has no price for output, as models for embeddings.
    let output: UnitPrice?
    let request: UnitPrice
    /// For a second of the attempt.
    let second: UnitPrice

    /// Rounding may add half a picodollar to each line of a cost; no cost has more lines than this.
    private static let slack = Money(picodollars: Int128(CostComponent.allCases.count))

    /// Whether nothing of it costs anything.
    public var isFree: Bool {
        [input, output ?? request, request, second].allSatisfy { $0.picodollarsPerMillion == 0 }
    }

    /// The most that so many tokens in so many seconds can cost; nil where output has no price.
    public func amount(inputTokens: Int64, outputTokens: Int64, seconds: Double = 0) -> Money? {
        if isFree { return .zero }
        guard outputTokens == 0 || output != nil else { return nil }
        let tokens = input.amount(of: inputTokens) + (output?.amount(of: outputTokens) ?? .zero)
        return tokens + request.amount(of: 1) + second.amount(of: Int64(seconds.rounded(.up))) + Self.slack
    }

    /// The dearer of both, price by price.
    public func max(_ other: PriceCeiling) -> PriceCeiling {
        func dearer(_ left: UnitPrice, _ right: UnitPrice) -> UnitPrice {
            left.picodollarsPerMillion >= right.picodollarsPerMillion ? left : right
        }
        let both = [output, other.output].compactMap { $0 }
        return PriceCeiling(
            input: dearer(input, other.input),
            output: both.reduce(both.first) { dearest, next in dearest.map { dearer($0, next) } },
            request: dearer(request, other.request), second: dearer(second, other.second))
    }

    /// Nil where input has no price.
    init?(_ rates: RateTable) {
        func dearest(_ components: [CostComponent]) -> UnitPrice? {
            components.compactMap { rates[$0] }.max { $0.picodollarsPerMillion < $1.picodollarsPerMillion }
        }
        let free = UnitPrice(picodollarsPerMillion: 0)
        let dearestInput = dearest([.input, .cacheRead, .cacheWrite, .cacheWriteHour, .audioInput, .image])
        guard let input = dearestInput ?? (rates.isFlat ? free : nil) else { return nil }
        self.input = input
        output = dearest([.output, .reasoning, .audioOutput]) ?? (rates.isFlat ? free : nil)
        request = rates[.request] ?? free
        second = rates[.second] ?? free
    }

    private init(input: UnitPrice, output: UnitPrice?, request: UnitPrice, second: UnitPrice) {
        self.input = input
        self.output = output
        self.request = request
        self.second = second
    }
}

extension RateCard {
    /// Over all thresholds of the plain tier; over those of all tiers where the request asks for one.
    func ceiling(anyTier: Bool) -> PriceCeiling? {
        let tables = (anyTier ? tiers : [tiers[0]]).flatMap { $0.bands.map(\.rates) }
        return tables.compactMap { PriceCeiling($0) }.reduce(nil) { dearest, next in dearest?.max(next) ?? next }
    }
}
