import GatewayTypes
import JSON
import NIOCore

/// What an error of Google's API means (`google.rpc.Status` as JSON).
struct GeminiProviderFailure {
    /// Longer error replies are not passed on.
    static let bodyBytesMax = 64 * 1024
    /// Characters of the provider's own sentence that are kept.
    static let messageCharactersMax = 500

    private let status: Int
    private let word: String
    private let message: String?
    private let reasons: Set<String>
    private let quotaIDs: [String]
    private let retryDelaySeconds: Int?

    /// `error`: the object below `error`, where there is one.
    private init(status: Int, error: JSONValue?) {
        self.status = status
        word = error?["status"]?.string ?? ""
        message = error?["message"]?.string.map { String($0.prefix(Self.messageCharactersMax)) }
        let details = error?["details"]?.elements ?? []
        reasons = Set(details.compactMap { $0["reason"]?.string })
        quotaIDs = details.flatMap { $0["violations"]?.elements ?? [] }.compactMap { $0["quotaId"]?.string }
        retryDelaySeconds = details.compactMap { Self.seconds($0["retryDelay"]?.string) }.first
    }

    /// Of an error reply. The body may be one error or, of a stream, an array of one.
    static func make(status: Int, head: UpstreamHead, body: ByteBuffer, now: WallTime) -> Failure {
        var document: JSONValue?
        if body.readableBytes <= bodyBytesMax {
            do throws(JSONProblem) { document = try JSONDocument(body).root } catch { document = nil }
        }
        let error = document?["error"] ?? document?.elements.first?["error"]
        let read = GeminiProviderFailure(status: status, error: error)
        let (reason, retryable, text) = read.classify()
        var failure = Failure(
            reason, text, retryable: retryable,
            retryAfterSeconds: RetryAfter.seconds(head, now: now) ?? read.retryDelaySeconds)
        // What a provider says of a refused key is about Weir's key.
        guard reason != .upstreamUnauthenticated || status == 403 else { return failure }
        failure.upstreamMessage = read.message
        if let document, document.isObject || document.isArray {
            failure.upstreamReply = UpstreamErrorReply(
                status: status, contentType: head["content-type"] ?? "application/json", body: body)
        }
        return failure
    }

    /// Of an error inside a reply that had begun with success.
    static func inStream(_ root: JSONValue, isRetryable: Bool) -> Failure {
        let error = root["error"]
        let status = error?["code"]?.googleInteger.map { Int(min(max($0, 0), 599)) } ?? 500
        let read = GeminiProviderFailure(status: status, error: error)
        let (reason, retryable, text) = read.classify()
        var failure = Failure(
            reason, text, retryable: retryable && isRetryable, retryAfterSeconds: read.retryDelaySeconds)
        if reason != .upstreamUnauthenticated { failure.upstreamMessage = read.message }
        return failure
    }

    private func classify() -> (FailureReason, retryable: Bool, message: String) {
        let refused = "The provider refused the gateway's credentials (status \(status)); tell who runs this gateway."
        let rejected = "The provider refused the request with status \(status); check the request."
        let failed = "The provider failed with status \(status); try again."
        if reasons.contains("API_KEY_INVALID") { return (.upstreamUnauthenticated, true, refused) }
        switch status {
        case 401, 403: return (.upstreamUnauthenticated, true, refused)
        case 429:
            // A minute's limit passes soon; a day's does not.
            guard !quotaIDs.isEmpty, quotaIDs.allSatisfy({ $0.contains("PerDay") }) else {
                return (.upstreamRateLimited, true, "The provider's rate limit is reached; try again later.")
            }
            return (
                .upstreamQuota, true, "The provider's quota is used up; ask who runs this gateway to raise it."
            )
        case 404: return (.upstreamRejected, true, rejected)
        // The provider's account or region lacks something that another target may have.
        case 400 where word == "FAILED_PRECONDITION": return (.upstreamRejected, true, rejected)
        case 408, 409, 499: return (.upstreamError, true, failed)
        case 400..<500: return (.upstreamRejected, false, rejected)
        case 504: return (.upstreamTimeout, true, "The provider took too long (status 504); try again.")
        default: return (.upstreamError, true, failed)
        }
    }

    /// A `google.protobuf.Duration` (`37s`, `3.000000001s`), rounded up and cut to a day.
    private static func seconds(_ text: String?) -> Int? {
        guard let text, text.hasSuffix("s"), let value = Double(text.dropLast()), value >= 0 else { return nil }
        return Int(min(value, Double(RetryAfter.secondsMax)).rounded(.up))
    }
}
