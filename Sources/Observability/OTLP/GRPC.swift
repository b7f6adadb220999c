import COTLP
import GatewayTypes
import NIOCore
import Telemetry

/// gRPC's part of a call with one message each way: the frame around a message, and the status behind the reply.
enum GRPC {
    /// The codes of gRPC, with its names.
    enum Code: Int, CaseIterable {
        case ok, cancelled, unknown, invalidArgument, deadlineExceeded, notFound, alreadyExists, permissionDenied
        case resourceExhausted, failedPrecondition, aborted, outOfRange, unimplemented, internalError, unavailable
        case dataLoss, unauthenticated

        var name: String {
            switch self {
            case .ok: "OK"
            case .cancelled: "CANCELLED"
            case .unknown: "UNKNOWN"
            case .invalidArgument: "INVALID_ARGUMENT"
            case .deadlineExceeded: "DEADLINE_EXCEEDED"
            case .notFound: "NOT_FOUND"
            case .alreadyExists: "ALREADY_EXISTS"
            case .permissionDenied: "PERMISSION_DENIED"
            case .resourceExhausted: "RESOURCE_EXHAUSTED"
            case .failedPrecondition: "FAILED_PRECONDITION"
            case .aborted: "ABORTED"
            case .outOfRange: "OUT_OF_RANGE"
            case .unimplemented: "UNIMPLEMENTED"
            case .internalError: "INTERNAL"
            case .unavailable: "UNAVAILABLE"
            case .dataLoss: "DATA_LOSS"
            case .unauthenticated: "UNAUTHENTICATED"
            }
        }

        /// Whether OTLP has the batch sent again ("OTLP/gRPC Response"); where it does so only on request, that was made.
        func isRetryable(asked: Bool) -> Bool {
            switch self {
            case .cancelled, .deadlineExceeded, .aborted, .outOfRange, .unavailable, .dataLoss: true
            case .resourceExhausted: asked
            case .ok, .unknown, .invalidArgument, .notFound, .alreadyExists, .permissionDenied, .failedPrecondition,
                .unimplemented, .internalError, .unauthenticated:
                false
            }
        }
    }

    static let defaultPort = 4_317

    static func path(of signal: TelemetrySignal) -> String {
        switch signal {
        case .traces: "opentelemetry.proto.collector.trace.v1.TraceService/Export"
        case .logs: "opentelemetry.proto.collector.logs.v1.LogsService/Export"
        case .metrics: "opentelemetry.proto.collector.metrics.v1.MetricsService/Export"
        }
    }

    /// A byte that says whether it is compressed, four of length, the message.
    static func frame(_ message: ByteBuffer, compressed: Bool) -> ByteBuffer {
        var framed = ByteBufferAllocator().buffer(capacity: message.readableBytes + 5)
        framed.writeInteger(UInt8(compressed ? 1 : 0))
        framed.writeInteger(UInt32(message.readableBytes))
        framed.writeImmutableBuffer(message)
        return framed
    }

    /// The message of a reply; empty where there is none, or it is compressed, which nobody asked for.
    static func message(in body: ByteBuffer) -> ByteBuffer {
        var rest = body
        guard rest.readInteger(as: UInt8.self) == 0, let length = rest.readInteger(as: UInt32.self) else {
            return ByteBuffer()
        }
        return rest.readSlice(length: Int(length)) ?? ByteBuffer()
    }

    /// The reply's code; nil where it has none. What is no code of gRPC's is unknown.
    static func code(of head: UpstreamHead) -> Code? {
        head.trailer("grpc-status").map { Int($0).flatMap(Code.init(rawValue:)) ?? .unknown }
    }

    /// The server's words, percent-decoded.
    static func words(of head: UpstreamHead) -> String {
        let text = head.trailer("grpc-message") ?? ""
        return KeyValueList.percentDecoded(text) ?? text
    }

    /// How long the server asks to wait, in seconds; nil where it does not ask to be tried again.
    static func retrySeconds(of head: UpstreamHead) -> Double? {
        guard let text = head.trailer("grpc-status-details-bin"), let bytes = Base64Bytes.decode(text) else {
            return nil
        }
        return bytes.withUnsafeBufferPointer { bytes in
            guard let status = weir_otlp__rpc_status__unpack(nil, bytes.count, bytes.baseAddress) else { return nil }
            defer { weir_otlp__rpc_status__free_unpacked(status, nil) }
            for position in 0..<status.pointee.n_details {
                guard let detail = status.pointee.details[position]?.pointee, let type = detail.type_url,
                    String(cString: type).hasSuffix("/google.rpc.RetryInfo")
                else { continue }
                guard let info = weir_otlp__retry_info__unpack(nil, detail.value.len, detail.value.data) else {
                    continue
                }
                defer { weir_otlp__retry_info__free_unpacked(info, nil) }
                guard let delay = info.pointee.retry_delay?.pointee else { return 0 }
                return max(0, Double(delay.seconds) + Double(delay.nanos) / 1e9)
            }
            return nil
        }
    }
}

/// Base64 (RFC 4648 §4) with or without its padding, as gRPC writes binary fields.
enum Base64Bytes {
    /// Nil where it is none.
    static func decode(_ text: String) -> [UInt8]? {
        var bytes: [UInt8] = []
        var bits: UInt32 = 0
        var held = 0
        for character in text.utf8 where character != UInt8(ascii: "=") {
            guard let value = value(of: character) else { return nil }
            bits = bits << 6 | UInt32(value)
            held += 6
            if held >= 8 {
                held -= 8
                bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(held)))
            }
        }
        return bytes
    }

    private static func value(of character: UInt8) -> UInt8? {
        switch character {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): character - UInt8(ascii: "A")
        case UInt8(ascii: "a")...UInt8(ascii: "z"): character - UInt8(ascii: "a") + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): character - UInt8(ascii: "0") + 52
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        case _: nil
        }
    }
}
