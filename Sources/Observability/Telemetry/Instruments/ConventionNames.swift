/// How instruments and labels are called over OTLP: those of the semantic conventions by their own dotted names.
public enum ConventionNames {
    /// Instruments of Weir's own keep the names they have in `/metrics`, without the ending that a translation to
    /// Prometheus adds.
    public static func name(of spec: InstrumentSpec) -> String {
        if let name = instruments[spec.id] { return name }
        return spec.type == .counter ? spec.family : spec.name
    }

    /// In the words of UCUM; braces say what is counted.
    public static func unit(of spec: InstrumentSpec) -> String {
        switch spec.unit {
        case "seconds": "s"
        case "bytes": "By"
        case "usd": "{USD}"
        case "tokens": "{token}"
        case _: counted[spec.id] ?? ""
        }
    }

    public static func attribute(_ label: String) -> String { attributes[label] ?? label }

    /// Labels whose attributes are numbers.
    public static func isNumber(_ label: String) -> Bool {
        label == Conventions.Label.httpStatus || label == Conventions.Label.serverPort
    }

    private static let instruments: [Instrument: String] = [
        .genAIOperationDuration: "gen_ai.client.operation.duration",
        .genAITokenUsage: "gen_ai.client.token.usage",
        .inferenceDuration: "gen_ai.client.inference.duration",
        .inferenceInputTokens: "gen_ai.client.inference.operation.input_tokens",
        .inferenceOutputTokens: "gen_ai.client.inference.operation.output_tokens",
        .inferenceInputUsage: "gen_ai.client.inference.usage.input_tokens",
        .inferenceOutputUsage: "gen_ai.client.inference.usage.output_tokens",
        .inferenceCacheReadUsage: "gen_ai.client.inference.usage.cache_read.input_tokens",
        .inferenceCacheWriteUsage: "gen_ai.client.inference.usage.cache_write.input_tokens",
        .inferenceReasoningUsage: "gen_ai.client.inference.usage.reasoning.output_tokens",
        .httpServerDuration: "http.server.request.duration",
        .httpClientDuration: "http.client.request.duration",
        .exporterSpans: "otel.sdk.exporter.span.exported",
        .exporterSpansInFlight: "otel.sdk.exporter.span.inflight",
        .exporterLogs: "otel.sdk.exporter.log.exported",
        .exporterLogsInFlight: "otel.sdk.exporter.log.inflight",
        .exporterPoints: "otel.sdk.exporter.metric_data_point.exported",
        .exporterPointsInFlight: "otel.sdk.exporter.metric_data_point.inflight",
        .exporterOperationDuration: "otel.sdk.exporter.operation.duration",
        .processorSpans: "otel.sdk.processor.span.processed",
        .processorSpanQueue: "otel.sdk.processor.span.queue.size",
        .processorSpanQueueCapacity: "otel.sdk.processor.span.queue.capacity",
        .processorLogs: "otel.sdk.processor.log.processed",
        .processorLogQueue: "otel.sdk.processor.log.queue.size",
        .processorLogQueueCapacity: "otel.sdk.processor.log.queue.capacity",
    ]

    /// What the conventions say is counted.
    private static let counted: [Instrument: String] = [
        .genAITokenUsage: "{token}", .inferenceInputTokens: "{token}", .inferenceOutputTokens: "{token}",
        .inferenceInputUsage: "{token}", .inferenceOutputUsage: "{token}", .inferenceCacheReadUsage: "{token}",
        .inferenceCacheWriteUsage: "{token}", .inferenceReasoningUsage: "{token}",
        .exporterSpans: "{span}", .exporterSpansInFlight: "{span}",
        .exporterLogs: "{log_record}", .exporterLogsInFlight: "{log_record}",
        .exporterPoints: "{data_point}", .exporterPointsInFlight: "{data_point}",
        .processorSpans: "{span}", .processorSpanQueue: "{span}", .processorSpanQueueCapacity: "{span}",
        .processorLogs: "{log_record}", .processorLogQueue: "{log_record}",
        .processorLogQueueCapacity: "{log_record}",
    ]

    private static let attributes: [String: String] = [
        Conventions.Label.operation: Conventions.Key.operation,
        Conventions.Label.provider: Conventions.Key.provider,
        Conventions.Label.requestModel: Conventions.Key.requestModel,
        Conventions.Label.tokenType: "gen_ai.token.type",
        Conventions.Label.tokenModality: Conventions.Latest.tokenModality,
        Conventions.Label.serverAddress: Conventions.Key.serverAddress,
        Conventions.Label.serverPort: Conventions.Key.serverPort,
        Conventions.Label.httpMethod: Conventions.Key.httpMethod,
        Conventions.Label.httpRoute: Conventions.Key.httpRoute,
        Conventions.Label.httpStatus: Conventions.Key.httpStatus,
        Conventions.Label.urlScheme: Conventions.Key.urlScheme,
        Conventions.Label.errorType: Conventions.Key.errorType,
        Conventions.Label.componentType: "otel.component.type",
        Conventions.Label.componentName: "otel.component.name",
    ]
}
