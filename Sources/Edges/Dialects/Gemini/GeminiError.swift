import GatewayTypes
import JSON
import NIOCore

/// Failures in the shape of Google's APIs: `google.rpc.Status` as JSON.
enum GeminiError {
    static let contentType = "application/json; charset=UTF-8"

    static func reply(_ failure: Failure) -> Reply {
        Reply(failure, contentType: contentType) { write(failure, to: &$0) }
    }

    static func write(_ failure: Failure, to bytes: inout ByteBuffer) {
        let message = failure.upstreamMessage.map { failure.message + " The provider said: " + $0 } ?? failure.message
        var json = JSONBuilder(bytes)
        json.openObject()
        json.openObject("error")
        json.member("code", Int64(failure.status))
        json.member("message", message)
        json.member("status", status(for: failure.reason))
        json.openArray("details")
        json.openObject()
        json.member("@type", "type.googleapis.com/google.rpc.ErrorInfo")
        json.member("reason", failure.reason.rawValue.uppercased())
        json.member("domain", "weir")
        json.closeObject()
        if let param = failure.param {
            json.openObject()
            json.member("@type", "type.googleapis.com/google.rpc.BadRequest")
            json.openArray("fieldViolations")
            json.openObject()
            json.member("field", param)
            json.member("description", failure.message)
            json.closeObject()
            json.closeArray()
            json.closeObject()
        }
        if let seconds = failure.retryAfterSeconds {
            json.openObject()
            json.member("@type", "type.googleapis.com/google.rpc.RetryInfo")
            json.member("retryDelay", "\(seconds)s")
            json.closeObject()
        }
        json.closeArray()
        json.closeObject()
        json.closeObject()
        bytes = json.bytes
    }

    /// The canonical code (`google.rpc.Code`).
    private static func status(for reason: FailureReason) -> String {
        switch reason {
        case .badRequest, .headTooLarge, .payloadTooLarge, .unsupportedEncoding, .methodNotAllowed, .upstreamRejected,
            .blocked:
            "INVALID_ARGUMENT"
        case .unauthenticated: "UNAUTHENTICATED"
        case .notPermitted: "PERMISSION_DENIED"
        case .notFound, .modelNotFound: "NOT_FOUND"
        case .clientTimeout, .upstreamTimeout: "DEADLINE_EXCEEDED"
        case .clientGone: "CANCELLED"
        case .rateLimited, .budgetExceeded, .upstreamRateLimited, .upstreamQuota: "RESOURCE_EXHAUSTED"
        case .overloaded, .draining, .breakerOpen, .storageFull, .interrupted, .upstreamConnect, .upstreamTLS,
            .upstreamCut, .upstreamProtocol, .upstreamUnauthenticated, .upstreamError:
            "UNAVAILABLE"
        case .internalError: "INTERNAL"
        }
    }
}
