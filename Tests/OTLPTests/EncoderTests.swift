import COTLP
import GatewayTypes
import NIOCore
import Telemetry
import Testing

@testable import OTLP

@Suite struct EncoderTests {
    private static let parent: UInt64 = 0xb7ad_6b71_6920_3331

    private func outcome() -> Outcome {
        let trace = TraceContext(
            traceHigh: 0x0af7_6519_16cd_43dd, traceLow: 0x8448_eb21_1c80_319c, spanID: 0x00f0_67aa_0ba9_02b7,
            parentSpanID: Self.parent, flags: 1, state: "vendor=1")
        var outcome = Outcome(
            id: ExchangeID(high: 1, low: 2), trace: trace, arrived: Moment(nanoseconds: 1_000),
            arrivedAt: WallTime(nanoseconds: 1_700_000_000_123_456_789), method: .post,
            httpRoute: "/v1/chat/completions", clientAddress: "127.0.0.1", userAgent: "nul\u{0}inside",
            surface: .openAIChat)
        outcome.ended = Moment(nanoseconds: 2_000_001_000)
        outcome.failure = Failure(.upstreamConnect, "refused")
        outcome.status = 502
        outcome.hops.add(.receive, from: Moment(nanoseconds: 1_000), to: Moment(nanoseconds: 2_000))
        outcome.notes = [Note(.receive, "one"), Note(.receive, "two")]
        return outcome
    }

    private func text(_ pointer: UnsafeMutablePointer<CChar>?) -> String { pointer.map { String(cString: $0) } ?? "" }

    private func hex(_ data: ProtobufCBinaryData) -> String {
        UnsafeBufferPointer(start: data.data, count: data.len).map { byte in
            let digits = String(byte, radix: 16)
            return digits.count == 1 ? "0" + digits : digits
        }.joined()
    }

    private func attributes(_ span: WeirOtlp__Span) throws -> [String: WeirOtlp__AnyValue] {
        var all: [String: WeirOtlp__AnyValue] = [:]
        for position in 0..<span.n_attributes {
            let pair = try #require(span.attributes[position]).pointee
            all[text(pair.key)] = try #require(pair.value).pointee
        }
        return all
    }

    /// The message that the bytes hold, read by the generated code.
    private func decode(
        _ bytes: ByteBuffer, _ check: (WeirOtlp__ResourceSpans, [WeirOtlp__Span]) throws -> Void
    ) throws {
        try bytes.withUnsafeReadableBytes { raw in
            let request = try #require(
                weir_otlp__export_trace_request__unpack(nil, raw.count, raw.bindMemory(to: UInt8.self).baseAddress))
            defer { weir_otlp__export_trace_request__free_unpacked(request, nil) }
            try #require(request.pointee.n_resource_spans == 1)
            let resource = try #require(request.pointee.resource_spans[0]).pointee
            try #require(resource.n_scope_spans == 1)
            let scope = try #require(resource.scope_spans[0]).pointee
            let spans = try (0..<scope.n_spans).map { try #require(scope.spans[$0]).pointee }
            try check(resource, spans)
        }
    }

    @Test func `What was encoded is read back as it was`() throws {
        var renderer = SpanRenderer()
        let encoder = BatchEnvelope(
            .traces, resource: [ResourceAttribute(key: "service.name", value: "weir")], version: "1")
        try decode(encoder.encode(renderer.render(outcome()))) { resource, spans in
            let owner = try #require(resource.resource).pointee
            #expect(owner.n_attributes == 1 && text(owner.attributes[0]?.pointee.key) == "service.name")
            #expect(text(resource.schema_url) == "https://opentelemetry.io/schemas/1.41.0")
            #expect(spans.count == 2)
            let root = spans[0]
            #expect(hex(root.trace_id) == "0af7651916cd43dd8448eb211c80319c")
            #expect(hex(root.span_id) == "00f067aa0ba902b7" && hex(root.parent_span_id) == "b7ad6b7169203331")
            #expect(text(root.name) == "POST /v1/chat/completions" && root.kind == 2)
            #expect(text(root.trace_state) == "vendor=1" && root.flags == 0x301)
            #expect(root.start_time_unix_nano == 1_700_000_000_123_456_789)
            #expect(root.end_time_unix_nano == 1_700_000_002_123_456_789)
            #expect(root.status?.pointee.code == 2)
            let values = try attributes(root)
            #expect(text(values["error.type"]?.string_value) == "upstream_connect")
            #expect(values["http.response.status_code"]?.int_value == 502)
            #expect(values["weir.hop.receive_seconds"]?.double_value == 1e-6)
            #expect(values["weir.accounted"]?.value_case == WEIR_OTLP__ANY_VALUE__VALUE_BOOL_VALUE)
            #expect(text(values["user_agent.original"]?.string_value) == "nul inside")
            let notes = try #require(values["weir.notes"]?.array_value).pointee
            #expect(notes.n_values == 2 && text(notes.values[1]?.pointee.string_value) == "receive: two")
            #expect(hex(spans[1].parent_span_id) == "00f067aa0ba902b7" && spans[1].flags == 0x101)
            #expect(spans[1].kind == 1 && spans[1].status == nil)
        }
    }

    @Test func `A link is read back as it was, by the fields of OTLP`() throws {
        var outcome = outcome()
        outcome.clientSpan = TraceLink(traceHigh: 1, traceLow: 2, spanID: 3)
        var renderer = SpanRenderer()
        let encoder = BatchEnvelope(.traces, resource: [], version: "1")
        let bytes = encoder.encode(renderer.render(outcome))
        try decode(bytes) { _, spans in
            #expect(spans.map(\.n_links) == [1, 0])
            let link = try #require(spans[0].links[0]).pointee
            #expect(hex(link.trace_id) == "00000000000000010000000000000002" && hex(link.span_id) == "0000000000000003")
            #expect(link.n_attributes == 1 && text(link.attributes[0]?.pointee.key) == "weir.link")
        }
        // Span.links: field 13; Link.trace_id: field 1, Link.span_id: field 2.
        let begin: [UInt8] = [0x0A, 0x10] + Array(repeating: 0, count: 7) + [1] + Array(repeating: 0, count: 7)
        let whole = begin + [2, 0x12, 0x08] + Array(repeating: 0, count: 7) + [3]
        let all = Array(buffer: bytes)
        let found = try #require(
            (0...all.count - whole.count).first { Array(all[$0..<$0 + whole.count]) == whole })
        #expect(all[found - 2] == 0x6A)
    }

    /// Texts whose lengths take one byte, two and three, none of them left out; numbers of every width.
    @Test func `What is written is what the generated code writes`() throws {
        var renderer = SpanRenderer()
        var outcome = outcome()
        outcome.clientSpan = TraceLink(traceHigh: 1, traceLow: 2, spanID: 3)
        var wire = WireBuffer(capacity: 1)
        for span in renderer.render(outcome) { wire.span(span) }
        wire.message(BatchEnvelope.itemField) { wire in
            for length in [0, 1, 127, 128, 200, 16_383, 16_384, 70_000] {
                let text = String(repeating: "n", count: length)
                wire.attribute(9, "k\(length)", .text(text))
                wire.attribute(9, "list", .texts([text, "", text]))
            }
            for number in [Int64.min, -1, 0, 127, 128, .max] { wire.attribute(9, "number", .integer(number)) }
            wire.attribute(9, "none", .texts([]))
        }
        let bytes = BatchEnvelope(.traces, resource: [], version: "1").request([wire.take()])
        try bytes.withUnsafeReadableBytes { raw in
            let request = try #require(
                weir_otlp__export_trace_request__unpack(nil, raw.count, raw.bindMemory(to: UInt8.self).baseAddress))
            defer { weir_otlp__export_trace_request__free_unpacked(request, nil) }
            let size = weir_otlp__export_trace_request__get_packed_size(request)
            try #require(size == raw.count)
            let again = [UInt8](unsafeUninitializedCapacity: size) { memory, count in
                count = weir_otlp__export_trace_request__pack(request, memory.baseAddress)
            }
            #expect(again.elementsEqual(raw))
        }
    }

    @Test func `A batch larger than a chunk of memory is whole`() throws {
        let encoder = BatchEnvelope(.traces, resource: [], version: "1")
        try decode(encoder.encode(Sample.spans(2_000))) { _, spans in
            #expect(spans.count == 2_000)
            #expect(hex(spans[1_999].span_id) == "00000000000007d0")
            #expect(spans.allSatisfy { text($0.name) == "GET /v1/models" && $0.parent_span_id.len == 0 })
        }
    }

    @Test func `The wire's field numbers are those of OTLP`() {
        let bytes = Array(buffer: BatchEnvelope(.traces, resource: [], version: "1").encode(Sample.spans(1)))
        // Span.trace_id: field 1, 16 bytes; Span.span_id: field 2, 8 bytes.
        let ids: [UInt8] =
            [0x0A, 0x10, 1, 2, 3, 4, 5, 6, 7, 8, 0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18]
            + [0x12, 0x08, 0, 0, 0, 0, 0, 0, 0, 1]
        #expect(bytes.first == 0x0A)
        #expect((0...bytes.count - ids.count).contains { Array(bytes[$0..<$0 + ids.count]) == ids })
        // flags: field 16, fixed32, 3 | 0x100.
        let flags: [UInt8] = [0x85, 0x01, 0x03, 0x01, 0x00, 0x00]
        #expect((0...bytes.count - 6).contains { Array(bytes[$0..<$0 + 6]) == flags })
    }
}
