import GatewayTypes
import JSON

/// What an error of Google's API means (`google.rpc.Status` as JSON).
struct GeminiProviderFailure {
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
        message = error?["message"]?.string.map { String($0.prefix(ProviderErrorReply.messageCharactersMax)) }
        let details = error?["details"]?.elements ?? []
        reasons = Set(details.compactMap { $0["reason"]?.string })
        quotaIDs = details.flatMap { $0["violations"]?.elements ?? [] }.compactMap { $0["quotaId"]?.string }
        retryDelaySeconds = details.compactMap { Self.seconds($0["retryDelay"]?.string) }.first
    }

    /// Of an error reply. The body may be one error or, of a stream, an array of one.
    static func make(_ reply: ProviderErrorReply, now: WallTime) -> Failure {
        let document = reply.document
        let error = document?["error"] ?? document?.elements.first?["error"]
        let read = GeminiProviderFailure(status: reply.status, error: error)
        var failure = reply.failure(
            read.kind, said: read.message, shown: document.map { $0.isObject || $0.isArray } ?? false, now: now)
        if failure.retryAfterSeconds == nil { failure.retryAfterSeconds = read.retryDelaySeconds }
        return failure
    }

    /// Of an error inside a reply that had begun with success.
    static func inStream(_ root: JSONValue, isRetryable: Bool) -> Failure {
        let error = root["error"]
        let status = error?["code"]?.googleInteger.map { Int(min(max($0, 0), 599)) } ?? 500
        let read = GeminiProviderFailure(status: status, error: error)
        var failure = Failure(
            read.kind.reason, read.kind.sentence(status: status), retryable: read.kind.isRetryable && isRetryable,
            retryAfterSeconds: read.retryDelaySeconds)
        if failure.reason != .upstreamUnauthenticated { failure.upstreamMessage = read.message }
        return failure
    }

    private var kind: ProviderErrorKind {
        if reasons.contains("API_KEY_INVALID") { return .credentialsRefused }
        return switch status {
        // A minute's limit passes soon; a day's does not.
        case 429 where !quotaIDs.isEmpty && quotaIDs.allSatisfy({ $0.contains("PerDay") }): .quota
        case 404: .rejected(elsewhere: true)
        // The provider's account or region lacks something that another target may have.
        case 400 where word == "FAILED_PRECONDITION": .rejected(elsewhere: true)
        // Google's words know no missing payment.
        case 402: .rejected(elsewhere: false)
        case 499: .failed
        case 504: .tookTooLong
        case _: ProviderErrorKind(status: status)
        }
    }

    /// A `google.protobuf.Duration` (`37s`, `3.000000001s`), rounded up and cut to a day.
    private static func seconds(_ text: String?) -> Int? {
        guard let text, text.hasSuffix("s"), let value = Double(text.dropLast()), value >= 0 else { return nil }
        return Int(min(value, Double(RetryAfter.secondsMax)).rounded(.up))
    }
}
