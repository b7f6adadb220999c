import COTLP
import GatewayTypes
import NIOCore
import Telemetry
import Testing

@testable import OTLP

@Suite struct LogTests {
    private func outcome(_ failure: Failure?) -> Outcome {
        let trace = TraceContext(
            traceHigh: 1, traceLow: 2, spanID: 3, parentSpanID: nil, flags: 0, state: nil)
        var outcome = Outcome(
            id: ExchangeID(high: 1, low: 2), trace: trace, arrived: Moment(nanoseconds: 1_000),
            arrivedAt: WallTime(nanoseconds: 1_700_000_000_000_000_000), method: .post,
            httpRoute: "/v1/chat/completions", clientAddress: "127.0.0.1", userAgent: nil, surface: .openAIChat)
        outcome.operation = .chat
        outcome.ended = Moment(nanoseconds: 500_001_000)
        outcome.failure = failure
        outcome.status = failure?.reason.status ?? 200
        return outcome
    }

    private func text(_ pointer: UnsafeMutablePointer<CChar>?) -> String { pointer.map { String(cString: $0) } ?? "" }

    /// The records that the bytes hold, read by the generated code.
    private func decode(
        _ bytes: ByteBuffer, _ check: (WeirOtlp__ResourceLogs, [WeirOtlp__LogRecord]) throws -> Void
    ) throws {
        try bytes.withUnsafeReadableBytes { raw in
            let request = try #require(
                weir_otlp__export_logs_request__unpack(nil, raw.count, raw.bindMemory(to: UInt8.self).baseAddress))
            defer { weir_otlp__export_logs_request__free_unpacked(request, nil) }
            let resource = try #require(request.pointee.resource_logs[0]).pointee
            let scope = try #require(resource.scope_logs[0]).pointee
            try check(resource, try (0..<scope.n_log_records).map { try #require(scope.log_records[$0]).pointee })
        }
    }

    @Test func `An exchange's record is read back as it was`() throws {
        let encoder = BatchEnvelope(
            .logs, resource: [ResourceAttribute(key: "service.name", value: "weir")], version: "1")
        let observed = WallTime(nanoseconds: 1_700_000_001_000_000_000)
        let records = [LogRecord(of: outcome(nil)), LogRecord(of: outcome(Failure(.upstreamConnect, "refused")))]
        try decode(encoder.encode(records, observed: observed)) { resource, records in
            #expect(text(resource.resource?.pointee.attributes[0]?.pointee.value?.pointee.string_value) == "weir")
            try #require(records.count == 2)
            let record = records[0]
            #expect(record.time_unix_nano == 1_700_000_000_500_000_000)
            #expect(record.observed_time_unix_nano == UInt64(observed.nanoseconds))
            #expect(record.severity_number == 9 && text(record.severity_text) == "INFO")
            #expect(text(record.event_name) == "weir.exchange")
            #expect(text(record.body?.pointee.string_value) == "POST /v1/chat/completions 200 completed")
            #expect(record.trace_id.len == 16 && record.trace_id.data[15] == 2)
            #expect(record.span_id.len == 8 && record.span_id.data[7] == 3 && record.flags == 0)
            var attributes: [String: WeirOtlp__AnyValue] = [:]
            for position in 0..<record.n_attributes {
                let pair = try #require(record.attributes[position]).pointee
                attributes[text(pair.key)] = pair.value?.pointee
            }
            #expect(attributes["weir.duration_seconds"]?.double_value == 0.5)
            #expect(attributes["http.response.status_code"]?.int_value == 200)
            #expect(text(attributes["gen_ai.operation.name"]?.string_value) == "chat")
            #expect(records[1].severity_number == 17)
            let body = text(records[1].body?.pointee.string_value)
            #expect(body.hasSuffix("502 upstream_connect"))
        }
    }

    @Test(
        arguments: [
            (nil, .info), (.clientGone, .warning), (.budgetExceeded, .warning), (.unauthenticated, .warning),
            (.internalError, .error), (.upstreamTimeout, .error),
        ] as [(FailureReason?, LogRecord.Severity)])
    func `The severity is the outcome's`(reason: FailureReason?, severity: LogRecord.Severity) {
        #expect(LogRecord(of: outcome(reason.map { Failure($0, "") })).severity == severity)
    }

    @Test func `A record of no exchange has no span`() throws {
        let record = LogRecord(
            at: WallTime(nanoseconds: 5), severity: .warning, eventName: LogRecord.transitionEvent, body: "told",
            attributes: [("a", "b"), ("none", nil)])
        let encoder = BatchEnvelope(.logs, resource: [], version: "1")
        try decode(encoder.encode([record], observed: WallTime(nanoseconds: 6))) { _, records in
            #expect(records[0].trace_id.len == 0 && records[0].n_attributes == 1 && records[0].severity_number == 13)
        }
    }

    @Test func `Records are batched, counted and given up like spans`() async throws {
        let time = FakeTime()
        // partial_success { rejected_log_records: 1 }
        let collector = ScriptedCollector([.status(503), .status(200, body: [0x0A, 0x02, 0x08, 0x01])])
        let settings = try OTLPSettings.fromEnvironment(
            ["OTEL_EXPORTER_OTLP_LOGS_ENDPOINT": "http://127.0.0.1:4318/l", "OTEL_BLRP_MAX_QUEUE_SIZE": "2"],
            version: "1")
        let service = OTLPService(
            settings, fetcher: collector, endpointID: { 0 }, clock: time.clock, collect: { _ in [] })
        await service.offer([outcome(nil), outcome(nil), outcome(nil)].map { LogRecord(of: $0) })
        await service.shutdown(withinSeconds: 30)
        let telemetry = Telemetry(
            settings: TelemetrySettings(), workers: 1, build: BuildInfo(version: "1", revision: "r", swift: "6"))
        telemetry.register { service.write(to: &$0) }
        let lines = String(buffer: telemetry.exposition(accept: nil, acceptEncoding: nil).body).split(separator: "\n")
            .filter { $0.contains(#"signal="logs""#) && !$0.hasSuffix(" 0") }
        #expect(
            lines == [
                #"weir_spans_exported_total{signal="logs",destination="otlp"} 1"#,
                #"weir_spans_dropped_total{signal="logs",destination="otlp",reason="queue_full"} 1"#,
                #"weir_spans_dropped_total{signal="logs",destination="otlp",reason="rejected"} 1"#,
                #"weir_export_failures_total{signal="logs",destination="otlp",reason="unavailable"} 1"#,
            ])
        #expect(collector.requests.map(\.endpoint.url) == ["http://127.0.0.1:4318/l", "http://127.0.0.1:4318/l"])
    }
}
