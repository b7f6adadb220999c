public import Telemetry

extension Configuration {
    /// Metrics, traces and the access log.
    public struct Telemetry: Sendable {
        /// Where the line of each exchange goes.
        public enum AccessLog: Sendable, Equatable {
            case stdout, off
            case file(String)
        }
        public enum AccessLogFormat: String, CaseIterable, Sendable { case json, logfmt }
        public enum TrustIncoming: String, CaseIterable, Sendable { case always, authenticated, never }
        public enum Spans: String, CaseIterable, Sendable { case all, significant, off }

        public internal(set) var metrics = true
        public internal(set) var accessLog = AccessLog.stdout
        public internal(set) var accessLogFormat = AccessLogFormat.json
        public internal(set) var spans = Spans.all
        public internal(set) var sampling = Sampling()
        /// nil: traces are not sent anywhere.
        public internal(set) var traces: Traces?
        public internal(set) var destinations: [Destination] = []
        /// nil: what a collector does not take in time is dropped.
        public internal(set) var spool: Spool?
        public internal(set) var conventions = Vocabulary.v1_41
        public internal(set) var profiles: [SpanProfile] = []
        public internal(set) var contentBytesMax = 65_536
        public internal(set) var trustIncoming = TrustIncoming.always
        public internal(set) var propagators = Propagator.standard
        public internal(set) var baggage: [String] = []
        public internal(set) var seriesMax = 2000
        public internal(set) var seriesIdleSeconds = 86_400.0

        static let section = Section<Telemetry>(
            "telemetry",
            "What Weir says about itself. Keys are never part of it; prompts and replies are part of traces where a "
                + "model's `capture` asks for it.",
            empty: { Telemetry() },
            fields: [
                Field("metrics", \.metrics, .boolean, "Count and time every exchange."),
                Field(
                    "access_log", \.accessLog, .accessLog,
                    "One line for each exchange: `stdout`, `off` or the path of a file."),
                Field(
                    "access_log_format", \.accessLogFormat, .choice,
                    "How it is written; both formats say the same (docs/audit.md)."),
                Field(
                    "spans", \.spans, .spans,
                    "Which hops get spans: `significant` leaves out those that were quick and refused nothing; the times "
                        + "of all hops stand on the exchange's own span. `true` is `all`, `false` is `off`."),
                Field("sampling", \.sampling, Kind.section(Sampling.section), "Which traces are kept."),
                Field(
                    "traces", optional: \.traces, Kind.section(Traces.section),
                    "Where spans are sent. They go nowhere when left out."),
                Field(
                    "destinations", \.destinations, .table(of: "a destination", Destination.section, name: \.name),
                    "Further collectors, by name: each gets its signals whatever the others do."),
                Field(
                    "spool", optional: \.spool, Kind.section(Spool.section),
                    "Where what collectors do not take waits on disk. It is dropped when left out."),
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
                Field(
                    "trust_incoming", \.trustIncoming, .choice,
                    "Whose `traceparent`, `b3` and `baggage` are followed; `authenticated`: of callers with a key. Of others "
                        + "a span is linked to what they sent."),
                Field(
                    "propagators", \.propagators, .list(of: .choice, countMax: 10),
                    "How requests may name their trace, the first that is there: `tracecontext`, `baggage`, `b3`, "
                        + "`b3multi`. Of these providers get W3C's alone. `OTEL_PROPAGATORS` goes before it."),
                Field(
                    "baggage", \.baggage, .list(of: .text("the key of a member of baggage"), countMax: 20),
                    "Members of `baggage` that become attributes of the exchange's span. Baggage never goes to providers."
                ),
                Field(
                    "series_max", \.seriesMax, .integer(100...1_000_000),
                    "Most series of one metric; what is beyond goes into an overflow series."),
                Field(
                    "series_idle", \.seriesIdleSeconds, .duration("1s", "365d"),
                    "How long a series that names what a reload took out is kept after it last counted. Money and tokens are kept for ever."
                ),
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
