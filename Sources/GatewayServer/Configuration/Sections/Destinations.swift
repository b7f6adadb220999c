extension Configuration {
    /// How what is sent to a collector is written and carried.
    public enum ExportProtocol: String, CaseIterable, Sendable {
        case protobuf = "http/protobuf"
        case json = "http/json"
        case grpc
    }

    public enum ExportCompression: String, CaseIterable, Sendable { case none, gzip }

    /// An OpenTelemetry collector.
    public struct Traces: Sendable {
        public internal(set) var endpoint = ServiceURL.unknown
        public internal(set) var headers: [Header] = []
        public internal(set) var compression = ExportCompression.none
        public internal(set) var exportProtocol = ExportProtocol.protobuf

        static let section = Section<Traces>(
            "traces", "An OpenTelemetry collector that takes OTLP.",
            empty: { Traces() },
            fields: [
                Field(
                    "endpoint", \.endpoint, .url("http://127.0.0.1:4318"), required: "http://127.0.0.1:4318",
                    "Its base URL, to which `/v1/traces` is added; `OTEL_EXPORTER_OTLP_ENDPOINT` goes before it."),
                Field("headers", \.headers, .headers, "Headers of every request to it."),
                Field("compression", \.compression, .choice, "How what is sent is compressed."),
                Field("protocol", \.exportProtocol, .choice, exportProtocolDoc),
            ])
    }

    /// A collector beside the one of `traces` or of the environment.
    public struct Destination: Sendable {
        public enum Signal: String, CaseIterable, Sendable { case traces, logs, metrics }
        /// Kinds of exchanges.
        public enum Only: String, CaseIterable, Sendable { case errors, moved }
        public enum Histograms: String, CaseIterable, Sendable { case explicit, exponential }
        public enum Temporality: String, CaseIterable, Sendable { case cumulative, delta }

        public internal(set) var name = ""
        public internal(set) var endpoint = ServiceURL.unknown
        public internal(set) var signals = Signal.allCases
        public internal(set) var headers: [Header] = []
        public internal(set) var compression = ExportCompression.none
        public internal(set) var exportProtocol = ExportProtocol.protobuf
        /// A PEM file; nil: the system's certificate authorities.
        public internal(set) var caFile: String?
        public internal(set) var only: [Only] = []
        public internal(set) var routes: [String] = []
        public internal(set) var teams: [String] = []
        /// nil: as the environment says.
        public internal(set) var histograms: Histograms?
        public internal(set) var temporality: Temporality?

        static let section = Section<Destination>(
            "destination",
            "An OpenTelemetry collector that takes OTLP. Its name is the `destination` label of metrics.",
            empty: { Destination() },
            fields: [
                Field(
                    "endpoint", \.endpoint, .url("http://127.0.0.1:4318"), required: "http://127.0.0.1:4318",
                    "Its base URL, to which `/v1/traces`, `/v1/logs` or `/v1/metrics` is added."),
                Field("signals", \.signals, .list(of: .choice), "What it gets: everything when left out."),
                Field("headers", \.headers, .headers, "Headers of every request to it."),
                Field("compression", \.compression, .choice, "How what is sent is compressed."),
                Field("protocol", \.exportProtocol, .choice, exportProtocolDoc),
                Field(
                    "ca_file", optional: \.caFile, .path,
                    "PEM file of the certificate authorities to trust instead of the system's."),
                Field(
                    "only", \.only, .list(of: .choice),
                    "Of traces and logs, exchanges that did not complete (`errors`), that another target than the "
                        + "route's first served (`moved`), or either; all when left out."),
                Field(
                    "routes", \.routes, .list(of: .name(of: "a route")),
                    "Of traces and logs, those routes; all when left out."),
                Field(
                    "teams", \.teams, .list(of: .name(of: "a team")),
                    "Of traces and logs, those teams; all when left out."),
                Field(
                    "histograms", optional: \.histograms, .choice,
                    "How histograms leave; `OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION`, else explicit, "
                        + "when left out."),
                Field(
                    "temporality", optional: \.temporality, .choice,
                    "Whether counts are since the start or since the last push; "
                        + "`OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE`, else cumulative, when left out."),
            ])

        var isFiltered: Bool { !only.isEmpty || !routes.isEmpty || !teams.isEmpty }
    }

    /// Disk for what waits for a collector.
    public struct Spool: Sendable {
        public internal(set) var path = ""
        public internal(set) var bytesMax = 64 << 20
        public internal(set) var ageSecondsMax = 86_400.0

        static let section = Section<Spool>(
            "spool",
            "Batches that a collector does not take wait here and are sent in order when it is back, also after a "
                + "restart. Where there is no room the oldest are dropped, and counted.",
            empty: { Spool() },
            fields: [
                Field("path", \.path, .path, required: "spool", "A directory of this gateway's own."),
                Field(
                    "max_bytes", \.bytesMax, .bytes("1MiB", "64GiB"),
                    "Most bytes for each signal of each destination, compressed."),
                Field("max_age", \.ageSecondsMax, .duration("1m", "30d"), "What waited longer is dropped."),
            ])
    }

    private static let exportProtocolDoc =
        "How what is sent is written and carried. With `grpc` only host and port of the endpoint count; the port is 4317 "
        + "when left out."
}
