import GatewayTypes
import JSON
import NIOCore

/// An error as Bedrock names it, in an error reply or inside a stream.
struct BedrockError {
    static let messageCharactersMax = 500
    /// Longer error replies are not read.
    static let bodyBytesMax = 64 * 1024

    /// `ThrottlingException`; a stream writes it with a small first letter.
    let name: String
    /// Nil inside a stream.
    let status: Int?
    /// What Bedrock says of it.
    let message: String?

    var failure: Failure {
        let (reason, retryable) = classify()
        var failure = Failure(reason, sentence(reason), retryable: retryable)
        // What is said of a refused identity is about Weir's own, and may name its account or key.
        let isAccess = name.hasPrefix("AccessDenied") && message?.contains("arn:") == false
        if reason != .upstreamUnauthenticated || isAccess { failure.upstreamMessage = message }
        return failure
    }

    private func classify() -> (FailureReason, retryable: Bool) {
        let missing: Set<String> = ["The provided model identifier is invalid."]
        switch name.prefix(1).uppercased() + name.dropFirst() {
        case "ThrottlingException", "TooManyRequestsException": return (.upstreamRateLimited, true)
        case "ServiceQuotaExceededException": return (.upstreamQuota, true)
        case "AccessDeniedException", "UnrecognizedClientException", "ExpiredTokenException",
            "InvalidSignatureException", "IncompleteSignatureException", "MissingAuthenticationTokenException",
            "MissingAuthenticationToken", "InvalidClientTokenId", "NotAuthorized", "OptInRequired":
            return (.upstreamUnauthenticated, true)
        case "ModelTimeoutException": return (.upstreamTimeout, true)
        case "ModelNotReadyException", "ModelErrorException", "ModelStreamErrorException", "InternalServerException",
            "ServiceUnavailableException", "InternalFailure", "ConflictException":
            return (.upstreamError, true)
        // Another target may have the model.
        case "ResourceNotFoundException": return (.upstreamRejected, true)
        case "ValidationException": return (.upstreamRejected, missing.contains(message ?? ""))
        default: return byStatus()
        }
    }

    private func byStatus() -> (FailureReason, retryable: Bool) {
        switch status {
        case 401?, 403?: (.upstreamUnauthenticated, true)
        case 402?: (.upstreamQuota, true)
        case 404?: (.upstreamRejected, true)
        case 408?: (.upstreamTimeout, true)
        case 409?, 424?: (.upstreamError, true)
        case 429?: (.upstreamRateLimited, true)
        case .some(400..<500): (.upstreamRejected, false)
        case .some, nil: (.upstreamError, true)
        }
    }

    private func sentence(_ reason: FailureReason) -> String {
        let word = name.isEmpty ? "" : " (\(name.prefix(64)))"
        let place = status.map { "with status \($0)" } ?? "inside its reply"
        return switch reason {
        case .upstreamRateLimited: "The provider's rate limit is reached\(word); try again later."
        case .upstreamQuota:
            "The provider's quota is used up\(word); ask who runs this gateway to raise it."
        case .upstreamUnauthenticated:
            "The provider refused the gateway's credentials \(place)\(word); tell who runs this gateway."
        case .upstreamRejected: "The provider refused the request \(place)\(word); check the request."
        case .upstreamTimeout: "The model took too long to answer\(word); try again."
        case .badRequest, .headTooLarge, .payloadTooLarge, .unsupportedEncoding, .unauthenticated, .notPermitted,
            .notFound, .methodNotAllowed, .modelNotFound, .clientTimeout, .clientGone, .rateLimited, .overloaded,
            .draining,
            .breakerOpen, .budgetExceeded, .storageFull, .interrupted, .internalError, .upstreamConnect, .upstreamTLS,
            .upstreamCut, .upstreamProtocol, .upstreamError, .blocked:
            "The provider failed \(place)\(word); try again."
        }
    }

    /// `message` or `Message` of an error's body, cut to `messageCharactersMax`.
    static func message(in body: ByteBuffer) -> String? { document(body).flatMap { message(in: $0.root) } }

    static func message(in error: JSONValue) -> String? {
        (error["message"] ?? error["Message"])?.string.map { String($0.prefix(messageCharactersMax)) }
    }

    fileprivate static func document(_ body: ByteBuffer) -> JSONDocument? {
        guard body.readableBytes <= bodyBytesMax else { return nil }
        do throws(JSONProblem) { return try JSONDocument(body) } catch { return nil }
    }
}

extension BedrockError {
    /// An error reply as a failure that carries it.
    static func failure(status: Int, head: UpstreamHead, body: ByteBuffer, now: WallTime) -> Failure {
        let root = document(body)?.root
        // `ValidationException:http://…`, or `com.amazon.coral.service#ValidationException` in the body.
        let named = head["x-amzn-errortype"]?.split(separator: ":").first.map(String.init)
        let name = named ?? root?["__type"]?.string.map { $0.split(separator: "#").last.map(String.init) ?? $0 }
        let error = BedrockError(name: name ?? "", status: status, message: root.flatMap { message(in: $0) })
        var failure = error.failure
        failure.retryAfterSeconds = RetryAfter.seconds(head, now: now)
        if root?.isObject == true, failure.reason != .upstreamUnauthenticated || failure.upstreamMessage != nil {
            failure.upstreamReply = UpstreamErrorReply(
                status: status, contentType: head["content-type"] ?? "application/json", body: body)
        }
        return failure
    }
}
