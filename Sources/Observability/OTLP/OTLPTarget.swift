public import GatewayTypes
public import Telemetry

/// Where one signal goes, and how: to one destination.
public struct OTLPTarget: Sendable {
    /// The label `destination`.
    public var destination = TelemetryDestination.otlp.rawValue
    public let signal: TelemetrySignal
    public let url: OTLPURL
    /// Fields of every request; may hold secrets, never logged.
    public var headers: [ReplyField] = []
    /// For one request, in seconds; greater than 0.
    public var timeoutSeconds = 10.0
    public var gzip = false
    public var caFile: String?
    public var clientCertificate: ClientCertificate?
    public var encoding = OTLPEncoding.protobuf
    /// Of traces and logs: what it gets; nil: everything.
    public var filter: ExportFilter?
    /// Of metrics.
    public var temporality = MetricTemporality.cumulative
    public var histograms = HistogramForm.explicit

    public init(signal: TelemetrySignal, url: OTLPURL) {
        self.signal = signal
        self.url = url
    }

    /// The prepared place to send to. `id` is the roof's to give, `version` Weir's own.
    public func makeEndpoint(id: Int, version: String) -> Endpoint {
        var timeouts = Endpoint.Timeouts()
        timeouts.connectSeconds = min(timeouts.connectSeconds, timeoutSeconds)
        timeouts.firstByteSeconds = timeoutSeconds
        timeouts.idleSeconds = timeoutSeconds
        timeouts.totalSeconds = timeoutSeconds
        var fields = headers
        fields.append(ReplyField("user-agent", "weir/\(version) OTel-OTLP-Exporter-Swift/\(version)"))
        fields.append(ReplyField("content-type", encoding.contentType))
        if gzip { fields.append(ReplyField(encoding.compressionField, "gzip")) }
        if encoding == .grpc { fields.append(ReplyField("te", "trailers")) }
        return Endpoint(
            id: id, method: .post, url: url.text, serverAddress: url.address, serverPort: url.port,
            fields: fields, timeouts: timeouts, http2: false, caFile: caFile, http2Only: encoding == .grpc,
            clientCertificate: clientCertificate)
    }
}

extension TelemetrySignal {
    /// What stands behind a collector's base URL.
    var path: String { "v1/" + rawValue }
}
