public import NIOCore

/// Why an exchange or an attempt did not complete: a label, and the span's `error.type`.
public enum FailureReason: String, CaseIterable, Sendable {
    // The client's side.
    case badRequest = "bad_request"
    case headTooLarge = "head_too_large"
    case payloadTooLarge = "payload_too_large"
    case unsupportedEncoding = "unsupported_encoding"
    case unauthenticated
    case notPermitted = "not_permitted"
    case notFound = "not_found"
    case methodNotAllowed = "method_not_allowed"
    case modelNotFound = "model_not_found"
    case clientTimeout = "client_timeout"
    case clientGone = "client_gone"
    case rateLimited = "rate_limited"
    // The gateway's side.
    case overloaded
    case draining
    case breakerOpen = "breaker_open"
    case budgetExceeded = "budget_exceeded"
    case storageFull = "storage_full"
    case interrupted
    case internalError = "internal_error"
    // The upstream's side.
    case upstreamConnect = "upstream_connect"
    case upstreamTLS = "upstream_tls"
    case upstreamTimeout = "upstream_timeout"
    case upstreamCut = "upstream_cut"
    case upstreamProtocol = "upstream_protocol"
    case upstreamRateLimited = "upstream_rate_limited"
    case upstreamQuota = "upstream_quota"
    case upstreamUnauthenticated = "upstream_unauthenticated"
    case upstreamRejected = "upstream_rejected"
    case upstreamError = "upstream_error"
    // A guardrail refused the request, or ended the reply: the side is that of who said what may not be said, the client's.
    case blocked

    public enum Side: String, Sendable { case client, gateway, upstream }

    /// Whose fault it is.
    public var side: Side {
        switch self {
        case .badRequest, .headTooLarge, .payloadTooLarge, .unsupportedEncoding, .unauthenticated, .notPermitted,
            .notFound,
            .methodNotAllowed, .modelNotFound, .clientTimeout, .clientGone, .rateLimited, .blocked:
            .client
        case .overloaded, .draining, .breakerOpen, .budgetExceeded, .storageFull, .interrupted, .internalError:
            .gateway
        case .upstreamConnect, .upstreamTLS, .upstreamTimeout, .upstreamCut, .upstreamProtocol, .upstreamRateLimited,
            .upstreamQuota, .upstreamUnauthenticated, .upstreamRejected, .upstreamError:
            .upstream
        }
    }

    /// The HTTP status the client sees when Weir writes the error itself.
    public var status: Int {
        switch self {
        case .badRequest, .blocked: 400
        case .payloadTooLarge: 413
        case .headTooLarge: 431
        case .unsupportedEncoding: 415
        case .unauthenticated: 401
        case .notPermitted: 403
        case .notFound, .modelNotFound: 404
        case .methodNotAllowed: 405
        case .clientTimeout: 408
        case .clientGone: 499
        case .rateLimited, .budgetExceeded, .upstreamRateLimited, .upstreamQuota: 429
        case .overloaded, .draining, .breakerOpen, .storageFull, .interrupted: 503
        case .internalError: 500
        case .upstreamTimeout: 504
        case .upstreamConnect, .upstreamTLS, .upstreamCut, .upstreamProtocol, .upstreamUnauthenticated, .upstreamError,
            .upstreamRejected:
            502
        }
    }
}

/// The one error of the gateway. Thrown by who knows; rendered by the client's dialect.
public struct Failure: Error, Sendable {
    private struct Facts {
        let reason: FailureReason
        let message: String
        var param: String?
        var retryable: Bool
        var retryAfterSeconds: Int?
        var rejectedStatus: Int?
        var budget: ConfiguredName?
        var rule: ConfiguredName?
        var fields: [ReplyField] = []
        var upstreamMessage: String?
        var upstreamReply: UpstreamErrorReply?
    }

    private var facts: Boxed<Facts>

    public init(
        _ reason: FailureReason, _ message: String, param: String? = nil, retryable: Bool = false,
        retryAfterSeconds: Int? = nil, upstreamReply: UpstreamErrorReply? = nil
    ) {
        facts = Boxed(
            Facts(
                reason: reason, message: message, param: param, retryable: retryable,
                retryAfterSeconds: retryAfterSeconds, upstreamReply: upstreamReply))
    }

    private mutating func set<Fact>(_ fact: WritableKeyPath<Facts, Fact>, _ value: Fact) {
        var changed = facts.value
        changed[keyPath: fact] = value
        facts = Boxed(changed)
    }

    public var reason: FailureReason { facts.reason }
    /// A sentence for the client: what is wrong and what to do. Never holds prompts, replies or keys.
    public var message: String { facts.message }
    /// The field of the request that is wrong (`model`, `messages[0].content`), where there is one.
    public var param: String? {
        get { facts.param }
        set { set(\.param, newValue) }
    }
    /// Whether another target may be tried; decided where the failure is thrown.
    public var retryable: Bool {
        get { facts.retryable }
        set { set(\.retryable, newValue) }
    }
    /// Seconds after which to try again, as the provider said or as Weir knows.
    public var retryAfterSeconds: Int? {
        get { facts.retryAfterSeconds }
        set { set(\.retryAfterSeconds, newValue) }
    }
    /// The status of a request that a provider rejected, for a client that is not shown the provider's own reply; nil: as
    /// the reason has it.
    public var rejectedStatus: Int? {
        get { facts.rejectedStatus }
        set { set(\.rejectedStatus, newValue) }
    }
    /// The budget that refused, and its rule where it was one that did.
    public var budget: ConfiguredName? {
        get { facts.budget }
        set { set(\.budget, newValue) }
    }
    public var rule: ConfiguredName? {
        get { facts.rule }
        set { set(\.rule, newValue) }
    }
    /// Further fields that the reply must carry (`allow` of a 405).
    public var fields: [ReplyField] {
        get { facts.fields }
        set { set(\.fields, newValue) }
    }
    /// What the provider itself said of it, in a sentence: for clients that cannot be shown `upstreamReply`.
    public var upstreamMessage: String? {
        get { facts.upstreamMessage }
        set { set(\.upstreamMessage, newValue) }
    }
    /// The provider's own error reply, passed to a client of the same dialect byte for byte.
    public var upstreamReply: UpstreamErrorReply? {
        get { facts.upstreamReply }
        set { set(\.upstreamReply, newValue) }
    }

    /// The HTTP status the client sees when Weir writes the error itself.
    public var status: Int { rejectedStatus ?? reason.status }
}

/// An error reply as the provider sent it: status, media type and body (bounded).
public struct UpstreamErrorReply: Sendable {
    public let status: Int
    public let contentType: String
    public let body: ByteBuffer

    public init(status: Int, contentType: String, body: ByteBuffer) {
        self.status = status
        self.contentType = contentType
        self.body = body
    }
}
