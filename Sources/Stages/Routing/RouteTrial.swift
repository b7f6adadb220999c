public import GatewayTypes

/// What routing would decide about an exchange that is not made, and what it knows of each target.
public struct RouteTrial: Sendable {
    public struct Standing: Sendable {
        public let target: Target
        /// The part of its `when` that does not hold; nil: it is for the request.
        public let unmet: String?
        /// What it lacks for the request; nil: nothing known.
        public let lacks: String?
        /// Why it wants to be left alone for a moment; nil: it does not.
        public let pause: String?
        public let isEjected: Bool
        public let outstanding: Int
        /// Seconds, by the route's measure; nil while nobody knows.
        public let latencySeconds: Double?
        /// US dollars for the request; nil where no price is known.
        public let expectedCost: Double?
        public let score: QualityScore?
    }

    /// With what routing wrote into it: targets in their order, choice, class, override, notes.
    public let exchange: Exchange
    /// Of the asked route's targets, in the configuration's order.
    public let standings: [Standing]
}

extension TargetOrder {
    /// What `enter` would do. Nobody is sent to explore, nothing is counted; models are asked where `mayAsk` says so.
    public func trial(_ asked: Exchange, mayAsk: Bool) async -> RouteTrial {
        var trial = self
        trial.chooser.isTrial = true
        var exchange = asked
        await trial.decide(&exchange, mayAsk: mayAsk)
        let targets = exchange.route.targets
        let heeds = exchange.route.hasConditions
        let now = now()
        var figures = chooser.figures(of: targets, exchange.route, exchange, now: now)
        chooser.price(&figures, targets, exchange)
        let standings = zip(targets, figures).map { target, figure in
            RouteTrial.Standing(
                target: target, unmet: heeds ? target.condition?.obstacle(for: exchange) : nil,
                lacks: Self.lack(target, exchange),
                pause: headroom?.pause(of: target, now: now)?.rawValue,
                isEjected: watch?.isEjected(target, now: now) ?? false, outstanding: figure.outstanding,
                latencySeconds: figure.latency, expectedCost: figure.cost,
                score: chooser.quality?.score(of: target.servedModel, on: exchange.route.name))
        }
        return RouteTrial(exchange: exchange, standings: standings)
    }

    private static func lack(_ target: Target, _ exchange: Exchange) -> String? {
        guard case .model(let request) = exchange.request else { return nil }
        guard target.way(for: request.surface) != nil else { return request.operation.rawValue }
        return target.abilities.obstacle(to: request.facts.value)
    }
}
