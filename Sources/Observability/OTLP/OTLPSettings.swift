public import GatewayTypes
public import Telemetry

/// How spans leave: the standard `OTEL_*` variables, as far as Weir implements them.
public struct OTLPSettings: Sendable {
    /// Nil: nothing is exported. There is no default collector.
    public var tracesURL: OTLPURL?
    /// Fields of every request; may hold secrets, never logged.
    public var headers: [ReplyField] = []
    /// For one request, in seconds; greater than 0.
    public var timeoutSeconds = 10.0
    public var gzip = false
    public var caFile: String?
    /// In order, without duplicates.
    public var resource: [ResourceAttribute] = []
    /// Longest time that a span waits for its batch to fill, in seconds.
    public var scheduleDelaySeconds = 5.0
    /// For one batch with all its retries, in seconds.
    public var exportTimeoutSeconds = 30.0
    /// Spans; at least `batchMax`.
    public var queueMax = 2_048
    /// Spans; at least 1.
    public var batchMax = 512
    public var sampler = Sampler.standard
    /// What was set and ignored, as sentences for the log.
    public var warnings: [String] = []

    /// Weir's own version.
    public let version: String

    public init(version: String) { self.version = version }

    /// The prepared place to send to; nil when nothing is exported. `id` is the roof's to give.
    public func makeEndpoint(id: Int) -> Endpoint? {
        guard let tracesURL else { return nil }
        var timeouts = Endpoint.Timeouts()
        timeouts.connectSeconds = min(timeouts.connectSeconds, timeoutSeconds)
        timeouts.firstByteSeconds = timeoutSeconds
        timeouts.idleSeconds = timeoutSeconds
        timeouts.totalSeconds = timeoutSeconds
        var fields = headers
        fields.append(ReplyField("user-agent", "weir/\(version) OTel-OTLP-Exporter-Swift/\(version)"))
        fields.append(ReplyField("content-type", "application/x-protobuf"))
        if gzip { fields.append(ReplyField("content-encoding", "gzip")) }
        return Endpoint(
            id: id, method: .post, url: tracesURL.text, serverAddress: tracesURL.address, serverPort: tracesURL.port,
            fields: fields, timeouts: timeouts, http2: false, caFile: caFile)
    }
}

/// An attribute of the resource that all spans share.
public struct ResourceAttribute: Sendable, Equatable {
    public let key: String
    public let value: String

    public init(key: String, value: String) {
        self.key = key
        self.value = value
    }
}

/// A setting that cannot be followed; the process does not start with it.
public struct OTLPSettingsError: Error, Sendable, Equatable, CustomStringConvertible {
    public let variable: String
    /// What is wrong and what to set instead.
    public let problem: String

    public var description: String { "\(variable): \(problem)" }
}
