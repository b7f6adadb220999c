import GatewayTypes
import JSON
import NIOCore

/// What an error reply of a host of Anthropic's models means.
struct AnthropicProviderFailure {
    /// Longer error replies are not passed on.
    static let bodyBytesMax = 64 * 1024

    let status: Int
    let head: UpstreamHead
    let body: ByteBuffer

    func failure(now: WallTime) -> Failure {
        let document = parsed()
        // Anthropic's and Google's, or Amazon's shape.
        let error = document?["error"] ?? document
        let said = AnthropicWords.message(error)
        let (reason, retryable, message) = classify(error?["type"]?.string, said ?? "")
        var failure = Failure(
            reason, message, retryable: retryable, retryAfterSeconds: RetryAfter.seconds(head, now: now))
        // What a provider says of a refused key is about Weir's key, and may quote a part of it.
        guard reason != .upstreamUnauthenticated || status == 403, document != nil else { return failure }
        failure.upstreamMessage = said
        failure.upstreamReply = UpstreamErrorReply(
            status: status, contentType: head["content-type"] ?? "application/json", body: body)
        return failure
    }

    private func parsed() -> JSONValue? {
        guard body.readableBytes <= Self.bodyBytesMax else { return nil }
        do throws(JSONProblem) {
            let root = try JSONDocument(body).root
            // Google puts the errors of a stream into an array.
            let value = root.isArray ? root.elements.first : root
            return value.flatMap { $0.isObject ? $0 : nil }
        } catch {
            return nil
        }
    }

    private func classify(_ type: String?, _ said: String) -> (FailureReason, retryable: Bool, message: String) {
        let quota = "The provider's quota or credit is used up; ask who runs this gateway to raise it."
        let limited = "The provider's rate limit is reached; try again later."
        let refused = "The provider refused the gateway's credentials (status \(status)); tell who runs this gateway."
        let rejected = "The provider refused the request with status \(status); check the request."
        let failed = "The provider failed with status \(status); try again."
        let overloaded = "The provider is overloaded; try again later."
        switch status {
        case 402: return (.upstreamQuota, true, quota)
        // Anthropic says so of an account without money, or at the limit that its owner has set.
        case 400 where said.contains("credit balance is too low") || said.contains("usage limits"):
            return (.upstreamQuota, true, quota)
        case 429: return type == "billing_error" ? (.upstreamQuota, true, quota) : (.upstreamRateLimited, true, limited)
        case 401, 403: return (.upstreamUnauthenticated, true, refused)
        // `model: …` is what it says of a model that it does not have.
        case 404: return (.upstreamRejected, said.hasPrefix("model") || said.contains("odel `"), rejected)
        case 408, 409: return (.upstreamError, true, failed)
        case 400..<500: return (.upstreamRejected, false, rejected)
        case 529: return (.upstreamError, true, overloaded)
        default: return (.upstreamError, true, failed)
        }
    }
}
