import GatewayTypes
import JSON
import NIOCore

/// What an error reply of an OpenAI-shaped provider means.
struct OpenAIProviderFailure {
    /// Longer error replies are not passed on.
    static let bodyBytesMax = 64 * 1024

    let status: Int
    let head: UpstreamHead
    let body: ByteBuffer

    func failure(now: WallTime) -> Failure {
        let error = body.withUnsafeReadableBytes { OpenAIErrorBody($0) }
        let (reason, retryable, message) = classify(error)
        var failure = Failure(
            reason, message, retryable: retryable, retryAfterSeconds: RetryAfter.seconds(head, now: now))
        // What a provider says of a refused key is about Weir's key, and may quote a part of it.
        let speaksOfKey = reason == .upstreamUnauthenticated && status != 403
        if !speaksOfKey { failure.upstreamMessage = OpenAIErrorMessage.text(in: body) }
        if !speaksOfKey, error.isJSON, body.readableBytes <= Self.bodyBytesMax {
            failure.upstreamReply = UpstreamErrorReply(
                status: status, contentType: head["content-type"] ?? "application/json", body: body)
        }
        return failure
    }

    private func classify(_ error: OpenAIErrorBody) -> (FailureReason, retryable: Bool, message: String) {
        let quota = "The provider's quota or credit is used up; ask who runs this gateway to raise it."
        let limited = "The provider's rate limit is reached; try again later."
        let refused = "The provider refused the gateway's credentials (status \(status)); tell who runs this gateway."
        let rejected = "The provider refused the request with status \(status); check the request."
        let failed = "The provider failed with status \(status); try again."
        switch status {
        case 429:
            let isQuota = [error.code, error.type].contains { Self.quotaWords.contains($0 ?? "") }
            return isQuota ? (.upstreamQuota, true, quota) : (.upstreamRateLimited, true, limited)
        case 402: return (.upstreamQuota, true, quota)
        case 498: return (.upstreamRateLimited, true, limited)
        case 401, 403: return (.upstreamUnauthenticated, true, refused)
        case 400 where error.saysKeyIsInvalid: return (.upstreamUnauthenticated, true, refused)
        case 404: return (.upstreamRejected, Self.missingModelWords.contains(error.code ?? ""), rejected)
        case 408, 409: return (.upstreamError, true, failed)
        case 400..<500: return (.upstreamRejected, false, rejected)
        default: return (.upstreamError, true, failed)
        }
    }

    private static let quotaWords: Set<String> = [
        "insufficient_quota", "billing_hard_limit_reached", "billing_not_active", "quota_exceeded",
    ]
    private static let missingModelWords: Set<String> = ["model_not_found", "DeploymentNotFound"]
}

/// The few words of an error reply that say what happened.
struct OpenAIErrorBody {
    private(set) var code: String?
    private(set) var type: String?
    private(set) var isJSON = false
    /// Gemini says so with status 400.
    private(set) var saysKeyIsInvalid = false

    private enum Field: String, CaseIterable, Sendable {
        case error, code, type
        static let keys = JSONKeys<Self>()
    }

    init(_ bytes: UnsafeRawBufferPointer) {
        guard bytes.count <= OpenAIProviderFailure.bodyBytesMax, var scanner = JSONScanner(bytes) else { return }
        saysKeyIsInvalid = Self.contains(bytes, "API_KEY_INVALID")
        do throws(JSONProblem) {
            let first = scanner.peek()
            if first == UInt8(ascii: "{") { try read(&scanner) } else { try scanner.skipValue() }
            try scanner.finish()
            isJSON = first == UInt8(ascii: "{") || first == UInt8(ascii: "[")
        } catch {
            isJSON = false
        }
    }

    /// `{"error":{"code","type"}}`, or `code` and `type` at the top, as some providers send them.
    init(_ scanner: inout JSONScanner) throws(JSONProblem) { try read(&scanner) }

    private mutating func read(_ scanner: inout JSONScanner) throws(JSONProblem) {
        var members = LenientMembers(Field.keys)
        while let field = try members.next(&scanner) {
            switch (field, scanner.peek()) {
            case (.error, UInt8(ascii: "{")): try read(&scanner)
            case (.code, UInt8(ascii: "\"")): code = try scanner.text(of: scanner.string())
            case (.type, UInt8(ascii: "\"")): type = try scanner.text(of: scanner.string())
            case (.error, _), (.code, _), (.type, _): try scanner.skipValue()
            }
        }
    }

    private static func contains(_ bytes: UnsafeRawBufferPointer, _ text: StaticString) -> Bool {
        let length = text.utf8CodeUnitCount
        guard bytes.count >= length else { return false }
        return (0...bytes.count - length).contains { start in
            (0..<length).allSatisfy { bytes[start + $0] == text.utf8Start[$0] }
        }
    }
}
