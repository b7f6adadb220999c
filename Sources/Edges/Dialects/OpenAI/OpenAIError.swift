import GatewayTypes
import JSON
import NIOCore

/// Failures in OpenAI's error shape, so that its SDKs raise the exceptions their users know.
enum OpenAIError {
    static func reply(_ failure: Failure) -> Reply { Reply(failure) { write(failure, to: &$0) } }

    static func write(_ failure: Failure, to bytes: inout ByteBuffer) {
        let words = words(for: failure.reason)
        bytes.writeStaticString(#"{"error":{"message":"#)
        bytes.writeJSONString(message(of: failure))
        bytes.writeStaticString(#","type":"#)
        bytes.writeJSONString(words.type)
        bytes.writeStaticString(#","param":"#)
        bytes.writeJSONString(orNull: failure.param ?? (failure.reason == .modelNotFound ? "model" : nil))
        bytes.writeStaticString(#","code":"#)
        bytes.writeJSONString(orNull: words.code)
        bytes.writeStaticString("}}")
    }

    /// With what the provider said of it, where its own reply cannot be shown.
    private static func message(of failure: Failure) -> String {
        guard failure.upstreamReply == nil, let said = failure.upstreamMessage else { return failure.message }
        return failure.message + " The provider said: " + said
    }

    /// OpenAI's own words where it has them, else the reason's.
    private static func words(for reason: FailureReason) -> (type: String, code: String?) {
        switch reason {
        case .badRequest: ("invalid_request_error", nil)
        case .unauthenticated: ("invalid_request_error", "invalid_api_key")
        case .modelNotFound: ("invalid_request_error", "model_not_found")
        case .notFound: ("invalid_request_error", "unknown_url")
        case .methodNotAllowed: ("invalid_request_error", "method_not_supported")
        case .headTooLarge, .payloadTooLarge, .unsupportedEncoding, .clientTimeout, .clientGone, .upstreamRejected:
            ("invalid_request_error", reason.rawValue)
        case .notPermitted: ("permission_error", reason.rawValue)
        // The word that clients of OpenAI's API at Azure know.
        case .blocked: ("invalid_request_error", "content_filter")
        case .rateLimited, .upstreamRateLimited: ("requests", "rate_limit_exceeded")
        case .budgetExceeded, .upstreamQuota: ("insufficient_quota", "insufficient_quota")
        case .overloaded, .draining, .breakerOpen, .storageFull, .interrupted, .internalError, .upstreamConnect,
            .upstreamTLS, .upstreamTimeout, .upstreamCut, .upstreamProtocol, .upstreamUnauthenticated, .upstreamError:
            ("server_error", reason.rawValue)
        }
    }
}
