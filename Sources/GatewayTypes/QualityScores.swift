/// What people and programs thought of replies: fed by feedback; read by routing, canaries and guards of reroutes.
public protocol QualityScores: Sendable {
    /// Nil where nobody has scored the route's replies of that model.
    func score(of servedModel: ConfiguredName, on route: ConfiguredName) -> QualityScore?
}

/// The mean of scores in which older ones count less.
public struct QualityScore: Sendable, Equatable {
    /// 0 (bad) … 1 (good).
    public let mean: Double
    /// How many scores it stands on: each counts half after the half-life.
    public let weight: Double

    public init(mean: Double, weight: Double) {
        self.mean = mean
        self.weight = weight
    }
}
