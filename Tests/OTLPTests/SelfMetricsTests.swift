import GatewayTypes
import NIOCore
import Telemetry
import Testing

@testable import OTLP

@Suite struct SelfMetricsTests {
    private func lines(_ service: OTLPService) -> [String] {
        let telemetry = Telemetry(
            settings: TelemetrySettings(), workers: 1, build: BuildInfo(version: "1", revision: "r", swift: "6"))
        telemetry.register { service.write(to: &$0) }
        return String(buffer: telemetry.exposition(accept: nil, acceptEncoding: nil).body).split(separator: "\n")
            .map(String.init)
    }

    @Test func `Exporters tell of themselves in OpenTelemetry's names`() async throws {
        var settings = try OTLPSettings.fromEnvironment(
            [
                "OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:1", "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL": "grpc",
                "OTEL_EXPORTER_OTLP_LOGS_PROTOCOL": "http/json", "OTEL_BSP_MAX_QUEUE_SIZE": "4",
                "OTEL_METRICS_EXPORTER": "none",
            ], version: "1")
        settings.spans.batchMax = 2
        let collector = ScriptedCollector([
            .status(200, trailers: [ReplyField("grpc-status", "0")]),
            .status(200, trailers: [ReplyField("grpc-status", "16")]),
        ])
        let service = OTLPService(
            settings, fetcher: collector, endpointID: { 0 }, clock: FakeTime().clock, collect: { _ in [] })
        await service.offer(Sample.spans(7))
        await service.shutdown(withinSeconds: 5)
        let all = lines(service)
        let component =
            #"otel_component_type="otlp_grpc_span_exporter",otel_component_name="otlp_grpc_span_exporter/otlp""#
        let exported = "otel_sdk_exporter_span_exported_total{\(component),error_type="
        #expect(all.contains(exported + #"""} 2"#) && all.contains(exported + #""rejected"} 2"#))
        #expect(all.contains("otel_sdk_exporter_span_inflight{\(component)} 0"))
        let duration = "otel_sdk_exporter_operation_duration_seconds_count{\(component),error_type="
        #expect(all.contains(duration + #"""} 1"#) && all.contains(duration + #""UNAUTHENTICATED"} 1"#))
        let processor =
            #"otel_component_type="batching_span_processor",otel_component_name="batching_span_processor/otlp""#
        let processed = "otel_sdk_processor_span_processed_total{\(processor),error_type="
        #expect(all.contains(processed + #"""} 4"#) && all.contains(processed + #""queue_full"} 3"#))
        #expect(all.contains("otel_sdk_processor_span_queue_size{\(processor)} 0"))
        #expect(all.contains("otel_sdk_processor_span_queue_capacity{\(processor)} 4"))
        #expect(
            all.contains { $0.hasPrefix(#"otel_sdk_exporter_log_exported_total{otel_component_type="otlp_http_json"#) })
    }
}
