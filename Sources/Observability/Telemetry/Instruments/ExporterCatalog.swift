/// What exporters say of themselves in OpenTelemetry's own names ("Semantic conventions for OpenTelemetry SDK metrics").
extension InstrumentCatalog {
    static let exporters: [InstrumentSpec] = [
        .counter(
            .exporterSpans, component + [Conventions.Label.errorType],
            "otel.sdk.exporter.span.exported: spans whose export has ended; error_type is empty where it succeeded"),
        .gauge(.exporterSpansInFlight, component, "otel.sdk.exporter.span.inflight: spans of requests under way"),
        .counter(
            .exporterLogs, component + [Conventions.Label.errorType],
            "otel.sdk.exporter.log.exported: log records whose export has ended"),
        .gauge(.exporterLogsInFlight, component, "otel.sdk.exporter.log.inflight: log records of requests under way"),
        .counter(
            .exporterPoints, component + [Conventions.Label.errorType],
            "otel.sdk.exporter.metric_data_point.exported: metric points whose export has ended"),
        .gauge(
            .exporterPointsInFlight, component,
            "otel.sdk.exporter.metric_data_point.inflight: metric points of requests under way"),
        .histogram(
            .exporterOperationDuration, component + [Conventions.Label.errorType], Buckets.http,
            "otel.sdk.exporter.operation.duration: one request to a collector"),
        .counter(
            .processorSpans, component + [Conventions.Label.errorType],
            "otel.sdk.processor.span.processed: spans that left the queue; error_type queue_full: that found no room"),
        .gauge(.processorSpanQueue, component, "otel.sdk.processor.span.queue.size: spans that wait for their batch"),
        .gauge(
            .processorSpanQueueCapacity, component, "otel.sdk.processor.span.queue.capacity: spans that may wait so"),
        .counter(
            .processorLogs, component + [Conventions.Label.errorType],
            "otel.sdk.processor.log.processed: log records that left the queue"),
        .gauge(
            .processorLogQueue, component, "otel.sdk.processor.log.queue.size: log records that wait for their batch"),
        .gauge(
            .processorLogQueueCapacity, component,
            "otel.sdk.processor.log.queue.capacity: log records that may wait so"),
    ]

    private static let component = [Conventions.Label.componentType, Conventions.Label.componentName]
}
