import GatewayTypes
import Metering
import ProxyCore

/// The configuration's providers and models as targets and routes, with everything prepared that can be.
struct RouteTable {
    private(set) var routes: [Route] = []
    /// Each at its own index: those of routes, and one for each provider that stands for any model of it.
    private(set) var targets: [Target] = []
    /// By the provider's name.
    private(set) var doors: [String: ProviderDoor] = [:]

    private let names: NameBook
    private let catalog: PriceCatalog

    init(
        _ configuration: Configuration, names: NameBook, catalog: PriceCatalog, ground: ProviderDesk.Ground
    ) throws(StartupFailure) {
        self.names = names
        self.catalog = catalog
        var desks: [String: ProviderDesk] = [:]
        for provider in configuration.providers { desks[provider.name] = try ProviderDesk(provider, on: ground) }
        for model in configuration.models {
            let route = route(model, desks)
            routes.append(route)
            for name in [model.name] + model.aliases { byAskedModel[name] = route }
        }
        for provider in configuration.providers {
            if let desk = desks[provider.name] { doors[provider.name] = door(to: desk) }
        }
    }

    var byName: [String: Route] {
        Dictionary(routes.map { ($0.name.text, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// By every name that clients may ask for.
    private(set) var byAskedModel: [String: Route] = [:]

    private mutating func route(_ model: Configuration.Model, _ desks: [String: ProviderDesk]) -> Route {
        var made: [Target] = []
        for written in model.targets {
            // A provider that is not declared was refused by the configuration's check.
            guard let desk = desks[written.provider] else { continue }
            made.append(target(for: written, of: model, at: desk))
        }
        return Route(
            name: names.routes[model.name], strategy: model.strategy, targets: made, affinity: model.stickyBy,
            latency: model.latency, capture: model.capture, samplingRatio: model.samplingRatio,
            decoration: TemplateDesk.decoration(model))
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
            abilities: abilities(written, provider), condition: written.when.map(condition))
        targets.append(target)
        return target
    }

    /// A provider's own API. Models that the configuration names there keep their labels and prices.
    private mutating func door(to desk: ProviderDesk) -> ProviderDoor {
        let provider = names.providers[desk.provider.name]
        let name = names.routes[NameBook.door(to: desk.provider.name)]
        func route(_ target: Target) -> Route { Route(name: name, strategy: .ordered, targets: [target]) }
        var byModel: [String: Route] = [:]
        for target in targets where target.provider == provider {
            byModel[target.servedModel.text] = byModel[target.servedModel.text] ?? route(target)
        }
        let anyModel = Target(
            index: targets.count, provider: provider, providerKind: desk.provider.kind, servedModel: .other, weight: 1,
            ways: desk.doorWays, keyAlias: desk.provider.key?.origin ?? "", injectsStreamUsage: false)
        targets.append(anyModel)
        return ProviderDoor(byModel: byModel, anyModel: route(anyModel), basePath: desk.basePath)
    }

    private func condition(_ written: Configuration.TargetWhen) -> TargetCondition {
        var condition = TargetCondition()
        condition.teams = written.teams.map { names.teams[$0] }
        if let field = written.field { condition.fields = [(HeaderName(field.name), field.value)] }
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
