import COTLP
import NIOCore

/// What a collector said to a batch it took.
enum ExportReply {
    /// Spans that it refused for good; 0 also when the reply cannot be read, for the batch was taken.
    static func rejectedSpans(in body: ByteBuffer) -> Int {
        body.withUnsafeReadableBytes { raw in
            guard
                let reply = weir_otlp__export_trace_response__unpack(
                    nil, raw.count, raw.bindMemory(to: UInt8.self).baseAddress)
            else { return 0 }
            defer { weir_otlp__export_trace_response__free_unpacked(reply, nil) }
            return Int(clamping: reply.pointee.partial_success?.pointee.rejected_spans ?? 0)
        }
    }
}
