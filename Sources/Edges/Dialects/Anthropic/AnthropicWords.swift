import GatewayTypes
import JSON

/// Anthropic's words for what the neutral form has its own for.
enum AnthropicWords {
    /// What a `stop_reason` means.
    static func finish(_ word: String) -> FinishReason {
        switch word {
        case "end_turn": .stop
        case "max_tokens", "model_context_window_exceeded": .length
        case "stop_sequence": .stopSequence
        case "tool_use": .toolCalls
        case "pause_turn": .pause
        case "refusal": .refusal
        default: .other
        }
    }

    /// The `stop_reason` for a reason. Some providers stop without saying that they called a tool.
    static func stopReason(_ reason: FinishReason, calledTool: Bool) -> String {
        switch reason {
        case .stop: calledTool ? "tool_use" : "end_turn"
        case .length: "max_tokens"
        case .stopSequence: "stop_sequence"
        case .toolCalls: "tool_use"
        case .contentFilter, .refusal: "refusal"
        case .pause: "pause_turn"
        case .error, .other: "end_turn"
        }
    }

    /// A failure from the `error` object of an event inside a reply that had begun.
    static func failure(_ error: JSONValue?, retryable: Bool) -> Failure {
        let type = error?["type"]?.string ?? ""
        let reason: FailureReason =
            switch type {
            case "rate_limit_error": .upstreamRateLimited
            case "billing_error": .upstreamQuota
            case "authentication_error", "permission_error": .upstreamUnauthenticated
            case "invalid_request_error", "not_found_error", "request_too_large": .upstreamRejected
            default: .upstreamError
            }
        let word = type.isEmpty ? "" : " (\(type.prefix(64)))"
        var failure = Failure(
            reason, "The provider reported an error inside its reply\(word); try again.", retryable: retryable)
        if reason != .upstreamUnauthenticated { failure.upstreamMessage = message(error) }
        return failure
    }

    static func message(_ error: JSONValue?) -> String? {
        guard let text = error?["message"]?.string, !text.isEmpty else { return nil }
        return String(text.prefix(ProviderErrorReply.messageCharactersMax))
    }
}
