import Telemetry
import GatewayTypes

extension OTLPSettings {
    /// Reads the standard variables (OpenTelemetry's "Environment Variable Specification" and "OTLP Exporter"); an empty
    /// value is as good as none. `configuredEndpoint`, a base URL, is used where no variable names an endpoint.
    public static func fromEnvironment(
        _ environment: [String: String], version: String, configuredEndpoint: String? = nil
    ) throws(OTLPSettingsError) -> OTLPSettings {
        var reader = EnvironmentReader(environment)
        var settings = OTLPSettings(version: version)
        settings.resource = reader.resource(version: version)
        settings.sampler = reader.sampler()
        settings.scheduleDelaySeconds = reader.milliseconds("OTEL_BSP_SCHEDULE_DELAY", 5_000)
        settings.exportTimeoutSeconds = reader.milliseconds("OTEL_BSP_EXPORT_TIMEOUT", 30_000)
        settings.queueMax = reader.count("OTEL_BSP_MAX_QUEUE_SIZE", 2_048)
        settings.batchMax = reader.count("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", min(512, settings.queueMax))
        if settings.batchMax > settings.queueMax {
            reader.warn("OTEL_BSP_MAX_EXPORT_BATCH_SIZE is larger than the queue; the queue's size is used")
            settings.batchMax = settings.queueMax
        }
        settings.timeoutSeconds = reader.otlpMilliseconds("TIMEOUT", 10_000)
        settings.caFile = reader.otlp("CERTIFICATE")?.value
        settings.headers = try reader.headers()
        settings.gzip = try reader.usesGzip()
        try reader.checkProtocol()
        try reader.refuseClientCertificates()
        let exports = try reader.exportsTraces()
        let url = try reader.tracesURL(configured: configuredEndpoint)
        settings.tracesURL = exports ? url : nil
        settings.warnings = reader.warnings
        return settings
    }
}

/// Reads variables one by one and keeps what is to be said about them.
private struct EnvironmentReader {
    private let environment: [String: String]
    private(set) var warnings: [String] = []

    init(_ environment: [String: String]) { self.environment = environment }

    subscript(name: String) -> String? {
        guard let value = environment[name], !value.isEmpty else { return nil }
        return value
    }

    mutating func warn(_ text: String) { warnings.append(text) }

    /// The variable of the signal, else the one for all signals.
    func otlp(_ name: String) -> (variable: String, value: String)? {
        for variable in ["OTEL_EXPORTER_OTLP_TRACES_" + name, "OTEL_EXPORTER_OTLP_" + name] {
            if let value = self[variable] { return (variable, value) }
        }
        return nil
    }

    // MARK: Numbers: what cannot be read is ignored with a warning

    mutating func milliseconds(_ name: String, _ standard: Int) -> Double { Double(count(name, standard)) / 1_000 }

    mutating func otlpMilliseconds(_ name: String, _ standard: Int) -> Double {
        guard let found = otlp(name) else { return Double(standard) / 1_000 }
        return milliseconds(found.variable, standard)
    }

    mutating func count(_ name: String, _ standard: Int) -> Int {
        guard let text = self[name] else { return standard }
        if let value = Int(text), value > 0, value <= 86_400_000 { return value }
        warn("\(name) is not a whole number above 0 and is ignored; \(standard) is used")
        return standard
    }

    // MARK: Resource and sampler

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

    mutating func sampler() -> Sampler {
        guard let name = self["OTEL_TRACES_SAMPLER"] else { return .standard }
        switch name {
        case "always_on": return Sampler(root: .alwaysOn, parentBased: false)
        case "always_off": return Sampler(root: .alwaysOff, parentBased: false)
        case "traceidratio": return Sampler(root: ratio(), parentBased: false)
        case "parentbased_always_on": return Sampler(root: .alwaysOn, parentBased: true)
        case "parentbased_always_off": return Sampler(root: .alwaysOff, parentBased: true)
        case "parentbased_traceidratio": return Sampler(root: ratio(), parentBased: true)
        default:
            warn("OTEL_TRACES_SAMPLER names no sampler that Weir has and is ignored; parentbased_always_on is used")
            return .standard
        }
    }

    private mutating func ratio() -> Sampler.Root {
        guard let text = self["OTEL_TRACES_SAMPLER_ARG"] else { return .ratio(1) }
        if let share = Double(text), (0...1).contains(share) { return .ratio(share) }
        warn("OTEL_TRACES_SAMPLER_ARG is not a number from 0 to 1 and is ignored; 1 is used")
        return .ratio(1)
    }

    // MARK: Where and how: what cannot be followed is refused

    mutating func exportsTraces() throws(OTLPSettingsError) -> Bool {
        let exporter = self["OTEL_TRACES_EXPORTER"] ?? "otlp"
        guard exporter == "otlp" || exporter == "none" else {
            throw OTLPSettingsError(
                variable: "OTEL_TRACES_EXPORTER", problem: "\"\(exporter)\" is not supported; set otlp or none")
        }
        let disabled = self["OTEL_SDK_DISABLED"]?.lowercased()
        if let disabled, disabled != "true" && disabled != "false" {
            warn("OTEL_SDK_DISABLED is neither true nor false and counts as false")
        }
        return exporter == "otlp" && disabled != "true"
    }

    func checkProtocol() throws(OTLPSettingsError) {
        guard let found = otlp("PROTOCOL"), found.value != "http/protobuf" else { return }
        throw OTLPSettingsError(
            variable: found.variable,
            problem:
                "\"\(found.value)\" is not supported; set http/protobuf and the collector's port for it, usually 4318")
    }

    func refuseClientCertificates() throws(OTLPSettingsError) {
        for name in ["CLIENT_KEY", "CLIENT_CERTIFICATE"] {
            guard let found = otlp(name) else { continue }
            throw OTLPSettingsError(
                variable: found.variable,
                problem:
                    "client certificates are not supported; unset it and authenticate with OTEL_EXPORTER_OTLP_HEADERS")
        }
    }

    func usesGzip() throws(OTLPSettingsError) -> Bool {
        guard let found = otlp("COMPRESSION") else { return false }
        switch found.value {
        case "gzip": return true
        case "none": return false
        default:
            throw OTLPSettingsError(
                variable: found.variable, problem: "\"\(found.value)\" is not supported; set gzip or none")
        }
    }

    func headers() throws(OTLPSettingsError) -> [ReplyField] {
        guard let found = otlp("HEADERS") else { return [] }
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

    func tracesURL(configured: String?) throws(OTLPSettingsError) -> OTLPURL? {
        // The signal's own endpoint is used as it is, the general one is a base.
        if let text = self["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"] {
            return try url(text, "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
        }
        if let text = self["OTEL_EXPORTER_OTLP_ENDPOINT"] {
            return try url(text, "OTEL_EXPORTER_OTLP_ENDPOINT").appending("v1/traces")
        }
        if let configured { return try url(configured, "telemetry.otlp.endpoint").appending("v1/traces") }
        return nil
    }

    private func url(_ text: String, _ variable: String) throws(OTLPSettingsError) -> OTLPURL {
        if let url = OTLPURL(text) { return url }
        throw OTLPSettingsError(
            variable: variable, problem: "is not an http or https URL; write for example http://127.0.0.1:4318")
    }
}
