import Budgets
import GatewayTypes
import Metering
import NIOCore

/// What attempts may cost at most, from the price book and what each target can do.
struct PriceBounds: CostBounds {
    private let prices: PriceBook
    /// The dearest of all configured prices; nil where none is known.
    private let dearest: PriceCeiling?

    /// Output tokens of a reply whose model says no maximum and whose client asked for none.
    static let outputTokensDefault: Int64 = 4096
    /// More than any provider counts for one image, and for the words around tools.
    private static let tokensPerImage: Int64 = 16_384
    private static let tokensPerTool: Int64 = 64
    private static let tokensForTools: Int64 = 512

    init(prices: PriceBook, targets: [Target]) {
        self.prices = prices
        let now = WallTime.now()
        dearest = targets.compactMap { prices.ceiling(of: $0, anyTier: true, at: now) }
            .reduce(nil) { dearest, next in dearest?.max(next) ?? next }
    }

    func outputTokensMax(_ target: Target, for exchange: borrowing Exchange) -> Int64? {
        guard case .model(let request) = exchange.request, request.operation == .chat else { return nil }
        let most = target.abilities.outputTokensMax ?? Self.outputTokensDefault
        return min(most, request.facts.outputTokensMax ?? most, exchange.outputTokensMax ?? most)
    }

    func bound(_ target: Target, for exchange: borrowing Exchange) -> Money? {
        guard case .model(let request) = exchange.request else { return nil }
        let anyTier = request.facts.serviceTier.map { $0 != "default" } ?? false
        guard let ceiling = prices.ceiling(of: target, anyTier: anyTier, at: exchange.arrivedAt) else { return nil }
        return amount(
            ceiling, request, output: outputTokensMax(target, for: exchange) ?? 0,
            seconds: target.anyEndpoint?.timeouts.totalSeconds ?? 0)
    }

    func assumedBound(for exchange: borrowing Exchange) -> Money {
        guard case .model(let request) = exchange.request, let dearest else { return .zero }
        let output = request.operation == .chat ? request.facts.outputTokensMax ?? Self.outputTokensDefault : 0
        return amount(dearest, request, output: output, seconds: 0) ?? .zero
    }

    func cost(of usage: Usage, at target: Target, operation: Operation, nanoseconds: Int64) -> Money? {
        let cost = prices.cost(
            of: MeteredUse(usage, operation: operation, at: .now(), nanoseconds: nanoseconds), target: target)
        return cost.status == .unpriced ? nil : cost.total
    }

    func assumedCost(of usage: Usage, operation: Operation) -> Money {
        dearest?.amount(inputTokens: usage.inputTokens ?? 0, outputTokens: usage.outputTokens ?? 0) ?? .zero
    }

    func isFree(_ target: Target) -> Bool {
        prices.ceiling(of: target, anyTier: true, at: .now())?.isFree ?? false
    }

    /// No token is shorter than a byte, and the body holds every byte of the text.
    private func amount(
        _ ceiling: PriceCeiling, _ request: ModelRequest, output: Int64, seconds: Double
    ) -> Money? {
        let facts = request.facts
        let tools = facts.toolCount == 0 ? 0 : Self.tokensForTools + Int64(facts.toolCount) * Self.tokensPerTool
        let input = Int64(request.body.readableBytes) + Int64(facts.imageCount) * Self.tokensPerImage + tools
        let (total, overflow) = output.multipliedReportingOverflow(by: max(1, facts.choiceCount))
        return ceiling.amount(inputTokens: input, outputTokens: overflow ? .max : total, seconds: seconds)
    }
}
