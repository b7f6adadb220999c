import Authentication
import Budgets
import GatewayTypes
import Limits
import NIOCore
import ProxyCore
import Routing

/// What a request would do and why, asked of the gateway that runs: nothing is reserved, no permit taken, no breaker
/// probed. Only where `ask` is true are the models asked that classify.
struct RouteExplainer {
    let blueprint: Blueprint
    let budgets: BudgetEngine

    /// `POST /api/v1/routes/explain`
    static func reply(to body: ByteBuffer, house: House) async throws(Failure) -> Reply {
        let explainer = RouteExplainer(blueprint: house.blueprint, budgets: house.budgets)
        return .json(
            200, try await explainer.explain(try RouteQuestion(body, surfaces: house.blueprint.plan.surfaces)).text)
    }

    func explain(_ question: RouteQuestion) async throws(Failure) -> JSONObject {
        let caller = try blueprint.callers.supposed(caller: question.caller, team: question.team)
        let asked = try route(of: question)
        var ids = IDSource()
        let (now, time) = (Moment.now(), WallTime.now())
        var exchange = Exchange(
            id: ids.exchangeID(at: time),
            trace: TraceContext(
                traceHigh: ids.next(), traceLow: ids.next(), spanID: ids.spanID(), parentSpanID: nil, flags: 2,
                state: nil),
            arrived: now, arrivedAt: time, deadline: now.advanced(bySeconds: 60), head: question.head,
            surface: question.request.surface, request: .model(question.request))
        exchange.caller = caller
        let taken = asked.match(for: exchange)
        if taken != nil { exchange.firstAsked = FirstAsked(route: asked) }
        exchange.route = taken?.route ?? asked
        let limits = blueprint.limits.isEmpty ? [] : blueprint.limiting.standing(for: exchange)
        let denial = PermissionStage.refusal(of: exchange)
        // What is not permitted would ask no model that classifies either.
        let trial = await blueprint.order.trial(exchange, mayAsk: question.mayAsk && denial == nil)
        return object(trial, limits, denial)
    }

    /// By the asked model's name, or behind the door of a provider.
    private func route(of question: RouteQuestion) throws(Failure) -> Route {
        let (routes, model) = (blueprint.routes, question.request.askedModel)
        if let name = question.provider {
            if let door = routes.doors[name] { return door.route(for: model) }
            throw Self.unknown("provider", name, among: routes.doors.keys, param: "path")
        }
        if let route = routes.byAskedModel[model] { return route }
        throw Self.unknown("model", model, among: routes.byAskedModel.keys, param: "model")
    }

    private static func unknown(
        _ what: String, _ name: String, among names: some Sequence<String>, param: String
    ) -> Failure {
        let known = names.sorted().prefix(20).joined(separator: ", ")
        return Failure(
            .badRequest, "The \(what) \(name.prefix(100)) is not configured; known \(what)s: \(known).", param: param)
    }

    private func object(
        _ trial: RouteTrial, _ limits: [LimitStanding], _ denial: PermissionRefusal?
    ) -> JSONObject {
        let exchange = trial.exchange
        let readings = readings(for: exchange)
        let refusal = limits.first { $0.refusal != nil }
        return JSONObject([
            ("model", .string((exchange.firstAsked?.route ?? exchange.route).name.text)),
            ("route", .string(exchange.route.name.text)), ("matches", matches(exchange)),
            ("strategy", .string(exchange.route.strategy.rawValue)),
            ("team", .string(exchange.caller.team.text)), ("caller", .string(exchange.caller.name.text)),
            ("request", .object(Self.request(exchange))),
            ("classification", exchange.classification.map { .object(Self.object($0)) }),
            ("limits", .list(limits.map(Self.object))),
            ("budgets", .list(readings.map(Self.object))),
            ("override", exchange.override.map { .object(Self.object($0)) }),
            (
                "would_be",
                .string(
                    denial.map { "refused: \($0.message)" }
                        ?? refusal.map { "refused by limit \($0.limit): \($0.refusal ?? "")" }
                        ?? Self.first(exchange, trial, readings, blueprint))
            ),
            ("why", exchange.choice.map { .string($0.text) }),
            ("notes", .strings(exchange.notes.map(\.text))),
            ("order", .strings(exchange.targets.map(Self.name))),
            ("targets", .list(targets(of: trial, readings))),
        ])
    }

    /// The target that would be tried first, of those that nothing refuses.
    private static func first(
        _ exchange: Exchange, _ trial: RouteTrial, _ readings: [BudgetReading], _ blueprint: Blueprint
    ) -> String {
        for target in exchange.targets {
            let isOpen = blueprint.breakers.state(of: target) == .open
            if isOpen || obstacle(target, exchange, readings, blueprint.bounds) != nil { continue }
            return "served by \(name(target))"
        }
        return exchange.targets.isEmpty ? "refused: no target is for it" : "refused: no target may be tried"
    }

    // MARK: Matches

    /// Of each route that the asked one may lead on to, what stands against it; nil: it leads on to none.
    private func matches(_ exchange: Exchange) -> JSONObject.Value? {
        let matches = (exchange.firstAsked?.route ?? exchange.route).matches
        guard !matches.isEmpty else { return nil }
        var isTaken = false
        return .list(
            matches.map { match in
                let unmet = match.condition.obstacle(for: exchange)
                defer { isTaken = isTaken || unmet == nil }
                return JSONObject([
                    ("route", .string(match.route.name.text)), ("when", .strings(match.condition.words)),
                    ("taken", .boolean(unmet == nil && !isTaken)), ("unmet", unmet.map { .string($0) }),
                ])
            })
    }

    // MARK: Budgets

    /// Those that count the exchange.
    private func readings(for exchange: Exchange) -> [BudgetReading] {
        budgets.readings().filter { reading in
            let scope = reading.definition.scope
            return (scope.teams.isEmpty || scope.teams.contains(exchange.caller.team))
                && (scope.callers.isEmpty || scope.callers.contains(exchange.caller.name))
                && (scope.routes.isEmpty || scope.routes.contains(exchange.route.name))
        }
    }

    /// The hard budget in which the most that an attempt may cost has no room; nil: it has in all.
    private static func obstacle(
        _ target: Target, _ exchange: Exchange, _ readings: [BudgetReading], _ bounds: PriceBounds
    ) -> String? {
        guard let most = bounds.bound(target, for: exchange) else { return nil }
        return readings.first { $0.definition.enforcement == .hard && $0.remaining < most }?.definition.name.text
    }

    // MARK: Targets

    /// Those of the asked route, then those of the route that a budget moves it to.
    private func targets(of trial: RouteTrial, _ readings: [BudgetReading]) -> [JSONObject] {
        let exchange = trial.exchange
        let others = exchange.targets.filter { target in !trial.standings.contains { $0.target === target } }
        return trial.standings.map { object($0.target, $0, exchange, readings) }
            + others.map { object($0, nil, exchange, readings) }
    }

    private func object(
        _ target: Target, _ standing: RouteTrial.Standing?, _ exchange: Exchange, _ readings: [BudgetReading]
    ) -> JSONObject {
        let place = exchange.targets.firstIndex { $0 === target }
        return JSONObject([
            ("target", .string(Self.name(target))), ("tried", place.map { .number(Int64($0 + 1)) }),
            ("unmet", standing?.unmet.map { .string($0) }), ("lacks", standing?.lacks.map { .string($0) }),
            ("pause", standing?.pause.map { .string($0) }),
            ("ejected", standing.map { .boolean($0.isEjected) }),
            ("breaker", .string(blueprint.breakers.state(of: target).rawValue)),
            ("outstanding", standing.map { .number(Int64($0.outstanding)) }),
            ("latency_seconds", standing?.latencySeconds.map { .decimal(Self.text($0)) }),
            ("expected_cost_usd", standing?.expectedCost.map { .decimal(Self.text($0)) }),
            ("cost_max_usd", blueprint.bounds.bound(target, for: exchange).map { .decimal($0.description) }),
            ("no_room_in", Self.obstacle(target, exchange, readings, blueprint.bounds).map { .string($0) }),
            ("score", standing?.score.map { .decimal(Self.text($0.mean)) }),
            ("scores", standing?.score.map { .decimal(Self.text($0.weight)) }),
        ])
    }

    private static func name(_ target: Target) -> String { "\(target.provider.text)/\(target.servedModel.text)" }

    /// To nine places, without an exponent.
    private static func text(_ number: Double) -> String {
        let parts = (number * 1e9).rounded()
        guard parts.isFinite, abs(parts) < 1e18 else { return "\(number)" }
        return Money(picodollars: Int128(parts) * 1000).description
    }

    // MARK: What goes before

    private static func request(_ exchange: Exchange) -> JSONObject {
        guard case .model(let request) = exchange.request else { return JSONObject([]) }
        let needs = Abilities.Need.allCases.filter { request.facts.value.needs($0) }.map(\.rawValue)
        return JSONObject([
            ("operation", .string(request.operation.rawValue)), ("stream", .boolean(request.stream)),
            ("prompt_tokens", .number(Int64(request.facts.textBytes / 4))),
            ("turns", .number(Int64(request.facts.messageCount))), ("needs", .strings(needs)),
        ])
    }

    private static func object(_ classification: Classification) -> JSONObject {
        JSONObject([
            ("classifier", .string(classification.classifier.text)), ("class", .string(classification.decided.text)),
            ("confidence", .decimal(text(classification.confidence))),
            ("result", .string(classification.result.rawValue)), ("reason", .string(classification.reason)),
        ])
    }

    private static func object(_ standing: LimitStanding) -> JSONObject {
        JSONObject([
            ("limit", .string(standing.limit)), ("refuses", .boolean(standing.refusal != nil)),
            ("reason", standing.refusal.map { .string($0) }),
            ("wait_seconds", standing.refusal.map { _ in .decimal(text(standing.waitSeconds)) }),
            ("requests_left", standing.requestsLeft.map { .number($0) }),
            ("tokens_left", standing.tokensLeft.map { .number($0) }),
        ])
    }

    private static func object(_ reading: BudgetReading) -> JSONObject {
        JSONObject([
            ("budget", .string(reading.definition.name.text)),
            ("enforce", .string(reading.definition.enforcement.rawValue)),
            ("limit_usd", .decimal(reading.limit.description)),
            ("remaining_usd", .decimal(reading.remaining.description)),
            ("firing", .strings(reading.rules.filter { $0.state == .firing }.map(\.name))),
        ])
    }

    private static func object(_ override: Override) -> JSONObject {
        var action: [(String, JSONObject.Value?)] = []
        switch override.action {
        case .reroute(let from, let to):
            action = [
                ("action", .string("reroute")), ("from", .string(from.text)), ("to", .string(to.text)),
            ]
        case .clamp(let most): action = [("action", .string("clamp")), ("output_tokens_max", .number(most))]
        }
        return JSONObject(
            [("budget", .string(override.budget.text)), ("rule", .string(override.rule.text))] + action)
    }
}
