public import GatewayTypes
public import Telemetry

/// Everything that the configuration decides about exchanges, built once and never changed.
public final class Plan: Sendable {
    let path: Path
    public let surfaces: SurfaceTable
    let routes: [String: Route]
    /// By the provider's name: the ways to its own API.
    let doors: [String: ProviderDoor]
    let pricer: any Pricer
    let journal: any Journal
    let limits: ExchangeLimits
    let tracing: Tracing
    /// Reads a provider's limits from its reply's head.
    let rateLimits: @Sendable (UpstreamHead, WallTime) -> [RateLimit]
    /// Nil: no attempt is made again at the same target.
    let retries: (any RetryAdviser)?
    /// Nil: no route makes a second attempt beside the first.
    let hedges: (any HedgeAdviser)?
    /// Nil: no route has a shadow.
    let shadows: (any ShadowKeeper)?
    /// Nil: there are no templates.
    let templates: (any PromptTemplates)?
    /// Those of the hops before the gates, in the order of the hops.
    let callouts: [any Callout]
    /// Those that are asked before each attempt: of `budgets`, then of `attempt`.
    let attemptCallouts: [any Callout]
    /// Those that are told once all is over.
    let settleCallouts: [any Callout]
    /// Whether somebody is asked before it is known who calls.
    let asksAtReceive: Bool

    public init(
        path: Path, surfaces: SurfaceTable, routes: [String: Route], doors: [String: ProviderDoor] = [:],
        pricer: any Pricer, journal: any Journal, limits: ExchangeLimits, tracing: Tracing,
        rateLimits: @escaping @Sendable (UpstreamHead, WallTime) -> [RateLimit] = { _, _ in [] },
        retries: (any RetryAdviser)? = nil, hedges: (any HedgeAdviser)? = nil,
        shadows: (any ShadowKeeper)? = nil,
        templates: (any PromptTemplates)? = nil, callouts: [any Callout] = []
    ) {
        self.templates = templates
        // Of the same hop in the order given.
        let inOrder = callouts.enumerated().sorted { left, right in
            (left.element.hop.index, left.offset) < (right.element.hop.index, right.offset)
        }.map(\.element)
        self.callouts = inOrder.filter { $0.hop.index < Hop.budgets.index }
        attemptCallouts = inOrder.filter { $0.hop == .budgets || $0.hop == .attempt }
        settleCallouts = inOrder.filter { $0.hop == .settle }
        asksAtReceive = inOrder.first?.hop == .receive
        self.path = path
        self.surfaces = surfaces
        self.routes = routes
        self.doors = doors
        self.pricer = pricer
        self.journal = journal
        self.limits = limits
        self.tracing = tracing
        self.rateLimits = rateLimits
        self.retries = retries
        self.hedges = hedges
        self.shadows = shadows
    }

    /// The way to the provider whose own API was asked for; nil where another surface was.
    func door(for match: SurfaceMatch, of caller: Caller) throws(Failure) -> ProviderDoor? {
        guard let name = match.provider else { return nil }
        if let door = doors[name] { return door }
        let known = doors.keys.filter { name in
            caller.permissions?.refusal(of: PermissionQuestion(provider: name)) == nil
        }.sorted().prefix(20).joined(separator: ", ")
        throw Failure(.notFound, "The provider \"\(name.prefix(100))\" is not configured; known providers: \(known).")
    }

    /// Where a request would go as it is now, for who looks before it is decided; `Route.none` where that is nowhere.
    func likelyRoute(for exchange: borrowing Exchange, _ match: SurfaceMatch) -> Route {
        guard case .model(let request) = exchange.request else { return .none }
        if let name = match.provider { return doors[name]?.route(for: request.askedModel) ?? .none }
        guard let route = routes[request.askedModel] else { return .none }
        return route.match(for: exchange)?.route ?? route
    }

    /// The route of the asked model.
    func route(for request: ModelRequest, of caller: Caller) throws(Failure) -> Route {
        if let route = routes[request.askedModel] { return route }
        // Those that the caller may not use are no help.
        let known = routes.filter { name, route in
            caller.permissions?.allows(model: name, of: route.name.text) ?? true
        }.keys.sorted().prefix(20).joined(separator: ", ")
        throw Failure(
            .modelNotFound,
            "The model \"\(request.askedModel.prefix(100))\" is not configured; known models: \(known).",
            param: "model")
    }
}

/// Bounds of one exchange.
public struct ExchangeLimits: Sendable {
    /// Attempts of one exchange, fallbacks and retries included; at least 1. Targets that a gate refuses count for none.
    public var attemptsMax = 3
    /// Seconds that an upstream may go on, to tell its usage, after the client has left.
    public var drainSeconds = 10.0
    /// Seconds for the whole exchange, and for a session over a WebSocket.
    public var totalSeconds = 900.0
    /// Bytes of a whole (not streamed) reply that are held so that its cost can be told in a header.
    public var heldReplyBytesMax = 1 << 20
    /// What a stream begins with, before its first token, waits for that token while another target could still serve: so
    /// many bytes and seconds at most.
    public var heldOpeningBytesMax = 64 * 1024
    public var heldOpeningSeconds = 10.0
    /// Bytes of an upstream's error reply that are kept.
    public var errorBytesMax = 64 * 1024

    public init() {}
}
