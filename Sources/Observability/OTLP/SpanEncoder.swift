import COTLP
import GatewayTypes
import NIOCore
import Telemetry

/// Encodes batches as `ExportTraceServiceRequest`.
struct SpanEncoder {
    let resource: [ResourceAttribute]
    let version: String

    func encode(_ spans: [SpanData]) -> ByteBuffer {
        let batch = BatchBuilder()
        let request = batch.request(spans, resource: resource, version: version)
        let size = weir_otlp__export_trace_request__get_packed_size(request)
        var output = ByteBufferAllocator().buffer(capacity: size)
        output.writeWithUnsafeMutableBytes(minimumWritableBytes: size) { space in
            weir_otlp__export_trace_request__pack(request, space.bindMemory(to: UInt8.self).baseAddress)
        }
        return output
    }
}

/// Builds the C structs of one batch; they live as long as it.
private struct BatchBuilder {
    private let arena = Arena()

    func request(
        _ spans: [SpanData], resource: [ResourceAttribute], version: String
    ) -> UnsafeMutablePointer<WeirOtlp__ExportTraceRequest> {
        let scope = arena.make(WeirOtlp__Scope.self)
        weir_otlp__scope__init(scope)
        scope.pointee.name = arena.text("weir")
        scope.pointee.version = arena.text(version)

        let scopeSpans = arena.make(WeirOtlp__ScopeSpans.self)
        weir_otlp__scope_spans__init(scopeSpans)
        scopeSpans.pointee.scope = scope
        scopeSpans.pointee.schema_url = arena.text(Conventions.schemaURL)
        (scopeSpans.pointee.spans, scopeSpans.pointee.n_spans) = list(spans.map(span))

        let owner = arena.make(WeirOtlp__Resource.self)
        weir_otlp__resource__init(owner)
        let attributes = resource.map { keyValue($0.key, .text($0.value)) }
        (owner.pointee.attributes, owner.pointee.n_attributes) = list(attributes)

        let resourceSpans = arena.make(WeirOtlp__ResourceSpans.self)
        weir_otlp__resource_spans__init(resourceSpans)
        resourceSpans.pointee.resource = owner
        (resourceSpans.pointee.scope_spans, resourceSpans.pointee.n_scope_spans) = list([scopeSpans])
        resourceSpans.pointee.schema_url = arena.text(Conventions.schemaURL)

        let request = arena.make(WeirOtlp__ExportTraceRequest.self)
        weir_otlp__export_trace_request__init(request)
        (request.pointee.resource_spans, request.pointee.n_resource_spans) = list([resourceSpans])
        return request
    }

    private func span(_ data: SpanData) -> UnsafeMutablePointer<WeirOtlp__Span> {
        let span = arena.make(WeirOtlp__Span.self)
        weir_otlp__span__init(span)
        span.pointee.trace_id = binary([data.traceHigh, data.traceLow])
        span.pointee.span_id = binary([data.spanID])
        if let parent = data.parentSpanID { span.pointee.parent_span_id = binary([parent]) }
        if let state = data.state { span.pointee.trace_state = arena.text(state) }
        span.pointee.name = arena.text(data.name)
        span.pointee.kind = Int32(data.kind.rawValue)
        span.pointee.start_time_unix_nano = UInt64(max(0, data.began.nanoseconds))
        span.pointee.end_time_unix_nano = UInt64(max(0, data.ended.nanoseconds))
        // Bits 8 and 9: it is known whether the parent is remote, and it is.
        span.pointee.flags = UInt32(data.flags) | 0x100 | (data.parentIsRemote ? 0x200 : 0)
        let attributes = data.attributes.all.map { keyValue($0.key, $0.value) }
        (span.pointee.attributes, span.pointee.n_attributes) = list(attributes)
        (span.pointee.events, span.pointee.n_events) = list(data.events.map(event))
        if case .error(let message) = data.status {
            let status = arena.make(WeirOtlp__Status.self)
            weir_otlp__status__init(status)
            status.pointee.code = 2
            if !message.isEmpty { status.pointee.message = arena.text(message) }
            span.pointee.status = status
        }
        return span
    }

    private func event(_ data: SpanData.Event) -> UnsafeMutablePointer<WeirOtlp__Event> {
        let event = arena.make(WeirOtlp__Event.self)
        weir_otlp__event__init(event)
        event.pointee.name = arena.text(data.name)
        event.pointee.time_unix_nano = UInt64(max(0, data.at.nanoseconds))
        return event
    }

    private func keyValue(_ key: String, _ value: SpanAttributes.Value) -> UnsafeMutablePointer<WeirOtlp__KeyValue> {
        let pair = arena.make(WeirOtlp__KeyValue.self)
        weir_otlp__key_value__init(pair)
        pair.pointee.key = arena.text(key)
        pair.pointee.value = anyValue(value)
        return pair
    }

    private func anyValue(_ value: SpanAttributes.Value) -> UnsafeMutablePointer<WeirOtlp__AnyValue> {
        let any = arena.make(WeirOtlp__AnyValue.self)
        weir_otlp__any_value__init(any)
        switch value {
        case .text(let text):
            any.pointee.value_case = WEIR_OTLP__ANY_VALUE__VALUE_STRING_VALUE
            any.pointee.string_value = arena.text(text)
        case .integer(let number):
            any.pointee.value_case = WEIR_OTLP__ANY_VALUE__VALUE_INT_VALUE
            any.pointee.int_value = number
        case .number(let number):
            any.pointee.value_case = WEIR_OTLP__ANY_VALUE__VALUE_DOUBLE_VALUE
            any.pointee.double_value = number
        case .flag(let flag):
            any.pointee.value_case = WEIR_OTLP__ANY_VALUE__VALUE_BOOL_VALUE
            any.pointee.bool_value = flag ? 1 : 0
        case .texts(let texts):
            let array = arena.make(WeirOtlp__ArrayValue.self)
            weir_otlp__array_value__init(array)
            (array.pointee.values, array.pointee.n_values) = list(texts.map { anyValue(.text($0)) })
            any.pointee.value_case = WEIR_OTLP__ANY_VALUE__VALUE_ARRAY_VALUE
            any.pointee.array_value = array
        }
        return any
    }

    private func list<Element>(
        _ elements: [UnsafeMutablePointer<Element>]
    ) -> (UnsafeMutablePointer<UnsafeMutablePointer<Element>?>, Int) {
        let list = arena.array(UnsafeMutablePointer<Element>?.self, count: elements.count)
        for (position, element) in elements.enumerated() { list[position] = element }
        return (list, elements.count)
    }

    private func binary(_ words: [UInt64]) -> ProtobufCBinaryData {
        ProtobufCBinaryData(len: words.count * 8, data: arena.bytes(words))
    }
}
