import GatewayTypes

/// Puts a route's targets in the order that its strategy wants for one exchange, and says why.
struct TargetChooser: Sendable {
    /// Output tokens of a request as long as nobody has seen a reply.
    private static let outputTokensAssumed = 300.0

    /// What was learned of the targets; nil: nothing, so that they stand as written where a strategy needs it.
    let watch: TargetWatch?
    /// Nil: no target has a price.
    let pricer: (any Pricer)?

    struct Arrangement {
        let targets: [Target]
        let choice: RouteChoice?
    }

    func arrange(_ route: Route, for exchange: borrowing Exchange, now: Moment) -> Arrangement {
        let targets = route.targets
        guard targets.count > 1 else { return Arrangement(targets: targets, choice: nil) }
        let draw = exchange.id.low
        switch route.strategy {
        case .ordered: return Arrangement(targets: targets, choice: nil)
        case .weighted:
            let order = Ranking.weighted(targets.map(\.weight), draw: draw)
            return arrangement(route, order, .weight, "weight")
        case .lowestLatency: return byLatency(route, exchange, draw: draw, now: now)
        case .lowestCost:
            var figures = figures(of: route, exchange, now: now)
            price(&figures, targets, exchange)
            return arrangement(route, Ranking.byCost(figures), .cost, "expected US dollars", figures.map(\.cost))
        case .leastOutstanding:
            let figures = figures(of: route, exchange, now: now)
            return arrangement(
                route, Ranking.byLoad(figures, draw: draw), .load, "attempts under way for its weight",
                figures.map { Double($0.outstanding) })
        case .powerOfTwo:
            let figures = figures(of: route, exchange, now: now)
            return arrangement(
                route, Ranking.byTwoChoices(figures, draw: draw), .load, "attempts under way, of two drawn",
                figures.map { Double($0.outstanding) })
        case .sticky:
            let (key, words) = AffinityKey.of(exchange, route.affinity)
            let order = Ranking.byKey(figures(of: route, exchange, now: now), key: key)
            return arrangement(route, order, route.affinity == .promptPrefix ? .content : .weight, words)
        }
    }

    private func byLatency(
        _ route: Route, _ exchange: borrowing Exchange, draw: UInt64, now: Moment
    ) -> Arrangement {
        let figures = figures(of: route, exchange, now: now)
        let order = Ranking.byLatency(figures, draw: draw)
        if figures[order[0]].isDueToExplore { watch?.explores(route.targets[order[0]], now: now) }
        let measure =
            switch (route.latency, Self.streams(exchange)) {
            case (.firstToken, true): "seconds to the first token"
            case (.firstToken, false): "seconds of a whole reply"
            case (.perToken, _): "seconds per token"
            }
        return arrangement(route, order, .latency, measure, figures.map(\.latency))
    }

    private func arrangement(
        _ route: Route, _ order: [Int], _ moved: Moved, _ measure: String, _ values: [Double?] = []
    ) -> Arrangement {
        func candidate(_ position: Int) -> RouteChoice.Candidate {
            RouteChoice.Candidate(route.targets[position], figure: position < values.count ? values[position] : nil)
        }
        return Arrangement(
            targets: order.map { route.targets[$0] },
            choice: RouteChoice(
                strategy: route.strategy, moved: order[0] == 0 ? .no : moved, chosen: candidate(order[0]),
                next: candidate(order[1]), measure: measure))
    }

    // MARK: What is compared

    private static func streams(_ exchange: borrowing Exchange) -> Bool {
        switch exchange.request {
        case .model(let request): request.stream
        }
    }

    private func figures(of route: Route, _ exchange: borrowing Exchange, now: Moment) -> [TargetFigures] {
        let streams = Self.streams(exchange)
        return route.targets.map { target in
            if let watch { return watch.figures(of: target, latency: route.latency, streams: streams, now: now) }
            var figures = TargetFigures()
            figures.weight = target.weight
            return figures
        }
    }

    /// What the request is likely to cost at each target: its text as tokens, and as output what replies of this route
    /// have had in the mean, or fewer where the client asks for fewer.
    private func price(_ figures: inout [TargetFigures], _ targets: [Target], _ exchange: borrowing Exchange) {
        guard let pricer, case .model(let request) = exchange.request else { return }
        let habits = targets.map { watch?.habits(of: $0) ?? TargetWatch.Habits() }
        let known = habits.compactMap(\.outputTokens)
        let usual = known.isEmpty ? Self.outputTokensAssumed : known.reduce(0, +) / Double(known.count)
        let output = min(Int64(usual), request.facts.outputTokensMax ?? .max)
        for (position, target) in targets.enumerated() {
            var usage = Usage(source: .estimated)
            usage[.input] = pricer.estimateTokens(textBytes: request.facts.textBytes, target: target, output: false)
            if request.operation != .embeddings { usage[.output] = output }
            let use = MeteredUse(
                usage, operation: request.operation, tier: request.facts.serviceTier, at: exchange.arrivedAt,
                nanoseconds: Int64((habits[position].seconds ?? 0) * 1e9))
            let cost = pricer.cost(of: use, target: target)
            figures[position].cost = cost.status == .priced ? Double(cost.total.picodollars) / 1e12 : nil
        }
    }
}
