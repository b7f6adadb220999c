import GatewayTypes
import Telemetry

extension WireBuffer {
    /// A field of `ScopeSpans`.
    mutating func span(_ data: SpanData) {
        message(BatchEnvelope.itemField) { wire in
            wire.bytes(1, data.traceHigh, data.traceLow)
            wire.bytes(2, data.spanID)
            if let state = data.state, !state.isEmpty { wire.text(3, state) }
            if let parent = data.parentSpanID { wire.bytes(4, parent) }
            wire.text(5, data.name)
            wire.varint(6, UInt64(data.kind.rawValue))
            wire.fixed64(7, UInt64(max(0, data.began.nanoseconds)))
            wire.fixed64(8, UInt64(max(0, data.ended.nanoseconds)))
            wire.attributes(9, data.attributes)
            if data.droppedAttributes > 0 { wire.varint(10, UInt64(data.droppedAttributes)) }
            for event in data.events {
                wire.message(11) { wire in
                    wire.fixed64(1, UInt64(max(0, event.at.nanoseconds)))
                    wire.text(2, event.name)
                }
            }
            if data.droppedEvents > 0 { wire.varint(12, UInt64(data.droppedEvents)) }
            for link in data.links {
                wire.message(13) { wire in
                    wire.bytes(1, link.span.traceHigh, link.span.traceLow)
                    wire.bytes(2, link.span.spanID)
                    wire.attributes(4, link.attributes)
                }
            }
            if case .error(let message) = data.status {
                wire.message(15) { wire in
                    if !message.isEmpty { wire.text(2, message) }
                    wire.varint(3, 2)
                }
            }
            // Bits 8 and 9: it is known whether the parent is remote, and it is.
            wire.fixed32(16, UInt32(data.flags) | 0x100 | (data.parentIsRemote ? 0x200 : 0))
        }
    }

    /// A field of `ScopeLogs`. `observed`: when it was seen by what sends it.
    mutating func record(_ data: LogRecord, observed: WallTime) {
        message(BatchEnvelope.itemField) { wire in
            wire.fixed64(1, UInt64(max(0, data.at.nanoseconds)))
            wire.varint(2, UInt64(data.severity.rawValue))
            wire.text(3, data.severity.text)
            let body = SpanAttributes.Value.text(data.body)
            wire.message(5, size: Self.size(of: body))
            wire.any(body)
            wire.attributes(6, data.attributes)
            if let span = data.span {
                if span.flags > 0 { wire.fixed32(8, UInt32(span.flags)) }
                wire.bytes(9, span.traceHigh, span.traceLow)
                wire.bytes(10, span.spanID)
            }
            wire.fixed64(11, UInt64(max(0, observed.nanoseconds)))
            wire.text(12, data.eventName)
        }
    }
}
