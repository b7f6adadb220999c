import COTLP
import NIOCore
import Telemetry

/// Makes requests of packed items. The requests of all three signals have the same fields around the items, and those are
/// the same in every batch.
struct BatchEnvelope {
    /// The field of the items, in `ScopeSpans`, `ScopeLogs` and `ScopeMetrics`.
    static let itemField: UInt64 = 2

    private let signal: TelemetrySignal
    private let encoding: OTLPEncoding
    /// Fields of `ResourceSpans` and of `ScopeSpans`, or their like, before and after what the batch adds.
    private let resource: ByteBuffer
    private let scope: ByteBuffer
    private let schema: ByteBuffer

    init(_ signal: TelemetrySignal, resource: [ResourceAttribute], version: String, encoding: OTLPEncoding = .protobuf)
    {
        self.signal = signal
        self.encoding = encoding
        var wire = WireBuffer(capacity: 1_024)
        wire.message(1) { wire in
            for attribute in resource { wire.attribute(1, attribute.key, .text(attribute.value)) }
        }
        self.resource = wire.take()
        wire.message(1) { wire in
            wire.text(1, "weir")
            wire.text(2, version)
        }
        scope = wire.take()
        wire.text(3, Conventions.schemaURL)
        schema = wire.take()
    }

    /// `pieces`: fields of the scope, as they are.
    func request(_ pieces: [ByteBuffer]) -> ByteBuffer {
        let itemsSize = pieces.reduce(0) { $0 + $1.readableBytes }
        let scopeSize = scope.readableBytes + itemsSize + schema.readableBytes
        let scopeWidth = 1 + WireBuffer.width(UInt64(scopeSize))
        let wholeSize = resource.readableBytes + scopeWidth + scopeSize + schema.readableBytes
        var wire = WireBuffer(capacity: wholeSize + 16)
        wire.message(1, size: wholeSize)
        wire.append(resource)
        wire.message(2, size: scopeSize)
        wire.append(scope)
        for piece in pieces { wire.append(piece) }
        wire.append(schema)
        wire.append(schema)
        return encoding.isText ? json(wire.take()) : wire.take()
    }

    /// By way of the generated code, which knows the fields' names. It reads what was just written; without memory for it
    /// the request is empty, and is refused and counted like any other that a collector cannot read.
    private func json(_ request: ByteBuffer) -> ByteBuffer {
        request.withUnsafeReadableBytes { raw in
            let bytes = raw.bindMemory(to: UInt8.self).baseAddress
            let message: UnsafeMutableRawPointer? =
                switch signal {
                case .traces: .init(weir_otlp__export_trace_request__unpack(nil, raw.count, bytes))
                case .logs: .init(weir_otlp__export_logs_request__unpack(nil, raw.count, bytes))
                case .metrics: .init(weir_otlp__export_metrics_request__unpack(nil, raw.count, bytes))
                }
            guard let message else { return ByteBuffer() }
            defer { protobuf_c_message_free_unpacked(message.assumingMemoryBound(to: ProtobufCMessage.self), nil) }
            var json = JSONMessage()
            json.write(message)
            return json.output
        }
    }
}
