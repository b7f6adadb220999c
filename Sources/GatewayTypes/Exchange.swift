/// One client request and its whole reply, as a value: a stage changes the copy that it hands on.
public struct Exchange: Sendable {
    public let id: ExchangeID
    public let trace: TraceContext
    public let arrived: Moment
    public let arrivedAt: WallTime
    public let deadline: Moment
    public let head: RequestHead
    public let surface: Surface
    public let request: Request
    public var caller: Caller
    public var route: Route
    /// The targets to try, in order.
    public var targets: [Target]
    /// What a budget decided about this exchange; nil: nothing.
    public var override: Override?
    /// Explanations for people; nothing decides by them.
    public var notes: [Note]

    public init(
        id: ExchangeID, trace: TraceContext, arrived: Moment, arrivedAt: WallTime, deadline: Moment,
        head: RequestHead, surface: Surface, request: Request
    ) {
        self.id = id
        self.trace = trace
        self.arrived = arrived
        self.arrivedAt = arrivedAt
        self.deadline = deadline
        self.head = head
        self.surface = surface
        self.request = request
        caller = .unknown
        route = .none
        targets = []
        override = nil
        notes = []
    }
}

/// Why something was done, for the trace and the log.
public struct Note: Sendable {
    public let hop: Hop
    public let text: String

    public init(_ hop: Hop, _ text: String) {
        self.hop = hop
        self.text = text
    }
}

/// Who pays: a key leads to a caller, who belongs to a team.
public struct Caller: Sendable {
    public let name: ConfiguredName
    public let team: ConfiguredName
    /// A short public prefix or alias of the key that was used; never the key.
    public let keyAlias: String

    public init(name: ConfiguredName, team: ConfiguredName, keyAlias: String) {
        self.name = name
        self.team = team
        self.keyAlias = keyAlias
    }

    /// Not yet, or never, authenticated.
    public static let unknown = Caller(name: .other, team: .other, keyAlias: "")
}

/// What an asked model name leads to: a rule with its targets.
public final class Route: Sendable {
    public enum Strategy: String, CaseIterable, Sendable { case ordered, weighted }

    public let name: ConfiguredName
    public let strategy: Strategy
    public let targets: [Target]

    public init(name: ConfiguredName, strategy: Strategy, targets: [Target]) {
        self.name = name
        self.strategy = strategy
        self.targets = targets
    }

    /// Before a route was found, and where none was.
    public static let none = Route(name: .other, strategy: .ordered, targets: [])
}

/// A provider and one of its models, with all that can be prepared before a request comes.
public final class Target: Sendable {
    /// Dense, unique in one configuration, from 0.
    public let index: Int
    public let provider: ConfiguredName
    /// `gen_ai.provider.name` of the semantic conventions.
    public let providerKind: String
    /// The model as the provider knows it.
    public let servedModel: ConfiguredName
    /// Relative share among a weighted route's targets; at least 1.
    public let weight: Int
    public let dialect: any ProviderDialect
    /// Prepared by operation: URL, headers that never change, timeouts; nil where the provider lacks the operation.
    public let endpoints: [Endpoint?]
    /// Which of the provider's keys is used, by its alias.
    public let keyAlias: String
    /// Whether `stream_options.include_usage` may be added to a streamed request.
    public let injectsStreamUsage: Bool
    /// What it can do.
    public let abilities: Abilities

    public init(
        index: Int, provider: ConfiguredName, providerKind: String, servedModel: ConfiguredName, weight: Int,
        dialect: any ProviderDialect, endpoints: [Endpoint?], keyAlias: String, injectsStreamUsage: Bool,
        abilities: Abilities = Abilities()
    ) {
        self.index = index
        self.provider = provider
        self.providerKind = providerKind
        self.servedModel = servedModel
        self.weight = weight
        self.dialect = dialect
        self.endpoints = endpoints
        self.keyAlias = keyAlias
        self.injectsStreamUsage = injectsStreamUsage
        self.abilities = abilities
    }

    public func endpoint(for operation: Operation) -> Endpoint? { endpoints[operation.index] }
}
