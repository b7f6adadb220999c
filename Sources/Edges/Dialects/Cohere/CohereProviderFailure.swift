import GatewayTypes
import JSON
import NIOCore

/// What an error reply of Cohere means: `{"id","message"}`, or `message` alone.
struct CohereProviderFailure {
    /// Longer error replies are not passed on.
    static let bodyBytesMax = 64 * 1024
    /// Characters of the provider's own sentence that are passed on.
    static let messageMax = 500

    let status: Int
    let head: UpstreamHead
    let body: ByteBuffer

    func failure(now: WallTime) -> Failure {
        let said = sentence()
        let (reason, retryable, message) = classify(said.text ?? "")
        var failure = Failure(
            reason, message, retryable: retryable, retryAfterSeconds: RetryAfter.seconds(head, now: now))
        // What a provider says of a refused key is about Weir's key, and may quote a part of it.
        if reason == .upstreamUnauthenticated && status != 403 { return failure }
        failure.upstreamMessage = said.text.map { String($0.prefix(Self.messageMax)) }
        if said.isJSON {
            failure.upstreamReply = UpstreamErrorReply(
                status: status, contentType: head["content-type"] ?? "application/json", body: body)
        }
        return failure
    }

    private func sentence() -> (text: String?, isJSON: Bool) {
        guard body.readableBytes <= Self.bodyBytesMax else { return (nil, false) }
        do throws(JSONProblem) {
            let root = try JSONDocument(body).root
            let text = root["message"]?.string
            return (text.flatMap { $0.isEmpty ? nil : $0 }, root.isObject)
        } catch {
            return (nil, false)
        }
    }

    private func classify(_ said: String) -> (FailureReason, retryable: Bool, message: String) {
        let rejected = "The provider refused the request with status \(status); check the request."
        let failed = "The provider failed with status \(status); try again."
        switch status {
        case 401, 403, 498:
            return (
                .upstreamUnauthenticated, true,
                "The provider refused the gateway's credentials (status \(status)); tell who runs this gateway."
            )
        // A trial key's allowance for the month comes back with the next, not in a moment.
        case 402,
            429 where status == 402 || said.contains("/ month"):
            return (
                .upstreamQuota, true,
                "The provider's quota or credit is used up; ask who runs this gateway to raise it."
            )
        case 429: return (.upstreamRateLimited, true, "The provider's rate limit is reached; try again later.")
        // Another target may have the model that this one lacks.
        case 404: return (.upstreamRejected, said.contains("model"), rejected)
        case 408, 409, 499: return (.upstreamError, true, failed)
        case 400..<500: return (.upstreamRejected, false, rejected)
        default: return (.upstreamError, true, failed)
        }
    }
}
