import GatewayTypes

/// Puts a route's targets in the order that its strategy wants for one exchange, and says why.
struct TargetChooser: Sendable {
    /// Output tokens of a request as long as nobody has seen a reply.
    private static let outputTokensAssumed = 300.0

    /// What was learned of the targets; nil: nothing, so that they stand as written where a strategy needs it.
    let watch: TargetWatch?
    /// Nil: no target has a price.
    let pricer: (any Pricer)?
    /// Nil: nobody has scored anything.
    var quality: (any QualityScores)?
    /// Whether what it decides is only told, and nobody is sent to explore.
    var isTrial = false

    struct Arrangement {
        let targets: [Target]
        let choice: RouteChoice?
    }

    func arrange(_ route: Route, for exchange: borrowing Exchange, now: Moment) -> Arrangement {
        let targets = route.targets(for: exchange)
        guard targets.count > 1 else { return asWritten(route, targets) }
        let draw = exchange.id.low
        switch route.strategy {
        case .ordered: return asWritten(route, targets)
        case .weighted:
            let order = Ranking.weighted(targets.map(\.weight), draw: draw)
            return arrangement(route, targets, order, .weight, "weight")
        case .lowestLatency: return byLatency(route, targets, exchange, draw: draw, now: now)
        case .lowestCost:
            var figures = figures(of: targets, route, exchange, now: now)
            price(&figures, targets, exchange)
            return arrangement(
                route, targets, Ranking.byCost(figures), .cost, "expected US dollars", figures.map(\.cost))
        case .leastOutstanding:
            let figures = figures(of: targets, route, exchange, now: now)
            return arrangement(
                route, targets, Ranking.byLoad(figures, draw: draw), .load, "attempts under way for its weight",
                figures.map { Double($0.outstanding) })
        case .powerOfTwo:
            let figures = figures(of: targets, route, exchange, now: now)
            return arrangement(
                route, targets, Ranking.byTwoChoices(figures, draw: draw), .load, "attempts under way, of two drawn",
                figures.map { Double($0.outstanding) })
        case .sticky:
            let (key, words) = AffinityKey.of(exchange, route.affinity)
            let order = Ranking.byKey(figures(of: targets, route, exchange, now: now), key: key)
            return arrangement(route, targets, order, route.affinity == .promptPrefix ? .content : .weight, words)
        case .bestQualityUnder: return byQuality(route, targets, exchange, draw: draw, now: now)
        }
    }

    /// In the order of the file. Where that is not the whole route, its conditions are what chose.
    private func asWritten(_ route: Route, _ targets: [Target]) -> Arrangement {
        guard let first = targets.first, targets.count < route.targets.count else {
            return Arrangement(targets: targets, choice: nil)
        }
        return Arrangement(
            targets: targets,
            choice: RouteChoice(
                strategy: route.strategy, moved: first === route.targets[0] ? .no : .content,
                chosen: RouteChoice.Candidate(first), next: targets.dropFirst().first.map { RouteChoice.Candidate($0) },
                measure: "the targets' conditions"))
    }

    /// The best scored of those whose expected cost is within the route's bound.
    private func byQuality(
        _ route: Route, _ targets: [Target], _ exchange: borrowing Exchange, draw: UInt64, now: Moment
    ) -> Arrangement {
        var figures = figures(of: targets, route, exchange, now: now)
        price(&figures, targets, exchange)
        for (position, target) in targets.enumerated() {
            figures[position].score = quality?.score(of: target.servedModel, on: route.name)
        }
        let costMax = (route.costMax ?? .zero).approximateUSD
        let (order, reason) = Ranking.byQuality(figures, costMax: costMax, draw: draw)
        switch reason {
        case .best:
            return arrangement(
                route, targets, order, .quality, "mean score, of those that cost at most \(costMax) US dollars",
                figures.map(\.score?.mean))
        case .explores:
            return arrangement(route, targets, order, .quality, "chance: its replies have few scores yet")
        case .noneAffordable:
            return arrangement(
                route, targets, order, .cost, "expected US dollars: none costs at most \(costMax)",
                figures.map(\.cost))
        }
    }

    private func byLatency(
        _ route: Route, _ targets: [Target], _ exchange: borrowing Exchange, draw: UInt64, now: Moment
    ) -> Arrangement {
        let figures = figures(of: targets, route, exchange, now: now)
        let order = Ranking.byLatency(figures, draw: draw)
        if !isTrial, figures[order[0]].isDueToExplore { watch?.explores(targets[order[0]], now: now) }
        let measure =
            switch (route.latency, Self.streams(exchange)) {
            case (.firstToken, true): "seconds to the first token"
            case (.firstToken, false): "seconds of a whole reply"
            case (.perToken, _): "seconds per token"
            }
        return arrangement(route, targets, order, .latency, measure, figures.map(\.latency))
    }

    private func arrangement(
        _ route: Route, _ targets: [Target], _ order: [Int], _ moved: Moved, _ measure: String, _ values: [Double?] = []
    ) -> Arrangement {
        func candidate(_ position: Int) -> RouteChoice.Candidate {
            RouteChoice.Candidate(targets[position], figure: position < values.count ? values[position] : nil)
        }
        return Arrangement(
            targets: order.map { targets[$0] },
            choice: RouteChoice(
                strategy: route.strategy, moved: targets[order[0]] === route.targets[0] ? .no : moved,
                chosen: candidate(order[0]),
                next: candidate(order[1]), measure: measure))
    }

    // MARK: What is compared

    private static func streams(_ exchange: borrowing Exchange) -> Bool {
        switch exchange.request {
        case .model(let request): request.stream
        }
    }

    func figures(
        of targets: [Target], _ route: Route, _ exchange: borrowing Exchange, now: Moment
    ) -> [TargetFigures] {
        let streams = Self.streams(exchange)
        return targets.map { target in
            if let watch { return watch.figures(of: target, latency: route.latency, streams: streams, now: now) }
            var figures = TargetFigures()
            figures.weight = target.weight
            return figures
        }
    }

    /// What the request is likely to cost at each target: its text as tokens, and as output what replies of this route
    /// have had in the mean, or fewer where the client asks for fewer.
    func price(_ figures: inout [TargetFigures], _ targets: [Target], _ exchange: borrowing Exchange) {
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
