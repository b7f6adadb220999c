public import Telemetry

extension Configuration {
    /// Metrics, traces and the access log.
    public struct Telemetry: Sendable {
        /// Where the line of each exchange goes.
        public enum AccessLog: Sendable, Equatable {
            case stdout, off
            case file(String)
        }
        public enum TrustIncoming: String, CaseIterable, Sendable { case always, never }

        public internal(set) var metrics = true
        public internal(set) var accessLog = AccessLog.stdout
        public internal(set) var spans = true
        /// nil: traces are not sent anywhere.
        public internal(set) var traces: Traces?
        public internal(set) var destinations: [Destination] = []
        public internal(set) var conventions = Vocabulary.v1_41
        public internal(set) var profiles: [SpanProfile] = []
        public internal(set) var contentBytesMax = 65_536
        public internal(set) var trustIncoming = TrustIncoming.always
        public internal(set) var seriesMax = 2000

        static let section = Section<Telemetry>(
            "telemetry",
            "What Weir says about itself. Keys are never part of it; prompts and replies are part of traces where a "
                + "model's `capture` asks for it.",
            empty: { Telemetry() },
            fields: [
                Field("metrics", \.metrics, .boolean, "Count and time every exchange."),
                Field(
                    "access_log", \.accessLog, .accessLog,
                    "One line of JSON for each exchange: `stdout`, `off` or the path of a file."),
                Field("spans", \.spans, .boolean, "Make spans of every exchange."),
                Field(
                    "traces", optional: \.traces, Kind.section(Traces.section),
                    "Where spans are sent. They go nowhere when left out."),
                Field(
                    "destinations", \.destinations, .table(of: "a destination", Destination.section, name: \.name),
                    "Further collectors, by name: each gets its signals whatever the others do."),
                Field(
                    "conventions", \.conventions, .choice,
                    "Which version of OpenTelemetry's GenAI conventions spans and metrics follow: `v1.41`, which "
                        + "backends read today, `latest`, where some names have changed since, or `both` names beside "
                        + "each other."),
                Field(
                    "profiles", \.profiles, .list(of: .choice),
                    "Backends whose own attributes spans carry, too: `openinference` (Phoenix), `langfuse`."),
                Field(
                    "content_bytes_max", \.contentBytesMax, .integer(1024...1_048_576),
                    "Most bytes of JSON of each attribute that shows what was said (a model's `capture`)."),
                Field("trust_incoming", \.trustIncoming, .choice, "Whether a client's `traceparent` is continued."),
                Field(
                    "series_max", \.seriesMax, .integer(100...1_000_000),
                    "Most series of one metric; what is beyond goes into an overflow series."),
            ])
    }

    /// How what is sent to a collector is written.
    public enum ExportProtocol: String, CaseIterable, Sendable {
        case protobuf = "http/protobuf"
        case json = "http/json"
    }

    public enum ExportCompression: String, CaseIterable, Sendable { case none, gzip }

    /// An OpenTelemetry collector.
    public struct Traces: Sendable {
        public internal(set) var endpoint = ServiceURL.unknown
        public internal(set) var headers: [Header] = []
        public internal(set) var compression = ExportCompression.none
        public internal(set) var exportProtocol = ExportProtocol.protobuf

        static let section = Section<Traces>(
            "traces", "An OpenTelemetry collector that takes OTLP over HTTP.",
            empty: { Traces() },
            fields: [
                Field(
                    "endpoint", \.endpoint, .url("http://127.0.0.1:4318"), required: "http://127.0.0.1:4318",
                    "Its base URL, to which `/v1/traces` is added; `OTEL_EXPORTER_OTLP_ENDPOINT` goes before it."),
                Field("headers", \.headers, .headers, "Headers of every request to it."),
                Field("compression", \.compression, .choice, "How what is sent is compressed."),
                Field("protocol", \.exportProtocol, .choice, "How what is sent is written."),
            ])
    }

    /// A collector beside the one of `traces` or of the environment.
    public struct Destination: Sendable {
        public enum Signal: String, CaseIterable, Sendable { case traces, logs, metrics }

        public internal(set) var name = ""
        public internal(set) var endpoint = ServiceURL.unknown
        public internal(set) var signals = Signal.allCases
        public internal(set) var headers: [Header] = []
        public internal(set) var compression = ExportCompression.none
        public internal(set) var exportProtocol = ExportProtocol.protobuf
        /// A PEM file; nil: the system's certificate authorities.
        public internal(set) var caFile: String?

        static let section = Section<Destination>(
            "destination",
            "An OpenTelemetry collector that takes OTLP over HTTP. Its name is the `destination` label of metrics.",
            empty: { Destination() },
            fields: [
                Field(
                    "endpoint", \.endpoint, .url("http://127.0.0.1:4318"), required: "http://127.0.0.1:4318",
                    "Its base URL, to which `/v1/traces`, `/v1/logs` or `/v1/metrics` is added."),
                Field("signals", \.signals, .list(of: .choice), "What it gets: everything when left out."),
                Field("headers", \.headers, .headers, "Headers of every request to it."),
                Field("compression", \.compression, .choice, "How what is sent is compressed."),
                Field("protocol", \.exportProtocol, .choice, "How what is sent is written."),
                Field(
                    "ca_file", optional: \.caFile, .path,
                    "PEM file of the certificate authorities to trust instead of the system's."),
            ])
    }
}

extension Kind where Value == Configuration.Telemetry.AccessLog {
    static let accessLog = Kind(.either([.choice(["stdout", "off"]), Kind<String>.path.shape])) { tree, path, reader in
        switch tree.content {
        case .text("stdout", _): return .stdout
        case .text("off", _): return .off
        case .text, .empty, .list, .map:
            return Kind<String>.path.read(tree, path, reader).map { .file($0) }
        }
    } write: {
        switch $0 {
        case .stdout: "stdout"
        case .off: "off"
        case .file(let path): path
        }
    }
}
