import GatewayTypes
import Metering
import ProxyCore
import Routing

/// The configuration's providers and models as targets and routes, with everything prepared that can be.
struct RouteTable {
    private(set) var routes: [Route] = []
    /// Each at its own index: those of routes, and one for each provider that stands for any model of it.
    private(set) var targets: [Target] = []
    /// By the provider's name.
    private(set) var doors: [String: ProviderDoor] = [:]
    /// The providers that are asked when they fall silent.
    private(set) var watched: [WatchedProvider] = []
    /// The providers that are checked at a fixed pace.
    private(set) var checked: [CheckedProvider] = []

    /// Of the providers that have several keys.
    private(set) var rings: [KeyRing] = []

    /// By name.
    private(set) var classifiers: [String: Classifier] = [:]

    private let zone: ZoneOffsets
    private let names: NameBook
    private let catalog: PriceCatalog

    init(
        _ configuration: Configuration, names: NameBook, catalog: PriceCatalog, ground: ProviderDesk.Ground,
        caller: any ModelCaller
    ) throws(StartupFailure) {
        classifiers = ClassifierDesk.classifiers(configuration, names: names, caller: caller)
        zone = TimeZones.offsets(of: configuration.timeZone) ?? .utc
        self.names = names
        self.catalog = catalog
        var desks: [String: ProviderDesk] = [:]
        let watchedNames = Self.replaceable(configuration)
        for provider in configuration.providers {
            desks[provider.name] = try ProviderDesk(
                provider, on: ground, isWatched: watchedNames.contains(provider.name))
        }
        rings = configuration.providers.compactMap { desks[$0.name]?.ring }
        // Those that lead on to others come behind them; a check has seen to it that no other leads on to these.
        var made: [String: Route] = [:]
        for model in configuration.models where model.matches.isEmpty { made[model.name] = route(model, desks) }
        for model in configuration.models where !model.matches.isEmpty {
            let matches = model.matches.compactMap { written in
                made[written.route].map { RouteMatch(condition(written.when), leadsTo: $0) }
            }
            made[model.name] = route(model, desks, matches)
        }
        for model in configuration.models {
            guard let route = made[model.name] else { continue }
            routes.append(route)
            for name in [model.name] + model.aliases { byAskedModel[name] = route }
        }
        for provider in configuration.providers {
            if let desk = desks[provider.name] { doors[provider.name] = door(to: desk) }
        }
        watched = desks.values.compactMap { watch(over: $0, configuration.routing.silence) }
        checked = desks.values.compactMap { check($0) }
    }

    /// The providers in whose place another can serve.
    private static func replaceable(_ configuration: Configuration) -> Set<String> {
        guard configuration.routing.silence.questions > 0 else { return [] }
        return Set(configuration.models.filter { $0.targets.count > 1 }.flatMap { $0.targets.map(\.provider) })
    }

    /// Where nobody else serves, a provider that may be gone is still better than none.
    private func replaceable(_ provider: ConfiguredName) -> [Target] {
        routes.filter { $0.targets.count > 1 }.flatMap(\.targets).filter { $0.provider == provider }
    }

    private func check(_ desk: ProviderDesk) -> CheckedProvider? {
        guard let check = desk.provider.health else { return nil }
        let name = names.providers[desk.provider.name]
        return CheckedProvider(
            name: name, targets: replaceable(name), endpoint: desk.checkpoint(check), check: check)
    }

    private func watch(over desk: ProviderDesk, _ silence: Configuration.Silence) -> WatchedProvider? {
        guard let vitals = desk.vitals else { return nil }
        let name = names.providers[desk.provider.name]
        return WatchedProvider(
            name: name, vitals: vitals, targets: replaceable(name),
            question: desk.question(seconds: silence.answerSeconds),
            settings: silence.settings)
    }

    var byName: [String: Route] {
        Dictionary(routes.map { ($0.name.text, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// By every name that clients may ask for.
    private(set) var byAskedModel: [String: Route] = [:]

    private mutating func route(
        _ model: Configuration.Model, _ desks: [String: ProviderDesk], _ matches: [RouteMatch] = []
    ) -> Route {
        var made: [Target] = []
        for written in model.targets {
            // A provider that is not declared was refused by the configuration's check.
            guard let desk = desks[written.provider] else { continue }
            made.append(target(for: written, of: model, at: desk))
        }
        return Route(
            name: names.routes[model.name], strategy: model.effectiveStrategy, targets: made, affinity: model.stickyBy,
            latency: model.latency, capture: model.capture, samplingRatio: model.samplingRatio,
            decoration: TemplateDesk.decoration(model),
            classifier: model.classify.flatMap { classifiers[$0] }, costMax: model.bestQualityUnder,
            hedge: model.hedge?.rule,
            canary: canary(model, desks), shadow: shadow(model, desks), matches: matches)
    }

    private mutating func canary(_ model: Configuration.Model, _ desks: [String: ProviderDesk]) -> Canary? {
        guard let written = model.canary, let desk = desks[written.target.provider] else { return nil }
        return Canary(
            target: target(for: written.target, of: model, at: desk), share: Double(written.sharePercent) / 100,
            halt: written.halt.limits)
    }

    private mutating func shadow(_ model: Configuration.Model, _ desks: [String: ProviderDesk]) -> Shadow? {
        guard let written = model.shadow, let desk = desks[written.target.provider] else { return nil }
        return Shadow(
            target: target(for: written.target, of: model, at: desk), share: Double(written.sharePercent) / 100,
            inFlightMax: written.inFlightMax)
    }

    private mutating func target(
        for written: Configuration.ModelTarget, of model: Configuration.Model, at desk: ProviderDesk
    ) -> Target {
        let provider = desk.provider
        let target = Target(
            index: targets.count, provider: names.providers[provider.name], providerKind: provider.kind,
            servedModel: names.models[written.model], weight: written.weight,
            ways: desk.ways(model: written.model, omitting: model.omit), keyAlias: provider.key?.origin ?? "",
            injectsStreamUsage: model.streamOptions ?? provider.streamOptions,
            dropsUnsupported: model.dropUnsupported ?? provider.dropUnsupported,
            abilities: abilities(written, provider), condition: written.when.map(condition),
            keys: desk.ring)
        targets.append(target)
        return target
    }

    /// A provider's own API. Models that the configuration names there keep their labels and prices.
    private mutating func door(to desk: ProviderDesk) -> ProviderDoor {
        let provider = names.providers[desk.provider.name]
        let name = names.routes[NameBook.door(to: desk.provider.name)]
        func route(_ target: Target) -> Route {
            Route(name: name, strategy: .ordered, targets: [target], heedsConditions: false)
        }
        var byModel: [String: Route] = [:]
        for target in targets where target.provider == provider {
            byModel[target.servedModel.text] = byModel[target.servedModel.text] ?? route(target)
        }
        let anyModel = Target(
            index: targets.count, provider: provider, providerKind: desk.provider.kind, servedModel: .other, weight: 1,
            ways: desk.doorWays, keyAlias: desk.provider.key?.origin ?? "", injectsStreamUsage: false,
            keys: desk.ring)
        targets.append(anyModel)
        return ProviderDoor(byModel: byModel, anyModel: route(anyModel), basePath: desk.basePath)
    }

    private func condition(_ written: Configuration.RequestWhen) -> RequestCondition {
        var condition = RequestCondition()
        condition.teams = written.teams.map { names.teams[$0] }
        condition.callers = written.callers.map { names.callers[$0] }
        condition.fields = written.fields.map { (HeaderName($0.name), $0.value) }
        condition.operations = written.operations
        condition.classes = written.classes.map { names.classes[$0] }
        condition.hours = written.hours
        condition.zone = zone
        condition.needs = Set(written.needs)
        condition.promptTokensMin = written.promptTokensMin.map(Int64.init)
        condition.promptTokensMax = written.promptTokensMax.map(Int64.init)
        return condition
    }

    /// What the catalogue says, and what the configuration says better.
    private func abilities(_ written: Configuration.ModelTarget, _ provider: Configuration.Provider) -> Abilities {
        var abilities = catalog.abilities(provider: provider.name, kind: provider.kind, model: written.model)
        if let tokens = written.contextTokens { abilities.contextTokens = Int64(tokens) }
        if let tokens = written.outputTokensMax { abilities.outputTokensMax = Int64(tokens) }
        abilities.lacks = Set(written.lacks)
        return abilities
    }
}
