import GatewayTypes

// Positions of closed sets in arrays of cells. The compiler keeps them complete, a test keeps them equal to `allCases`.

/// The cases of closed sets as arrays that are made once: `allCases` makes a new one at each call.
enum Cases {
    static let hops = Hop.allCases
    static let tokenTypes = TokenType.allCases
    static let phases = AttemptPhase.allCases
}

extension FailureReason {
    var ordinal: Int {
        switch self {
        case .badRequest: 0
        case .headTooLarge: 1
        case .payloadTooLarge: 2
        case .unsupportedEncoding: 3
        case .unauthenticated: 4
        case .notPermitted: 5
        case .notFound: 6
        case .methodNotAllowed: 7
        case .modelNotFound: 8
        case .clientTimeout: 9
        case .clientGone: 10
        case .rateLimited: 11
        case .overloaded: 12
        case .draining: 13
        case .breakerOpen: 14
        case .budgetExceeded: 15
        case .storageFull: 16
        case .interrupted: 17
        case .internalError: 18
        case .upstreamConnect: 19
        case .upstreamTLS: 20
        case .upstreamTimeout: 21
        case .upstreamCut: 22
        case .upstreamProtocol: 23
        case .upstreamRateLimited: 24
        case .upstreamQuota: 25
        case .upstreamUnauthenticated: 26
        case .upstreamRejected: 27
        case .upstreamError: 28
        case .blocked: 29
        }
    }
}

extension CostPurpose {
    var ordinal: Int {
        switch self {
        case .served: 0
        case .fallback: 1
        case .retry: 2
        case .shadow: 3
        case .guardrail: 4
        case .embedding: 5
        case .classification: 6
        case .aborted: 7
        }
    }
}

extension Moved {
    var ordinal: Int {
        switch self {
        case .no: 0
        case .budget: 1
        case .fallback: 2
        case .latency: 3
        case .weight: 4
        case .content: 5
        case .cost: 6
        case .load: 7
        case .quality: 8
        case .hedge: 9
        case .canary: 10
        case .override: 11
        }
    }
}

extension AbortBilling {
    var ordinal: Int {
        switch self {
        case .drained: 0
        case .estimated: 1
        case .none: 2
        }
    }
}

extension Method {
    var ordinal: Int {
        switch self {
        case .get: 0
        case .head: 1
        case .post: 2
        case .put: 3
        case .patch: 4
        case .delete: 5
        case .options: 6
        case .other: 7
        }
    }
}
