public import GatewayTypes

/// Orders the targets for one exchange: those of its route, or of the route that a budget moves it to.
public struct TargetOrder: Stage {
    public static let hop = Hop.routing

    private let overrides: (any Overrides)?
    private let routes: [String: Route]
    let headroom: HeadroomGate?
    let watch: TargetWatch?
    var chooser: TargetChooser
    /// Nil: no route has a canary.
    private let canaries: CanaryGate?
    let now: @Sendable () -> Moment

    /// `routes`, by name, are where an override may lead; `headroom` tells which targets want a pause, `watch` how they
    /// fare, `pricer` what they cost, and `quality` what their replies were worth.
    public init(
        overrides: (any Overrides)? = nil, routes: [String: Route] = [:], headroom: HeadroomGate? = nil,
        watch: TargetWatch? = nil, pricer: (any Pricer)? = nil, quality: (any QualityScores)? = nil,
        canaries: CanaryGate? = nil,
        now: @escaping @Sendable () -> Moment = Moment.now
    ) {
        self.overrides = overrides
        self.routes = routes
        self.headroom = headroom
        self.watch = watch
        self.canaries = canaries
        self.now = now
        chooser = TargetChooser(watch: watch, pricer: pricer, quality: quality)
    }

    public func enter(_ exchange: inout Exchange) async throws(Failure) -> Passage {
        await decide(&exchange, mayAsk: true)
        return .pass
    }

    func decide(_ exchange: inout Exchange, mayAsk: Bool) async {
        if let classifier = exchange.route.classifier, !exchange.isAsked {
            let decided = await classifier.classify(exchange, mayAsk: mayAsk)
            exchange.classification = decided
            exchange.notes.append(Note(.routing, decided.text))
        }
        exchange.targets = led(exchange.route, ordered(exchange.route, &exchange), &exchange)
        guard let override = overrides?.override(for: exchange) else { return }
        switch override.action {
        case .clamp: exchange.override = override
        case .reroute(_, let to): reroute(&exchange, override, to)
        }
    }

    /// With the route's canary before the others, where the draw says so and nothing speaks against it.
    private func led(_ route: Route, _ targets: [Target], _ exchange: inout Exchange) -> [Target] {
        guard let canaries, let canary = route.canary, !chooser.isTrial, !exchange.isAsked,
            canaries.takes(route, draw: exchange.id.low),
            reason(toPass: canary.target, exchange, now: now()) == nil
        else { return targets }
        exchange.choice = RouteChoice(
            strategy: route.strategy, moved: .canary, chosen: RouteChoice.Candidate(canary.target),
            next: targets.first.map { RouteChoice.Candidate($0) },
            measure: "the canary's share of \((canary.share * 100).rounded()) %")
        return [canary.target] + targets
    }

    /// As the route's strategy has it; behind the others those that cannot do what the request needs, and those that are
    /// not well. Each of them is still tried before the exchange fails.
    private func ordered(_ route: Route, _ exchange: inout Exchange) -> [Target] {
        let now = now()
        let arrangement = chooser.arrange(route, for: exchange, now: now)
        exchange.choice = arrangement.choice
        guard arrangement.targets.count > 1 else { return arrangement.targets }
        var reasons: [(target: Target, reason: String, moved: Moved)] = []
        for target in arrangement.targets {
            if let reason = reason(toPass: target, exchange, now: now) {
                reasons.append((target, reason.text, reason.moved))
            }
        }
        guard !reasons.isEmpty, reasons.count < arrangement.targets.count else { return arrangement.targets }
        for passed in reasons {
            exchange.notes.append(
                Note(
                    .routing,
                    "\(passed.target.provider.text)/\(passed.target.servedModel.text) is tried last: \(passed.reason)"))
        }
        let targets =
            arrangement.targets.filter { target in !reasons.contains { $0.target === target } }
            + reasons.map(\.target)
        if let passed = reasons.first, passed.target === arrangement.targets[0] {
            exchange.choice = RouteChoice(
                strategy: route.strategy, moved: targets[0] === route.targets[0] ? .no : passed.moved,
                chosen: RouteChoice.Candidate(targets[0]), next: RouteChoice.Candidate(passed.target),
                measure: passed.reason)
        }
        return targets
    }

    private func reason(
        toPass target: Target, _ exchange: borrowing Exchange, now: Moment
    ) -> (text: String, moved: Moved)? {
        if case .model(let request) = exchange.request, let lacking = target.abilities.obstacle(to: request.facts.value)
        {
            return ("it lacks \(lacking)", .content)
        }
        if let pause = headroom?.pause(of: target, now: now) { return (pause.rawValue, .fallback) }
        if let watch, watch.isEjected(target, now: now) {
            return ("it fails more often than its siblings", .fallback)
        }
        return nil
    }

    /// Moves the exchange to the targets of another route that can do what it needs; where none can, it stays.
    private func reroute(_ exchange: inout Exchange, _ override: Override, _ to: ConfiguredName) {
        guard let route = routes[to.text], case .model(let request) = exchange.request else { return }
        let asked = exchange.choice
        let targets = ordered(route, &exchange)
        let able = targets.filter { Self.obstacle($0, to: request) == nil }
        guard !able.isEmpty else {
            exchange.choice = asked
            let lacking = targets.first.flatMap { Self.obstacle($0, to: request) } ?? "a target"
            exchange.notes.append(
                Note(.routing, "\(Self.whose(override)) could not reroute to \(to.text): it lacks \(lacking)"))
            return
        }
        exchange.targets = able
        exchange.override = override
        exchange.notes.append(
            Note(.routing, "\(Self.words(override)): rerouted to \(to.text)"))
    }

    private static func words(_ override: Override) -> String {
        override.isOperators ? whose(override) : "\(whose(override)), rule \(override.rule.text)"
    }

    private static func whose(_ override: Override) -> String {
        override.isOperators ? "an operator's override \(override.rule.text)" : "budget \(override.budget.text)"
    }

    private static func obstacle(_ target: Target, to request: ModelRequest) -> String? {
        guard target.way(for: request.surface) != nil else { return request.operation.rawValue }
        return target.abilities.obstacle(to: request.facts.value)
    }
}
