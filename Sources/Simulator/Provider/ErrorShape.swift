import GatewayTypes
import JSON
import NIOCore

/// In whose words an error is told.
enum ErrorShape {
    case openAI, anthropic, gemini, bedrock, cohere, ollama

    func reply(_ error: SimulatedError) -> Reply {
        let status = status(error)
        var fields = [ReplyField("content-type", "application/json")]
        // Google tells the wait in the body alone.
        if let seconds = error.retryAfterSeconds, self != .gemini {
            fields.append(ReplyField("retry-after", String(seconds)))
        }
        if self == .bedrock { fields.append(ReplyField("x-amzn-errortype", Self.bedrockType(status, error))) }
        if self == .anthropic { fields.append(ReplyField("request-id", "req_sim")) }
        var body = ByteBuffer()
        write(error, to: &body)
        return Reply(status: status, fields: fields, body: body)
    }

    /// The status; where money ran out each provider says so with its own.
    private func status(_ error: SimulatedError) -> Int {
        guard error.code == "insufficient_quota" else { return error.status }
        switch self {
        case .anthropic: return 402
        case .bedrock: return 400
        case .openAI, .gemini, .cohere, .ollama: return error.status
        }
    }

    func write(_ error: SimulatedError, to buffer: inout ByteBuffer) {
        let message = error.message.json
        let status = status(error)
        switch self {
        case .openAI: error.write(to: &buffer)
        case .anthropic:
            buffer.writeString(
                #"{"type":"error","error":{"type":"\#(Self.anthropicType(status))","message":\#(message)},"#
                    + #""request_id":"req_sim"}"#)
        case .gemini:
            buffer.writeString(
                #"{"error":{"code":\#(status),"message":\#(message),"status":"\#(Self.googleStatus(status))""#)
            if let seconds = error.retryAfterSeconds {
                buffer.writeString(
                    #","details":[{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"\#(seconds)s"}]"#)
            }
            buffer.append("}}")
        case .bedrock: buffer.writeString(#"{"message":\#(message)}"#)
        case .cohere: buffer.writeString(#"{"id":"sim-error","message":\#(message)}"#)
        case .ollama: buffer.writeString(#"{"error":\#(message)}"#)
        }
    }

    static func anthropicType(_ status: Int) -> String {
        switch status {
        case 401: "authentication_error"
        case 402: "billing_error"
        case 403: "permission_error"
        case 404: "not_found_error"
        case 409: "conflict_error"
        case 413: "request_too_large"
        case 429: "rate_limit_error"
        case 504: "timeout_error"
        case 529: "overloaded_error"
        case 500...: "api_error"
        case _: "invalid_request_error"
        }
    }

    private static func googleStatus(_ status: Int) -> String {
        switch status {
        case 401: "UNAUTHENTICATED"
        case 403: "PERMISSION_DENIED"
        case 404: "NOT_FOUND"
        case 429: "RESOURCE_EXHAUSTED"
        case 499: "CANCELLED"
        case 503: "UNAVAILABLE"
        case 504: "DEADLINE_EXCEEDED"
        case 500...: "INTERNAL"
        case _: "INVALID_ARGUMENT"
        }
    }

    private static func bedrockType(_ status: Int, _ error: SimulatedError) -> String {
        if error.code == "insufficient_quota" { return "ServiceQuotaExceededException" }
        return switch status {
        case 401, 403: "AccessDeniedException"
        case 404: "ResourceNotFoundException"
        case 408: "ModelTimeoutException"
        case 424: "ModelErrorException"
        case 429: "ThrottlingException"
        case 503: "ServiceUnavailableException"
        case 500...: "InternalServerException"
        case _: "ValidationException"
        }
    }
}
