import Telemetry
import GatewayTypes

/// Reads variables one by one and keeps what is to be said about them.
struct EnvironmentReader {
    private let environment: [String: String]
    private(set) var warnings: [String] = []

    init(_ environment: [String: String]) { self.environment = environment }

    subscript(name: String) -> String? {
        guard let value = environment[name], !value.isEmpty else { return nil }
        return value
    }

    mutating func warn(_ text: String) { warnings.append(text) }

    /// The variable of the signal, else the one for all signals.
    func otlp(_ signal: TelemetrySignal, _ name: String) -> (variable: String, value: String)? {
        for variable in ["OTEL_EXPORTER_OTLP_\(signal.variablePart)_" + name, "OTEL_EXPORTER_OTLP_" + name] {
            if let value = self[variable] { return (variable, value) }
        }
        return nil
    }

    // MARK: Numbers: what cannot be read is ignored with a warning

    mutating func milliseconds(_ name: String, _ standard: Int) -> Double { Double(count(name, standard)) / 1_000 }

    mutating func otlpMilliseconds(_ signal: TelemetrySignal, _ name: String, _ standard: Int) -> Double {
        guard let found = otlp(signal, name) else { return Double(standard) / 1_000 }
        return milliseconds(found.variable, standard)
    }

    mutating func count(_ name: String, _ standard: Int) -> Int {
        guard let text = self[name] else { return standard }
        if let value = Int(text), value > 0, value <= 86_400_000 { return value }
        warn("\(name) is not a whole number above 0 and is ignored; \(standard) is used")
        return standard
    }

    // MARK: Resource

    mutating func resource(version: String) -> [ResourceAttribute] {
        var values: [(String, String)] = [(Conventions.Resource.serviceName, "weir")]
        values.append((Conventions.Resource.serviceVersion, version))
        if let text = self["OTEL_RESOURCE_ATTRIBUTES"] {
            if let pairs = KeyValueList.parse(text) {
                values += pairs
            } else {
                warn("OTEL_RESOURCE_ATTRIBUTES cannot be read and is ignored; write key=value,key=value")
            }
        }
        if let name = self["OTEL_SERVICE_NAME"] { values.append((Conventions.Resource.serviceName, name)) }
        values.append((Conventions.Resource.sdkName, "weir"))
        values.append((Conventions.Resource.sdkLanguage, "swift"))
        values.append((Conventions.Resource.sdkVersion, version))
        var resource: [ResourceAttribute] = []
        for (key, value) in values {
            let attribute = ResourceAttribute(key: key, value: value)
            if let known = resource.firstIndex(where: { $0.key == key }) {
                resource[known] = attribute
            } else {
                resource.append(attribute)
            }
        }
        return resource
    }

    // MARK: Where and how: what cannot be followed is refused

    mutating func isEnabled() -> Bool {
        let disabled = self["OTEL_SDK_DISABLED"]?.lowercased()
        if let disabled, disabled != "true" && disabled != "false" {
            warn("OTEL_SDK_DISABLED is neither true nor false and counts as false")
        }
        return disabled != "true"
    }

    func exports(_ signal: TelemetrySignal) throws(OTLPSettingsError) -> Bool {
        let variable = "OTEL_\(signal.variablePart)_EXPORTER"
        let exporter = self[variable] ?? "otlp"
        // Prometheus scrapes in any case.
        if signal == .metrics && exporter == "prometheus" { return false }
        guard exporter == "otlp" || exporter == "none" else {
            throw OTLPSettingsError(
                variable: variable, problem: "\"\(exporter)\" is not supported; set otlp or none")
        }
        return exporter == "otlp"
    }

    /// Nil where no variable says it.
    func encoding(_ signal: TelemetrySignal) throws(OTLPSettingsError) -> OTLPEncoding? {
        guard let found = otlp(signal, "PROTOCOL") else { return nil }
        if let encoding = OTLPEncoding(rawValue: found.value) { return encoding }
        throw OTLPSettingsError(
            variable: found.variable,
            problem: "\"\(found.value)\" is not supported; set http/protobuf, http/json or grpc")
    }

    /// Nil where no variable names one.
    func clientCertificate(_ signal: TelemetrySignal) throws(OTLPSettingsError) -> ClientCertificate? {
        let key = otlp(signal, "CLIENT_KEY")
        guard let file = otlp(signal, "CLIENT_CERTIFICATE") else {
            guard let key else { return nil }
            throw OTLPSettingsError(
                variable: key.variable,
                problem: "names a key without a certificate; set OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE as well")
        }
        return ClientCertificate(file: file.value, keyFile: key?.value)
    }

    func usesGzip(_ signal: TelemetrySignal) throws(OTLPSettingsError) -> Bool {
        guard let found = otlp(signal, "COMPRESSION") else { return false }
        switch found.value {
        case "gzip": return true
        case "none": return false
        default:
            throw OTLPSettingsError(
                variable: found.variable, problem: "\"\(found.value)\" is not supported; set gzip or none")
        }
    }

    func headers(_ signal: TelemetrySignal) throws(OTLPSettingsError) -> [ReplyField] {
        guard let found = otlp(signal, "HEADERS") else { return [] }
        let pairs = KeyValueList.parse(found.value) ?? []
        let valid = pairs.allSatisfy { name, value in
            name.utf8.allSatisfy { KeyValueList.isToken($0) } && value.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F }
        }
        guard !pairs.isEmpty, valid else {
            throw OTLPSettingsError(
                variable: found.variable,
                problem: "cannot be read; write name=value,name=value with %-escapes in values")
        }
        return pairs.map { ReplyField($0.lowercased(), $1) }
    }

    func url(
        _ signal: TelemetrySignal, _ standard: OTLPCollector?, _ encoding: OTLPEncoding
    ) throws(OTLPSettingsError) -> OTLPURL? {
        // The signal's own endpoint is used as it is, the general one is a base; of gRPC's only the host counts.
        let own = "OTEL_EXPORTER_OTLP_\(signal.variablePart)_ENDPOINT"
        if let text = self[own] {
            let url = try url(text, own, encoding)
            return encoding == .grpc ? encoding.url(signal, below: url) : url
        }
        if let text = self["OTEL_EXPORTER_OTLP_ENDPOINT"] {
            return encoding.url(signal, below: try url(text, "OTEL_EXPORTER_OTLP_ENDPOINT", encoding))
        }
        guard let standard else { return nil }
        return encoding.url(signal, below: try url(standard.endpoint, "telemetry.traces.endpoint", encoding))
    }

    /// gRPC's may come without a scheme: `OTEL_EXPORTER_OTLP_INSECURE` says then whether it goes without TLS.
    func url(_ text: String, _ variable: String, _ encoding: OTLPEncoding) throws(OTLPSettingsError) -> OTLPURL {
        let isBare = encoding == .grpc && !text.contains("://")
        let scheme = self["OTEL_EXPORTER_OTLP_INSECURE"]?.lowercased() == "true" ? "http://" : "https://"
        let port = encoding == .grpc ? GRPC.defaultPort : nil
        if let url = OTLPURL(isBare ? scheme + text : text, defaultPort: port) { return url }
        throw OTLPSettingsError(
            variable: variable, problem: "is not an http or https URL; write for example http://127.0.0.1:4318")
    }

    /// Variables of the specification that have no effect here, unless they say what Weir does anyway.
    mutating func warnOfIgnored() {
        for (name, harmless, instead) in Self.ignored {
            guard let text = self[name], !harmless.contains(text.lowercased()) else { continue }
            warn("\(name) has no effect; \(instead)")
        }
    }

    private static let ignored: [(name: String, harmless: [String], instead: String)] = [
        ("OTEL_METRICS_EXEMPLAR_FILTER", ["trace_based"], "exemplars are those of sampled traces"),
        ("OTEL_EXPORTER_PROMETHEUS_HOST", [], "metrics in the configuration says where /metrics is"),
        ("OTEL_EXPORTER_PROMETHEUS_PORT", [], "metrics in the configuration says where /metrics is"),
        ("OTEL_CONFIG_FILE", [], "weir.yaml is the configuration, and the other variables hold"),
        ("OTEL_LOG_LEVEL", ["info"], "what the exporters have to say is in Weir's log and metrics"),
    ]
}

extension TelemetrySignal {
    /// Its name in variables.
    var variablePart: String { rawValue.uppercased() }
}
