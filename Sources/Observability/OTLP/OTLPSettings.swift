public import GatewayTypes
public import Telemetry

/// What leaves over OTLP: the standard `OTEL_*` variables, as far as Weir implements them, and the configuration.
public struct OTLPSettings: Sendable {
    /// None: nothing is exported. There is no default collector.
    public var targets: [OTLPTarget] = []
    /// In order, without duplicates.
    public var resource: [ResourceAttribute] = []
    public var spans = BatchLimits()
    public var logs = BatchLimits(scheduleDelaySeconds: 1)
    public var metrics = MetricLimits()
    /// Nil where no variable names one.
    public var sampler: Sampler?
    /// Nil where no variable names any.
    public var propagators: [Propagator]?
    public var spanLimits = SpanLimits()
    /// Nil: what cannot be sent in time is dropped.
    public var spool: SpoolSettings?
    /// What was set and ignored, as sentences for the log.
    public var warnings: [String] = []

    /// Weir's own version.
    public let version: String

    public init(version: String) { self.version = version }

    public func exports(_ signal: TelemetrySignal) -> Bool { targets.contains { $0.signal == signal } }

    func envelope(for target: OTLPTarget) -> BatchEnvelope {
        BatchEnvelope(target.signal, resource: resource, version: version, encoding: target.encoding)
    }
}

/// How items wait for their batch.
public struct BatchLimits: Sendable, Equatable {
    /// Longest time that an item waits for its batch to fill, in seconds.
    public var scheduleDelaySeconds = 5.0
    /// For one batch with all its retries, in seconds.
    public var exportTimeoutSeconds = 30.0
    /// Items; at least `batchMax`.
    public var queueMax = 2_048
    /// Items; at least 1.
    public var batchMax = 512

    public init(scheduleDelaySeconds: Double = 5) { self.scheduleDelaySeconds = scheduleDelaySeconds }
}

/// How often metrics are collected and sent.
public struct MetricLimits: Sendable, Equatable {
    public var intervalSeconds = 60.0
    /// For one collection with all its retries, in seconds.
    public var timeoutSeconds = 30.0
    /// For destinations that do not say it themselves.
    public var temporality = MetricTemporality.cumulative
    public var histograms = HistogramForm.explicit

    public init() {}
}

/// Where batches wait on disk while their destination is away.
public struct SpoolSettings: Sendable, Equatable {
    /// A directory of this process's own.
    public var path: String
    /// For each signal of each destination.
    public var bytesMax: Int
    /// What waited longer is dropped.
    public var ageSecondsMax: Double

    public init(path: String, bytesMax: Int, ageSecondsMax: Double) {
        self.path = path
        self.bytesMax = bytesMax
        self.ageSecondsMax = ageSecondsMax
    }
}

/// A collector that the configuration names.
public struct OTLPCollector: Sendable {
    /// The label `destination`.
    public var name: String
    /// Its base URL.
    public var endpoint: String
    public var signals: [TelemetrySignal]
    public var headers: [ReplyField] = []
    public var gzip = false
    public var caFile: String?
    public var encoding = OTLPEncoding.protobuf
    public var filter: ExportFilter?
    /// Nil: as the environment says.
    public var temporality: MetricTemporality?
    public var histograms: HistogramForm?

    public init(name: String = TelemetryDestination.otlp.rawValue, endpoint: String, signals: [TelemetrySignal]) {
        self.name = name
        self.endpoint = endpoint
        self.signals = signals
    }
}

/// An attribute of the resource that everything shares.
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
