import GatewayTypes
import JSON

/// An error as Bedrock names it, in an error reply or inside a stream.
struct BedrockError {
    /// `ThrottlingException`; a stream writes it with a small first letter.
    let name: String
    /// Nil inside a stream.
    let status: Int?
    /// What Bedrock says of it.
    let message: String?

    var failure: Failure {
        let kind = kind
        var failure = Failure(kind.reason, sentence(kind), retryable: kind.isRetryable)
        // What is said of a refused identity is about Weir's own, and may name its account or key.
        let isAccess = name.hasPrefix("AccessDenied") && message?.contains("arn:") == false
        if failure.reason != .upstreamUnauthenticated || isAccess { failure.upstreamMessage = message }
        return failure
    }

    private var kind: ProviderErrorKind {
        let missing: Set<String> = ["The provided model identifier is invalid."]
        return switch name.prefix(1).uppercased() + name.dropFirst() {
        case "ThrottlingException", "TooManyRequestsException": .rateLimited
        case "ServiceQuotaExceededException": .quota
        case "AccessDeniedException", "UnrecognizedClientException", "ExpiredTokenException",
            "InvalidSignatureException", "IncompleteSignatureException", "MissingAuthenticationTokenException",
            "MissingAuthenticationToken", "InvalidClientTokenId", "NotAuthorized", "OptInRequired":
            .credentialsRefused
        case "ModelTimeoutException": .tookTooLong
        case "ModelNotReadyException", "ModelErrorException", "ModelStreamErrorException", "InternalServerException",
            "ServiceUnavailableException", "InternalFailure", "ConflictException":
            .failed
        // Another target may have the model.
        case "ResourceNotFoundException": .rejected(elsewhere: true)
        case "ValidationException": .rejected(elsewhere: missing.contains(message ?? ""))
        case _: kindByStatus
        }
    }

    private var kindByStatus: ProviderErrorKind {
        switch status {
        case 404?: .rejected(elsewhere: true)
        case 408?: .tookTooLong
        case 424?, nil: .failed
        case let status?: ProviderErrorKind(status: status)
        }
    }

    private func sentence(_ kind: ProviderErrorKind) -> String {
        let word = name.isEmpty ? "" : " (\(name.prefix(64)))"
        let place = status.map { "with status \($0)" } ?? "inside its reply"
        return switch kind {
        case .rateLimited: "The provider's rate limit is reached\(word); try again later."
        case .quota: "The provider's quota is used up\(word); ask who runs this gateway to raise it."
        case .credentialsRefused:
            "The provider refused the gateway's credentials \(place)\(word); tell who runs this gateway."
        case .rejected: "The provider refused the request \(place)\(word); check the request."
        case .tookTooLong: "The model took too long to answer\(word); try again."
        case .failed, .overloaded: "The provider failed \(place)\(word); try again."
        }
    }

    /// `message` or `Message` of an error, cut.
    static func message(in error: JSONValue) -> String? {
        (error["message"] ?? error["Message"])?.string.map {
            String($0.prefix(ProviderErrorReply.messageCharactersMax))
        }
    }
}

extension BedrockError {
    /// An error reply as a failure that carries it.
    static func failure(_ reply: ProviderErrorReply, now: WallTime) -> Failure {
        let root = reply.document
        // `ValidationException:http://…`, or `com.amazon.coral.service#ValidationException` in the body.
        let named = reply.head["x-amzn-errortype"]?.split(separator: ":").first.map(String.init)
        let name = named ?? root?["__type"]?.string.map { $0.split(separator: "#").last.map(String.init) ?? $0 }
        let error = BedrockError(name: name ?? "", status: reply.status, message: root.flatMap { message(in: $0) })
        var failure = error.failure
        failure.retryAfterSeconds = RetryAfter.seconds(reply.head, now: now)
        if root?.isObject == true, failure.reason != .upstreamUnauthenticated || failure.upstreamMessage != nil {
            failure.upstreamReply = reply.passed
        }
        return failure
    }
}
