public import GatewayTypes

/// Orders the targets for one exchange: those of its route, or of the route that a budget moves it to.
public struct TargetOrder: Stage {
    public static let hop = Hop.routing

    private let overrides: (any Overrides)?
    private let routes: [String: Route]
    private let headroom: HeadroomGate?

    /// `routes`, by name, are where an override may lead; `headroom` tells which targets have nothing left for now.
    public init(
        overrides: (any Overrides)? = nil, routes: [String: Route] = [:], headroom: HeadroomGate? = nil
    ) {
        self.overrides = overrides
        self.routes = routes
        self.headroom = headroom
    }

    public func enter(_ exchange: inout Exchange) async throws(Failure) -> Passage {
        exchange.targets = exhaustedLast(Self.ordered(exchange.route, draw: exchange.id.low), &exchange)
        guard let override = overrides?.override(for: exchange) else { return .pass }
        switch override.action {
        case .clamp: exchange.override = override
        case .reroute(_, let to): reroute(&exchange, override, to)
        }
        return .pass
    }

    /// Those whose provider said that nothing is left go behind the others.
    private func exhaustedLast(_ targets: [Target], _ exchange: inout Exchange) -> [Target] {
        guard let headroom, targets.count > 1 else { return targets }
        let now = Moment.now()
        let exhausted = targets.filter { headroom.isExhausted($0, now: now) }
        guard !exhausted.isEmpty, exhausted.count < targets.count else { return targets }
        for target in exhausted {
            exchange.notes.append(
                Note(.routing, "\(target.provider.text)/\(target.servedModel.text) has no requests left for now"))
        }
        return targets.filter { target in !exhausted.contains { $0 === target } } + exhausted
    }

    /// Moves the exchange to the targets of another route that can do what it needs; where none can, it stays.
    private func reroute(_ exchange: inout Exchange, _ override: Override, _ to: ConfiguredName) {
        guard let route = routes[to.text], case .model(let request) = exchange.request else { return }
        let targets = exhaustedLast(Self.ordered(route, draw: exchange.id.low), &exchange)
        let able = targets.filter { Self.obstacle($0, to: request) == nil }
        guard !able.isEmpty else {
            let lacking = targets.first.flatMap { Self.obstacle($0, to: request) } ?? "a target"
            exchange.notes.append(
                Note(.routing, "budget \(override.budget.text) could not reroute to \(to.text): it lacks \(lacking)"))
            return
        }
        exchange.targets = able
        exchange.override = override
        exchange.notes.append(
            Note(.routing, "budget \(override.budget.text), rule \(override.rule.text): rerouted to \(to.text)"))
    }

    private static func obstacle(_ target: Target, to request: ModelRequest) -> String? {
        guard target.way(for: request.surface) != nil else { return request.operation.rawValue }
        return target.abilities.obstacle(to: request.facts)
    }

    private static func ordered(_ route: Route, draw: UInt64) -> [Target] {
        switch route.strategy {
        case .ordered: route.targets
        case .weighted: weighted(route.targets, draw: draw)
        }
    }

    /// The drawn target first, then the others by weight: shares hold in the long run, and fallback has somewhere to go.
    ///
    /// `draw` is uniformly random.
    static func weighted(_ targets: [Target], draw: UInt64) -> [Target] {
        let total = targets.reduce(0) { $0 + $1.weight }
        guard targets.count > 1, total > 0 else { return targets }
        // Multiply-shift maps the draw's 62 random bits onto 0 ..< total without a division's bias.
        var point = Int((draw << 2).multipliedFullWidth(by: UInt64(total)).high)
        var chosen = targets.startIndex
        while chosen < targets.endIndex - 1, point >= targets[chosen].weight {
            point -= targets[chosen].weight
            chosen += 1
        }
        let rest = targets.indices.filter { $0 != chosen }.sorted { targets[$0].weight > targets[$1].weight }
        return [targets[chosen]] + rest.map { targets[$0] }
    }
}
