/// Another route in the place of the asked one, for requests that meet a condition.
public struct RouteMatch: Sendable {
    public let condition: RequestCondition
    public let route: Route

    public init(_ condition: RequestCondition, leadsTo route: Route) {
        self.condition = condition
        self.route = route
    }

    /// For people: `smart leads to research by team, needs`
    public func text(from asked: Route) -> String {
        let words = condition.words.joined(separator: ", ")
        return "\(asked.name.text) leads to \(route.name.text)" + (words.isEmpty ? "" : " by \(words)")
    }
}
