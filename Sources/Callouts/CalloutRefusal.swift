import Dialects
import GatewayTypes

/// What a client is told where a callout stands in its way.
enum CalloutRefusal {
    /// The callout's own word. The status is its own, the shape that of the client's surface.
    static func denied(by name: String, _ denial: CalloutMessage.Denial) -> Failure {
        let reason: FailureReason =
            switch denial.status {
            case 400: .badRequest
            case 401: .unauthenticated
            case 413: .payloadTooLarge
            case 429: .rateLimited
            default: .notPermitted
            }
        var failure = Failure(
            reason, denial.message ?? "The policy \"\(name)\" of this gateway does not permit this request.",
            retryAfterSeconds: denial.retryAfterSeconds)
        if reason.status != denial.status { failure.rejectedStatus = denial.status }
        failure.fields = [ReplyField("x-weir-callout", name)]
        return failure
    }

    /// It could not be asked, and nothing passes without its word.
    static func failed(_ name: String, _ fault: CalloutResult) -> Failure {
        var failure =
            fault == .tooLarge
            ? Failure(.payloadTooLarge, "The request is larger than the policy \"\(name)\" of this gateway looks at.")
            : Failure(
                .overloaded, "The policy \"\(name)\" of this gateway could not be asked; try again in a moment.",
                retryAfterSeconds: 1)
        failure.fields = [ReplyField("x-weir-callout", name)]
        return failure
    }
}
