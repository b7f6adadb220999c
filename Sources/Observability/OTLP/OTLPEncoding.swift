import Telemetry

/// How messages are written and carried.
public enum OTLPEncoding: String, CaseIterable, Sendable {
    case protobuf = "http/protobuf"
    case json = "http/json"
    case grpc = "grpc"

    var contentType: String {
        switch self {
        case .protobuf: "application/x-protobuf"
        case .json: "application/json"
        case .grpc: "application/grpc"
        }
    }

    /// The field that says that a message is compressed.
    var compressionField: String {
        switch self {
        case .protobuf, .json: "content-encoding"
        case .grpc: "grpc-encoding"
        }
    }

    /// Whether messages are JSON.
    var isText: Bool {
        switch self {
        case .protobuf, .grpc: false
        case .json: true
        }
    }

    /// Where the signal goes below a collector's base URL; nil where the result is no URL.
    func url(_ signal: TelemetrySignal, below base: OTLPURL) -> OTLPURL? {
        switch self {
        case .protobuf, .json: base.appending(signal.path)
        case .grpc: base.atRoot(GRPC.path(of: signal))
        }
    }
}
