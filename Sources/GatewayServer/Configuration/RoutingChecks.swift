import GatewayTypes

/// What is wrong with how models choose among their targets.
struct RoutingChecks {
    let configuration: Configuration
    let reader: SettingReader

    func check(_ model: Configuration.Model, at path: SettingPath) {
        checkConditions(model, at: path)
        MatchChecks(configuration: configuration, reader: reader).check(model, at: path)
        ClassifierChecks(configuration: configuration, reader: reader).check(model, at: path)
        CacheChecks(configuration: configuration, reader: reader).check(model, at: path)
        checkQuality(model, at: path)
        checkCanary(of: model, at: path)
        checkShadow(of: model, at: path)
        if model.strategy != .sticky, reader.isWritten(path.key("sticky_by")) {
            reader.warning(
                at: path.key("sticky_by"),
                "has no effect on a model that is not sticky; write strategy: sticky, or take it out")
        }
        if model.strategy != .lowestLatency, reader.isWritten(path.key("latency")) {
            reader.warning(
                at: path.key("latency"),
                "has no effect without strategy: lowest_latency; write that, or take it out")
        }
        if model.hedge != nil, model.targets.count == 1, !reader.hasProblem(within: path) {
            reader.warning(
                at: path.key("hedge"),
                "has nobody to ask: the model has one target; add another to targets, or take it out")
        }
        if model.hedge != nil, configuration.routing.attemptsMax == 1 {
            reader.warning(
                at: path.key("hedge"), "never comes to pass: routing.attempts_max is 1; write 2 or more there")
        }
        if model.targets.count == 1, model.effectiveStrategy != .ordered, !reader.hasProblem(within: path) {
            reader.warning(
                at: path.key("strategy"), "has nothing to choose from: the model has one target; add others to targets")
        }
    }

    private func checkShadow(of model: Configuration.Model, at path: SettingPath) {
        guard let shadow = model.shadow, shadow.target.when != nil else { return }
        reader.error(
            at: path.key("shadow").key("target").key("when"),
            "has no effect on a shadow, which sees any request; take it out")
    }

    private func checkCanary(of model: Configuration.Model, at path: SettingPath) {
        guard let canary = model.canary else { return }
        let place = path.key("canary").key("target")
        if model.targets.contains(where: { $0.provider == canary.target.provider && $0.model == canary.target.model }) {
            reader.error(at: place, "is one of targets already; take it out there, or name another target")
        }
        if canary.target.when != nil {
            reader.error(at: place.key("when"), "has no effect on a canary, which is for all requests; take it out")
        }
    }

    /// A request that meets no condition must have somewhere to go.
    private func checkConditions(_ model: Configuration.Model, at path: SettingPath) {
        for (position, target) in model.targets.enumerated() {
            guard let when = target.when else { continue }
            let place = path.key("targets").index(position).key("when")
            check(when, at: place)
            for need in when.needs where target.lacks.contains(need) {
                reader.error(at: place.key("needs"), "holds \(need.rawValue), which lacks says that it cannot do")
            }
        }
        if !model.targets.isEmpty, model.targets.allSatisfy({ $0.when != nil }) {
            reader.error(
                at: path.key("targets"),
                "all have conditions, so that other requests lead nowhere; add a target without when")
        }
    }

    /// What holds for conditions wherever they stand.
    func check(_ when: Configuration.RequestWhen, at place: SettingPath) {
        let teams = configuration.teams.map(\.name)
        for team in when.teams where !teams.contains(team) {
            reader.error(
                at: place.key("team"),
                "unknown team \(Words.quoted(team))" + Words.suggestion(for: team, among: teams))
        }
        let callers = configuration.callers.map(\.name)
        for caller in when.callers where !callers.contains(caller) && caller != NameBook.anonymous {
            reader.error(
                at: place.key("caller"),
                "unknown caller \(Words.quoted(caller))" + Words.suggestion(for: caller, among: callers))
        }
        if let least = when.promptTokensMin, let most = when.promptTokensMax, least > most {
            reader.error(at: place.key("prompt_tokens_min"), "is more than prompt_tokens_max; no request is both")
        }
        for field in when.fields {
            guard let fault = Configuration.Header.nameFault(field.name) else { continue }
            reader.error(at: place.key("header"), fault)
        }
    }

    /// The amount says the strategy, and the strategy needs the amount.
    private func checkQuality(_ model: Configuration.Model, at path: SettingPath) {
        let isWritten = reader.isWritten(path.key("strategy"))
        if model.bestQualityUnder == nil, model.strategy == .bestQualityUnder {
            reader.error(at: path.key("strategy"), "needs an amount; write best_quality_under: 0.01 USD")
        }
        if model.bestQualityUnder != nil, isWritten, model.strategy != .bestQualityUnder {
            let word = model.strategy.rawValue
            reader.error(
                at: path.key("best_quality_under"), "is a strategy of its own, and strategy: \(word) another; keep one")
        }
    }

    func check(_ target: Configuration.ModelTarget, of model: Configuration.Model, at path: SettingPath) {
        guard reader.isWritten(path.key("weight")) else { return }
        switch model.effectiveStrategy {
        case .weighted, .sticky, .leastOutstanding, .powerOfTwo: return
        case .ordered:
            reader.warning(
                at: path.key("weight"),
                "has no effect on an ordered model; write strategy: weighted, or take the weight out")
        case .lowestLatency, .lowestCost, .bestQualityUnder:
            let word = model.effectiveStrategy.rawValue
            reader.warning(
                at: path.key("weight"), "has no effect with strategy: \(word); take the weight out")
        }
    }

    /// Waits that can never come to pass.
    func checkRouting() {
        let path = SettingPath.root.key("routing")
        let retries = configuration.routing.retries
        if retries.perTarget == 0, ["backoff", "backoff_max", "budget"].contains(where: { written($0, in: path) }) {
            reader.warning(at: path.key("retries"), "changes nothing: per_target is 0; write per_target: 1")
        }
        if retries.backoffSeconds > retries.backoffSecondsMax {
            reader.error(
                at: path.key("retries").key("backoff"), "is longer than backoff_max; make it shorter, or that longer")
        }
        if retries.perTarget > 0, retries.perTarget >= configuration.routing.attemptsMax {
            reader.warning(
                at: path.key("retries").key("per_target"),
                "leaves no attempt for a second target: attempts_max is \(configuration.routing.attemptsMax); raise that"
            )
        }
        for provider in configuration.providers { checkHealth(of: provider) }
        for provider in configuration.providers {
            guard let token = provider.timeouts.firstTokenSeconds, token >= provider.timeouts.totalSeconds else {
                continue
            }
            let place = SettingPath.root.key("providers").key(provider.name).key("timeouts").key("first_token")
            reader.warning(at: place, "never comes to pass: timeouts.total is no longer; make it shorter")
        }
    }

    private func checkHealth(of provider: Configuration.Provider) {
        guard let health = provider.health else { return }
        let path = SettingPath.root.key("providers").key(provider.name).key("health")
        if health.timeoutSeconds > health.intervalSeconds {
            reader.warning(at: path.key("timeout"), "is longer than interval, which it then stretches; make it shorter")
        }
        let serves = configuration.models.filter { model in model.targets.contains { $0.provider == provider.name } }
        if !serves.isEmpty, serves.allSatisfy({ $0.targets.count == 1 }) {
            reader.warning(
                at: path, "leaves nobody alone: no model has another target in the place of \(provider.name); add one")
        }
    }

    private func written(_ key: String, in path: SettingPath) -> Bool {
        reader.isWritten(path.key("retries").key(key))
    }
}
