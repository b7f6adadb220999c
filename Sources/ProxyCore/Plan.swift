public import GatewayTypes
public import Telemetry

/// Everything that the configuration decides about exchanges, built once and never changed.
public final class Plan: Sendable {
    let path: Path
    let surfaces: SurfaceTable
    let routes: [String: Route]
    let pricer: any Pricer
    let journal: any Journal
    let limits: ExchangeLimits
    let sampler: Sampler
    let trustsIncomingTrace: Bool

    public init(
        path: Path, surfaces: SurfaceTable, routes: [String: Route], pricer: any Pricer, journal: any Journal,
        limits: ExchangeLimits, sampler: Sampler, trustsIncomingTrace: Bool
    ) {
        self.path = path
        self.surfaces = surfaces
        self.routes = routes
        self.pricer = pricer
        self.journal = journal
        self.limits = limits
        self.sampler = sampler
        self.trustsIncomingTrace = trustsIncomingTrace
    }
}

/// Bounds of one exchange.
public struct ExchangeLimits: Sendable {
    /// Attempts of one exchange, fallbacks included; at least 1.
    public var attemptsMax = 3
    /// Seconds that an upstream may go on, to tell its usage, after the client has left.
    public var drainSeconds = 10.0
    /// Seconds for the whole exchange.
    public var totalSeconds = 900.0
    /// Bytes of a whole (not streamed) reply that are held so that its cost can be told in a header.
    public var heldReplyBytesMax = 1 << 20
    /// Bytes of an upstream's error reply that are kept.
    public var errorBytesMax = 64 * 1024

    public init() {}
}

/// One API path that clients may call.
public struct SurfaceEntry: Sendable {
    public let method: Method
    /// The route of the HTTP conventions: the path itself, as a template.
    public let httpRoute: String
    public let surface: Surface
    public let operation: Operation
    public let dialect: any ClientDialect
    /// What Weir answers itself, without asking a model.
    public let answer: Reply?

    public init(
        method: Method, httpRoute: String, surface: Surface, operation: Operation, dialect: any ClientDialect,
        answer: Reply? = nil
    ) {
        self.method = method
        self.httpRoute = httpRoute
        self.surface = surface
        self.operation = operation
        self.dialect = dialect
        self.answer = answer
    }
}

/// Which surface a path belongs to.
public struct SurfaceTable: Sendable {
    private let byPath: [String: SurfaceEntry]
    /// Renders the errors of requests that no surface recognised.
    let fallback: any ClientDialect

    public init(_ entries: [SurfaceEntry], fallback: any ClientDialect) {
        byPath = Dictionary(entries.map { ($0.httpRoute, $0) }, uniquingKeysWith: { first, _ in first })
        self.fallback = fallback
    }

    func entry(for head: RequestHead) throws(Failure) -> SurfaceEntry {
        guard let entry = byPath[head.path] else {
            let known = byPath.keys.sorted().joined(separator: ", ")
            throw Failure(.notFound, "No API is served at \(head.path); known paths: \(known).")
        }
        guard entry.method == head.method else {
            var failure = Failure(.methodNotAllowed, "\(head.path) takes \(entry.method.rawValue).")
            failure.fields = [ReplyField("allow", entry.method.rawValue)]
            throw failure
        }
        return entry
    }
}
