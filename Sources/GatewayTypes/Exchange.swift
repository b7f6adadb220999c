/// One client request and its whole reply, as a value: a stage changes the copy that it hands on.
public struct Exchange: Sendable {
    public let id: ExchangeID
    /// Fixed once the route is known.
    public var trace: TraceContext
    public let arrived: Moment
    public let arrivedAt: WallTime
    public let deadline: Moment
    public let head: RequestHead
    public let surface: Surface
    /// As it goes on: templates, the route and callouts may have changed what the client sent.
    public var request: Request
    public var caller: Caller
    public var route: Route
    /// What it was asked by, where that has become something else, or is about to; nil: nothing.
    public var firstAsked: FirstAsked?
    /// The targets to try, in order.
    public var targets: [Target]
    /// What a budget decided about this exchange; nil: nothing.
    public var override: Override?
    /// The most output tokens that limits allow a reply; nil: no limit.
    public var outputTokensMax: Int64?
    /// Fields that the reply carries, whoever gives it: in the place of a provider's of the same name.
    public var replyFields: [ReplyField]
    /// Why the first target is the first; nil where there was nothing to choose.
    public var choice: RouteChoice?
    /// The class of its request; nil where its route classifies nothing.
    public var classification: Classification?
    /// What the cache did; nil: its route has none.
    public var cache: CacheUse?
    /// Whether callouts add fields to what the provider is sent.
    public var hasAddedFields = false
    /// Whose loop it runs on, by position; nil: it is tried out, on no loop of exchanges.
    public let worker: Int?
    /// Whether it is one that Weir makes itself on behalf of another (`ModelCaller`): it makes no further ones.
    public let isAsked: Bool
    /// Explanations for people; nothing decides by them.
    public var notes: [Note]
    /// Who waits for the reply, for stages that let it wait; nil: nobody can leave.
    public var client: (any ClientPresence)?
    /// What guardrails make of it; nil: none has a say.
    public var guardian: (any ExchangeGuard)?
    /// How long it waited for its turn.
    public var waitedNanoseconds: Int64 = 0

    public init(
        id: ExchangeID, trace: TraceContext, arrived: Moment, arrivedAt: WallTime, deadline: Moment,
        head: RequestHead, surface: Surface, request: Request, worker: Int? = nil, isAsked: Bool = false
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
        outputTokensMax = nil
        replyFields = []
        choice = nil
        classification = nil
        cache = nil
        self.worker = worker
        self.isAsked = isAsked
        notes = []
    }
}

/// What few exchanges are asked by.
public final class FirstAsked: Sendable {
    /// The asked model's own route, where that leads on to the exchange's; nil: that is its own.
    public let route: Route?
    /// The template that is named, until it has become the request's text.
    public let template: String?

    public init(route: Route) { (self.route, template) = (route, nil) }
    public init(template: String) { (route, self.template) = (nil, template) }
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
    /// Whose limits hold; `_other`: no plan's.
    public let plan: ConfiguredName
    /// Whether it may ask for its trace to be kept.
    public let mayDebug: Bool
    /// What it may use; nil: everything.
    public let permissions: Permissions?

    public init(
        name: ConfiguredName, team: ConfiguredName, keyAlias: String, plan: ConfiguredName = .other,
        mayDebug: Bool = false, permissions: Permissions? = nil
    ) {
        self.name = name
        self.team = team
        self.keyAlias = keyAlias
        self.plan = plan
        self.mayDebug = mayDebug
        self.permissions = permissions
    }

    /// Whether it proved who it is; false for anonymous callers.
    public var isAuthenticated: Bool { !keyAlias.isEmpty }

    /// Not yet, or never, authenticated.
    public static let unknown = Caller(name: .other, team: .other, keyAlias: "")
}

/// What an asked model name leads to: a rule with its targets.
public final class Route: Sendable {
    /// How the targets of an exchange are put in order.
    public enum Strategy: String, CaseIterable, Sendable {
        case ordered, weighted
        case lowestLatency = "lowest_latency"
        case lowestCost = "lowest_cost"
        case leastOutstanding = "least_outstanding"
        case powerOfTwo = "power_of_two"
        case sticky
        case bestQualityUnder = "best_quality_under"
    }

    /// What a sticky route holds on to.
    public enum Affinity: String, CaseIterable, Sendable {
        /// `x-weir-session`, else the caller.
        case session
        case caller
        /// How the prompt begins: providers keep that in their prompt caches.
        case promptPrefix = "prompt_prefix"
    }

    /// Which time `lowest_latency` compares.
    public enum LatencyMeasure: String, CaseIterable, Sendable {
        /// To the first token of a streamed reply; of a whole reply, all of its time.
        case firstToken = "first_token"
        /// For each token of output.
        case perToken = "per_token"
    }

    public let name: ConfiguredName
    public let strategy: Strategy
    public let targets: [Target]
    public let affinity: Affinity
    public let latency: LatencyMeasure
    /// Says which class its requests are of; nil: none.
    public let classifier: (any RequestClassifier)?
    /// What a request may be expected to cost at most at the target that `best_quality_under` chooses; nil: no bound.
    public let costMax: Money?
    /// Whether some of the targets are for some requests only. Never behind a door, where the client chooses the model.
    public let hasConditions: Bool
    /// Which content its traces show.
    public let capture: Capture
    /// The share of its traces to keep, 0 … 1; nil: as all others.
    public let samplingRatio: Double?
    /// Nil: no second attempt is made beside the first.
    public let hedge: HedgeRule?
    /// Nil: none is tried out.
    public let canary: Canary?
    /// Nil: nobody is shown copies of its requests.
    public let shadow: Shadow?
    /// What it changes in requests; nil: nothing.
    public let decoration: Decoration?
    /// Other routes, for requests that meet a condition: the first that is met counts. Those have none of their own.
    public let matches: [RouteMatch]

    public init(
        name: ConfiguredName, strategy: Strategy, targets: [Target], affinity: Affinity = .session,
        latency: LatencyMeasure = .firstToken, capture: Capture = .none, samplingRatio: Double? = nil,
        decoration: Decoration? = nil,
        classifier: (any RequestClassifier)? = nil, costMax: Money? = nil,
        hedge: HedgeRule? = nil, canary: Canary? = nil, shadow: Shadow? = nil, matches: [RouteMatch] = [],
        heedsConditions: Bool = true
    ) {
        self.matches = matches
        self.decoration = decoration
        self.name = name
        self.strategy = strategy
        self.targets = targets
        self.affinity = affinity
        self.latency = latency
        self.classifier = classifier
        self.costMax = costMax
        hasConditions = heedsConditions && targets.contains { $0.condition != nil }
        self.capture = capture
        self.samplingRatio = samplingRatio
        self.hedge = hedge
        self.canary = canary
        self.shadow = shadow
    }

    /// The targets that are for this request.
    public func targets(for exchange: borrowing Exchange) -> [Target] {
        guard hasConditions else { return targets }
        var fitting: [Target] = []
        for target in targets where target.condition?.holds(for: exchange) ?? true { fitting.append(target) }
        return fitting
    }

    /// The first of `matches` that the request meets; nil: it stays here.
    public func match(for exchange: borrowing Exchange) -> RouteMatch? {
        for match in matches where match.condition.holds(for: exchange) { return match }
        return nil
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
    /// By surface: how it is reached from there; nil where it cannot serve it.
    public let ways: [Way?]
    /// Which of the provider's keys is used, by its alias.
    public let keyAlias: String
    /// The provider's several keys; nil where the ways hold the only one.
    public let keys: (any ProviderKeyRing)?
    /// Whether `stream_options.include_usage` may be added to a streamed request.
    public let injectsStreamUsage: Bool
    /// Whether what it cannot do is left out of a translated request, rather than the request refused.
    public let dropsUnsupported: Bool
    /// What it can do.
    public let abilities: Abilities
    /// Which requests it is for; nil: all of its route.
    public let condition: RequestCondition?

    public init(
        index: Int, provider: ConfiguredName, providerKind: String, servedModel: ConfiguredName, weight: Int,
        ways: [Way?], keyAlias: String, injectsStreamUsage: Bool, dropsUnsupported: Bool = false,
        abilities: Abilities = Abilities(), condition: RequestCondition? = nil, keys: (any ProviderKeyRing)? = nil
    ) {
        self.index = index
        self.provider = provider
        self.providerKind = providerKind
        self.servedModel = servedModel
        self.weight = weight
        self.ways = ways
        self.keyAlias = keyAlias
        self.injectsStreamUsage = injectsStreamUsage
        self.dropsUnsupported = dropsUnsupported
        self.abilities = abilities
        self.condition = condition
        self.keys = keys
    }

    /// Any endpoint of it, for the address of its server; nil where it can be reached from no surface.
    public var anyEndpoint: Endpoint? { ways.lazy.compactMap { $0 }.first?.endpoint }

    /// All endpoints that it has.
    public var endpoints: [Endpoint] { ways.compactMap { $0 }.flatMap { [$0.endpoint, $0.streamEndpoint] } }

    @inlinable public func way(for surface: Surface) -> Way? {
        surface.index < ways.count ? ways[surface.index] : nil
    }
}

/// How a target is reached from one surface.
public final class Way: Sendable {
    public let dialect: any ProviderDialect
    /// Whether request and reply go through the neutral form; otherwise the client's bytes pass.
    public let isTranslated: Bool
    /// For a whole reply, and for a streamed one.
    public let endpoint: Endpoint
    public let streamEndpoint: Endpoint

    public init(dialect: any ProviderDialect, isTranslated: Bool, endpoint: Endpoint, streamEndpoint: Endpoint) {
        self.dialect = dialect
        self.isTranslated = isTranslated
        self.endpoint = endpoint
        self.streamEndpoint = streamEndpoint
    }

    @inlinable public func endpoint(streams: Bool) -> Endpoint { streams ? streamEndpoint : endpoint }
}
