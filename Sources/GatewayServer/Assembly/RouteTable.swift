import Dialects
import GatewayTypes
import Metering
import Synchronization

/// The configuration's providers and models as targets and routes, with everything prepared that can be.
struct RouteTable {
    private(set) var routes: [Route] = []
    private(set) var targets: [Target] = []

    private var targetCount = 0
    private let configuration: Configuration
    private let names: NameBook
    private let catalog: PriceCatalog

    init(_ configuration: Configuration, names: NameBook, catalog: PriceCatalog) {
        self.configuration = configuration
        self.names = names
        self.catalog = catalog
        for model in configuration.models { routes.append(route(model)) }
    }

    var byName: [String: Route] {
        Dictionary(routes.map { ($0.name.text, $0) }, uniquingKeysWith: { first, _ in first })
    }

    private mutating func route(_ model: Configuration.Model) -> Route {
        let made = model.targets.compactMap { target(for: $0) }
        targets += made
        return Route(name: names.routes[model.name], strategy: model.strategy, targets: made)
    }

    /// Nil where the configuration names a provider that it does not declare, which its check refuses.
    private mutating func target(for written: Configuration.ModelTarget) -> Target? {
        guard let provider = configuration.provider(named: written.provider) else { return nil }
        let dialect = Self.dialect(provider.dialect)
        return Target(
            index: nextIndex(), provider: names.providers[provider.name],
            providerKind: provider.kind, servedModel: names.models[written.model], weight: written.weight,
            ways: Surface.allCases.map { Self.way(for: $0, provider, dialect, model: written.model) },
            keyAlias: provider.key?.origin ?? "", injectsStreamUsage: provider.streamOptions,
            abilities: abilities(written, provider))
    }

    /// What the catalogue says, and what the configuration says better.
    private func abilities(_ written: Configuration.ModelTarget, _ provider: Configuration.Provider) -> Abilities {
        var abilities = catalog.abilities(provider: provider.name, kind: provider.kind, model: written.model)
        if let tokens = written.contextTokens { abilities.contextTokens = Int64(tokens) }
        if let tokens = written.outputTokensMax { abilities.outputTokensMax = Int64(tokens) }
        abilities.lacks = Set(written.lacks)
        return abilities
    }

    private mutating func nextIndex() -> Int {
        defer { targetCount += 1 }
        return targetCount
    }

    private static func dialect(_ name: Configuration.Dialect) -> any ProviderDialect {
        switch name {
        case .openai: OpenAIProvider()
        }
    }

    /// The client's bytes pass where the provider serves the surface itself; else it is translated where that can be.
    private static func way(
        for surface: Surface, _ provider: Configuration.Provider, _ dialect: any ProviderDialect, model: String
    ) -> Way? {
        func way(isTranslated: Bool, _ path: (Bool) -> String?) -> Way? {
            guard let plain = path(false), let streamed = path(true) else { return nil }
            let whole = endpoint(plain, provider)
            return Way(
                dialect: dialect, isTranslated: isTranslated, endpoint: whole,
                streamEndpoint: streamed == plain ? whole : endpoint(streamed, provider))
        }
        if let way = way(isTranslated: false, { dialect.path(for: surface, model: model, stream: $0) }) { return way }
        guard let operation = surface.operation, operation.isTranslatable else { return nil }
        return way(isTranslated: true) { dialect.path(translating: operation, model: model, stream: $0) }
    }

    private static func endpoint(_ path: String, _ provider: Configuration.Provider) -> Endpoint {
        var fields = provider.headers.compactMap { header in
            header.value.exposed.map { ReplyField(header.name, $0) }
        }
        if let key = provider.key?.exposed { fields.append(ReplyField("authorization", "Bearer " + key)) }
        var timeouts = Endpoint.Timeouts()
        timeouts.connectSeconds = provider.timeouts.connectSeconds
        timeouts.firstByteSeconds = provider.timeouts.firstByteSeconds
        timeouts.idleSeconds = provider.timeouts.idleSeconds
        timeouts.totalSeconds = provider.timeouts.totalSeconds
        return Endpoint(
            id: EndpointNumbers.next(), method: .post, url: provider.baseURL.text + path,
            serverAddress: provider.baseURL.host, serverPort: provider.baseURL.port, fields: fields, timeouts: timeouts,
            http2: provider.http2, caFile: provider.caFile)
    }
}

/// Dense, process-wide numbers of endpoints.
enum EndpointNumbers {
    private static let last = Atomic<Int>(-1)
    static func next() -> Int { last.wrappingAdd(1, ordering: .relaxed).newValue }
}
