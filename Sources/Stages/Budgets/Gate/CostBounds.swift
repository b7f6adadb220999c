public import GatewayTypes

/// What budgets need to know of prices; the roof makes it from the price book and the routes' caps.
public protocol CostBounds: Sendable {
    /// The most that one attempt at `target` may cost: input bytes as tokens plus bounds for each image and tool, output at the
    /// client's maximum, else a cap. Zero where the target is known to be free; nil where its price is unknown.
    func bound(_ target: Target, for exchange: borrowing Exchange) -> Money?
    /// The output tokens that `bound` counts with, which the provider is held to; nil where a reply has none.
    func outputTokensMax(_ target: Target, for exchange: borrowing Exchange) -> Int64?
    /// The same at the dearest configured price: what `unpriced: assume` reserves.
    func assumedBound(for exchange: borrowing Exchange) -> Money
    /// What `usage` costs at `target`; nil where its price is unknown.
    func cost(of usage: Usage, at target: Target, operation: Operation, nanoseconds: Int64) -> Money?
    /// The same at the dearest configured price: what `unpriced: assume` books.
    func assumedCost(of usage: Usage, operation: Operation) -> Money
    /// Whether every price of `target` is known to be 0.
    func isFree(_ target: Target) -> Bool
}
