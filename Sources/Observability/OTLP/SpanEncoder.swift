import COTLP
import GatewayTypes
import NIOCore
import Telemetry

/// Encodes batches as `ExportTraceServiceRequest`.
struct SpanEncoder {
    let resource: [ResourceAttribute]
    let version: String
    var encoding = OTLPEncoding.protobuf

    func encode(_ spans: ItemBatch<SpanData>) -> ByteBuffer {
        let batch = BatchBuilder()
        return withExtendedLifetime(batch.arena) {
            let scopeSpans = batch.arena.make(WeirOtlp__ScopeSpans.self)
            weir_otlp__scope_spans__init(scopeSpans)
            scopeSpans.pointee.scope = batch.scope(version: version)
            scopeSpans.pointee.schema_url = batch.arena.text(Conventions.schemaURL)
            (scopeSpans.pointee.spans, scopeSpans.pointee.n_spans) = batch.list(spans.map(batch.span))

            let resourceSpans = batch.arena.make(WeirOtlp__ResourceSpans.self)
            weir_otlp__resource_spans__init(resourceSpans)
            resourceSpans.pointee.resource = batch.owner(resource)
            (resourceSpans.pointee.scope_spans, resourceSpans.pointee.n_scope_spans) = batch.list([scopeSpans])
            resourceSpans.pointee.schema_url = batch.arena.text(Conventions.schemaURL)

            let request = batch.arena.make(WeirOtlp__ExportTraceRequest.self)
            weir_otlp__export_trace_request__init(request)
            (request.pointee.resource_spans, request.pointee.n_resource_spans) = batch.list([resourceSpans])
            return encoding.write(request)
        }
    }
}

extension BatchBuilder {
    fileprivate func span(_ data: SpanData) -> UnsafeMutablePointer<WeirOtlp__Span> {
        let span = arena.make(WeirOtlp__Span.self)
        weir_otlp__span__init(span)
        span.pointee.trace_id = binary(data.traceHigh, data.traceLow)
        span.pointee.span_id = binary(data.spanID)
        if let parent = data.parentSpanID { span.pointee.parent_span_id = binary(parent) }
        if let state = data.state { span.pointee.trace_state = arena.text(state) }
        span.pointee.name = arena.text(data.name)
        span.pointee.kind = Int32(data.kind.rawValue)
        span.pointee.start_time_unix_nano = UInt64(max(0, data.began.nanoseconds))
        span.pointee.end_time_unix_nano = UInt64(max(0, data.ended.nanoseconds))
        // Bits 8 and 9: it is known whether the parent is remote, and it is.
        span.pointee.flags = UInt32(data.flags) | 0x100 | (data.parentIsRemote ? 0x200 : 0)
        (span.pointee.attributes, span.pointee.n_attributes) = attributes(data.attributes)
        span.pointee.dropped_attributes_count = UInt32(clamping: data.droppedAttributes)
        span.pointee.dropped_events_count = UInt32(clamping: data.droppedEvents)
        (span.pointee.events, span.pointee.n_events) = list(data.events.map(event))
        (span.pointee.links, span.pointee.n_links) = list(data.links.map(link))
        if case .error(let message) = data.status {
            let status = arena.make(WeirOtlp__Status.self)
            weir_otlp__status__init(status)
            status.pointee.code = 2
            if !message.isEmpty { status.pointee.message = arena.text(message) }
            span.pointee.status = status
        }
        return span
    }

    private func link(_ data: SpanData.Link) -> UnsafeMutablePointer<WeirOtlp__Link> {
        let link = arena.make(WeirOtlp__Link.self)
        weir_otlp__link__init(link)
        link.pointee.trace_id = binary(data.span.traceHigh, data.span.traceLow)
        link.pointee.span_id = binary(data.span.spanID)
        (link.pointee.attributes, link.pointee.n_attributes) = attributes(data.attributes)
        return link
    }

    private func event(_ data: SpanData.Event) -> UnsafeMutablePointer<WeirOtlp__Event> {
        let event = arena.make(WeirOtlp__Event.self)
        weir_otlp__event__init(event)
        event.pointee.name = arena.text(data.name)
        event.pointee.time_unix_nano = UInt64(max(0, data.at.nanoseconds))
        return event
    }
}
