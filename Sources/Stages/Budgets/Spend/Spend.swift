public import GatewayTypes

/// Money that went, beside what would have gone had nothing been moved.
public struct Spend: Hashable, Sendable, AdditiveArithmetic {
    /// At the served models' prices.
    public var actual: Money
    /// At the prices of the asked routes' first targets.
    public var demand: Money

    public init(actual: Money, demand: Money) {
        self.actual = actual
        self.demand = demand
    }

    public static let zero = Spend(actual: .zero, demand: .zero)

    public static func + (left: Spend, right: Spend) -> Spend {
        Spend(actual: left.actual + right.actual, demand: left.demand + right.demand)
    }

    public static func - (left: Spend, right: Spend) -> Spend {
        Spend(actual: left.actual - right.actual, demand: left.demand - right.demand)
    }
}
