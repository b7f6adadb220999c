import GatewayTypes

extension Breaker.Result {
    /// What an attempt says about its target's health. A rate limit says nothing, nor does a provider that asks for a pause
    /// (503 with `retry-after`): both cool the target down instead. A request that was rejected was answered.
    init(_ outcome: borrowing AttemptOutcome) {
        guard let failure = outcome.failure else {
            self = .succeeded
            return
        }
        switch failure.reason {
        case .upstreamError where outcome.status == 503 && failure.retryAfterSeconds != nil: self = .unknown
        case .upstreamConnect, .upstreamTLS, .upstreamTimeout, .upstreamCut, .upstreamProtocol, .upstreamError:
            self = .failed
        case .upstreamRejected: self = .succeeded
        case .badRequest, .headTooLarge, .payloadTooLarge, .unsupportedEncoding, .unauthenticated, .notPermitted,
            .notFound, .methodNotAllowed, .modelNotFound, .clientTimeout, .clientGone, .rateLimited, .overloaded,
            .draining,
            .breakerOpen, .budgetExceeded, .storageFull, .interrupted, .internalError, .blocked, .upstreamRateLimited,
            .upstreamQuota, .upstreamUnauthenticated:
            self = .unknown
        }
    }
}
