import GatewayTypes
import JSON
import NIOCore

/// Failures in Anthropic's error shape, so that its SDKs raise the exceptions their users know.
enum AnthropicError {
    static func reply(_ failure: Failure) -> Reply { Reply(failure) { $0 = body(failure) } }

    static func event(_ failure: Failure) -> ByteBuffer {
        var bytes = ByteBuffer(staticString: "event: error\ndata: ")
        bytes.writeImmutableBuffer(body(failure))
        bytes.writeStaticString("\n\n")
        return bytes
    }

    private static func body(_ failure: Failure) -> ByteBuffer {
        var json = JSONBuilder()
        json.openObject()
        json.member("type", "error")
        json.openObject("error")
        json.member("type", type(of: failure.reason))
        json.member("message", message(failure))
        json.closeObject()
        json.closeObject()
        return json.bytes
    }

    /// Anthropic names the member that is wrong in the message.
    private static func message(_ failure: Failure) -> String {
        var text = failure.message
        if let param = failure.param, !text.contains("`\(param)`") { text = "\(param): \(text)" }
        if let upstream = failure.upstreamMessage { text += " The provider says: \(upstream)" }
        return text
    }

    private static func type(of reason: FailureReason) -> String {
        switch reason {
        case .badRequest, .headTooLarge, .unsupportedEncoding, .methodNotAllowed, .clientTimeout, .clientGone,
            .upstreamRejected, .blocked:
            "invalid_request_error"
        case .payloadTooLarge: "request_too_large"
        case .unauthenticated: "authentication_error"
        case .notPermitted: "permission_error"
        case .notFound, .modelNotFound: "not_found_error"
        case .rateLimited, .upstreamRateLimited: "rate_limit_error"
        case .budgetExceeded, .upstreamQuota: "billing_error"
        case .overloaded, .draining, .breakerOpen, .storageFull, .interrupted: "overloaded_error"
        case .upstreamTimeout: "timeout_error"
        case .internalError, .upstreamConnect, .upstreamTLS, .upstreamCut, .upstreamProtocol, .upstreamUnauthenticated,
            .upstreamError:
            "api_error"
        }
    }
}
