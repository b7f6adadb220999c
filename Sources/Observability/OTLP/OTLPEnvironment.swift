import Telemetry
import GatewayTypes

extension OTLPSettings {
    /// Reads the standard variables (OpenTelemetry's "Environment Variable Specification" and "OTLP Exporter"); an empty
    /// value is as good as none. Where no variable names a signal's endpoint, `standard` does, if it takes that signal;
    /// `others` get theirs besides.
    public static func fromEnvironment(
        _ environment: [String: String], version: String, standard: OTLPCollector? = nil, others: [OTLPCollector] = []
    ) throws(OTLPSettingsError) -> OTLPSettings {
        var reader = EnvironmentReader(environment)
        var settings = OTLPSettings(version: version)
        settings.resource = reader.resource(version: version)
        settings.sampler = reader.sampler()
        settings.propagators = reader.propagators()
        settings.spanLimits = reader.spanLimits()
        settings.spans = reader.batches("OTEL_BSP", BatchLimits())
        settings.logs = reader.batches("OTEL_BLRP", BatchLimits(scheduleDelaySeconds: 1))
        settings.metrics = try reader.metricLimits()
        reader.warnOfIgnored()
        let enabled = reader.isEnabled()
        for signal in OTLPSettings.signals {
            let target = try reader.target(signal, standard)
            guard try reader.exports(signal), enabled else { continue }
            if let target { settings.targets.append(target) }
            for other in others where other.signals.contains(signal) {
                if let target = try reader.target(signal, of: other) { settings.targets.append(target) }
            }
        }
        for position in settings.targets.indices where settings.targets[position].signal == .metrics {
            let collector = others.first { $0.name == settings.targets[position].destination }
            settings.targets[position].temporality = collector?.temporality ?? settings.metrics.temporality
            settings.targets[position].histograms = collector?.histograms ?? settings.metrics.histograms
        }
        settings.warnings = reader.warnings
        return settings
    }

    static let signals: [TelemetrySignal] = [.traces, .logs, .metrics]
}

extension EnvironmentReader {
    mutating func batches(_ prefix: String, _ standard: BatchLimits) -> BatchLimits {
        var limits = BatchLimits()
        limits.scheduleDelaySeconds = milliseconds(
            prefix + "_SCHEDULE_DELAY", Int(standard.scheduleDelaySeconds * 1_000))
        limits.exportTimeoutSeconds = milliseconds(prefix + "_EXPORT_TIMEOUT", 30_000)
        limits.queueMax = count(prefix + "_MAX_QUEUE_SIZE", 2_048)
        limits.batchMax = count(prefix + "_MAX_EXPORT_BATCH_SIZE", min(512, limits.queueMax))
        if limits.batchMax > limits.queueMax {
            warn("\(prefix)_MAX_EXPORT_BATCH_SIZE is larger than the queue; the queue's size is used")
            limits.batchMax = limits.queueMax
        }
        return limits
    }

    mutating func metricLimits() throws(OTLPSettingsError) -> MetricLimits {
        var limits = MetricLimits()
        limits.intervalSeconds = milliseconds("OTEL_METRIC_EXPORT_INTERVAL", 60_000)
        limits.timeoutSeconds = min(milliseconds("OTEL_METRIC_EXPORT_TIMEOUT", 30_000), limits.intervalSeconds)
        let preference = "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE"
        if let text = self[preference] {
            guard let temporality = MetricTemporality(rawValue: text.lowercased()) else {
                throw OTLPSettingsError(
                    variable: preference, problem: "\"\(text)\" is not supported; set cumulative or delta")
            }
            limits.temporality = temporality
        }
        let aggregation = "OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION"
        if let text = self[aggregation] {
            guard let form = HistogramForm(rawValue: text.lowercased()) else {
                let words = HistogramForm.allCases.map(\.rawValue).joined(separator: " or ")
                throw OTLPSettingsError(
                    variable: aggregation, problem: "\"\(text)\" is not supported; set \(words)")
            }
            limits.histograms = form
        }
        return limits
    }

    /// Nil where nobody names an endpoint. What is said of a signal is checked all the same.
    mutating func target(
        _ signal: TelemetrySignal, _ standard: OTLPCollector?
    ) throws(OTLPSettingsError) -> OTLPTarget? {
        let headers = try self.headers(signal)
        let gzip = try usesGzip(signal)
        let encoding = try self.encoding(signal)
        let certificate = try clientCertificate(signal)
        let standard = standard.flatMap { $0.signals.contains(signal) ? $0 : nil }
        let chosen = encoding ?? standard?.encoding ?? .protobuf
        guard let url = try self.url(signal, standard, chosen) else { return nil }
        var target = OTLPTarget(signal: signal, url: url)
        target.headers = headers + (standard?.headers ?? [])
        target.gzip = gzip || standard?.gzip == true
        target.encoding = chosen
        target.timeoutSeconds = otlpMilliseconds(signal, "TIMEOUT", 10_000)
        target.caFile = otlp(signal, "CERTIFICATE")?.value
        target.clientCertificate = certificate
        return target
    }

    /// The collector as it is configured: of the variables only those that bound a request count.
    mutating func target(
        _ signal: TelemetrySignal, of collector: OTLPCollector
    ) throws(OTLPSettingsError) -> OTLPTarget? {
        let variable = "telemetry.destinations.\(collector.name).endpoint"
        let base = try self.url(collector.endpoint, variable, collector.encoding)
        guard let url = collector.encoding.url(signal, below: base) else { return nil }
        var target = OTLPTarget(signal: signal, url: url)
        target.destination = collector.name
        target.headers = collector.headers
        target.gzip = collector.gzip
        target.encoding = collector.encoding
        target.timeoutSeconds = otlpMilliseconds(signal, "TIMEOUT", 10_000)
        target.caFile = collector.caFile
        target.filter = collector.filter
        return target
    }
}
