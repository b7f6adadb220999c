public import GatewayTypes

/// What is observed. All off makes every call of a shard return at once.
public struct TelemetrySettings: Sendable {
    public var metrics: Bool
    public var spans: Bool
    public var accessLog: Bool
    public var accessLogFormat = AccessLineFormat.json
    /// Outcomes are handed to an `OutcomeKeeper`.
    public var keepsOutcomes = false
    /// A log record for each exchange.
    public var logs = false
    public var style = SpanStyle()
    /// Series per instrument, over all loops; at least 1.
    public var seriesMax = 2_000
    /// How long a series stays that names what the configuration no longer has, in seconds.
    public var seriesIdleSeconds = 86_400.0
    /// Outcomes per loop that may wait to be rendered; at least 1.
    public var queuedOutcomesMax = 8_192

    public init(metrics: Bool = true, spans: Bool = true, accessLog: Bool = true) {
        self.metrics = metrics
        self.spans = spans
        self.accessLog = accessLog
    }

    public static let off = TelemetrySettings(metrics: false, spans: false, accessLog: false)
}

/// What `weir_build_info` says.
public struct BuildInfo: Sendable {
    public let version: String
    public let revision: String
    public let swift: String

    public init(version: String, revision: String, swift: String) {
        self.version = version
        self.revision = revision
        self.swift = swift
    }
}

/// What the configuration declares: its series exist at 0 from start-up, so that `increase()` sees their first step.
public struct DeclaredNames: Sendable {
    public var teams: [ConfiguredName]
    public var routes: [Route]
    public var callers: [ConfiguredName] = []
    /// Of routes and of providers' own APIs.
    public var routeNames: [ConfiguredName] = []
    /// All that may serve, those of `routes` included.
    public var targets: [Target] = []
    /// Whether any route says again what was said before.
    public var hasCache = false

    public init(teams: [ConfiguredName] = [], routes: [Route] = []) {
        self.teams = teams
        self.routes = routes
        routeNames = routes.map(\.name)
        targets = routes.flatMap(\.targets)
    }
}

public enum ConnectionSide: String, CaseIterable, Sendable { case client, upstream }
public enum ConnectionState: String, CaseIterable, Sendable { case active, idle }
