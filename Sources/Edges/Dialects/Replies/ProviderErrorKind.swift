import GatewayTypes

/// What an error of a provider comes to.
enum ProviderErrorKind {
    /// The account's allowance or money is used up.
    case quota
    case rateLimited
    /// The gateway's own credentials.
    case credentialsRefused
    /// `elsewhere`: another target may take the same request.
    case rejected(elsewhere: Bool)
    case overloaded
    case tookTooLong
    case failed

    /// What a status says by itself. A dialect looks first for what its provider says in words of its own.
    init(status: Int) {
        self =
            switch status {
            case 401, 403: .credentialsRefused
            case 402: .quota
            case 408, 409: .failed
            case 429: .rateLimited
            case 400..<500: .rejected(elsewhere: false)
            default: .failed
            }
    }

    var reason: FailureReason {
        switch self {
        case .quota: .upstreamQuota
        case .rateLimited: .upstreamRateLimited
        case .credentialsRefused: .upstreamUnauthenticated
        case .rejected: .upstreamRejected
        case .tookTooLong: .upstreamTimeout
        case .overloaded, .failed: .upstreamError
        }
    }

    /// Whether another target, or the same one with another key, may do better.
    var isRetryable: Bool {
        switch self {
        case .rejected(let elsewhere): elsewhere
        case .quota, .rateLimited, .credentialsRefused, .overloaded, .tookTooLong, .failed: true
        }
    }

    /// For the client.
    func sentence(status: Int) -> String {
        switch self {
        case .quota: "The provider's quota or credit is used up; ask who runs this gateway to raise it."
        case .rateLimited: "The provider's rate limit is reached; try again later."
        case .credentialsRefused:
            "The provider refused the gateway's credentials (status \(status)); tell who runs this gateway."
        case .rejected: "The provider refused the request with status \(status); check the request."
        case .overloaded: "The provider is overloaded; try again later."
        case .tookTooLong: "The provider took too long (status \(status)); try again."
        case .failed: "The provider failed with status \(status); try again."
        }
    }
}
