/// How the phases of one attempt took; nanoseconds, 0 where the phase did not occur.
public struct AttemptPhases: Sendable {
    public var dns: Int64 = 0
    public var connect: Int64 = 0
    public var tls: Int64 = 0
    /// From the request sent to the first byte of the reply.
    public var wait: Int64 = 0
    /// From the first byte to the last.
    public var stream: Int64 = 0
    /// Whether a pooled connection was used again.
    public var reused = false

    public init() {}
}

/// Where the money and tokens of a reply that its client left came from.
public enum AbortBilling: String, CaseIterable, Sendable { case drained, estimated, none }

/// Whether, and why, an exchange was served by another target than the first that its route names.
public enum Moved: String, CaseIterable, Sendable {
    case no, budget, fallback, latency, weight, content, cost, load, quality, hedge, canary, override
}

/// The result of one attempt.
public struct AttemptOutcome: Sendable {
    public let target: Target
    public let spanID: UInt64
    /// Which of the provider's several keys was used; nil where there is one.
    public var key: ProviderKey?
    public var method = Method.post
    public let began: Moment
    public var ended: Moment
    public var phases = AttemptPhases()
    /// The provider's HTTP status; 0 when none came.
    public var status = 0
    /// Nil when the attempt completed.
    public var failure: Failure?
    public var firstToken: Moment?
    public var firstVisibleToken: Moment?
    /// Times between the pieces of generated text, in a streamed reply.
    public var gaps = TokenGaps()
    public var providerRequestID: String?
    /// What the provider said of its limits.
    public var rateLimits: [RateLimit] = []
    public var resendCount = 0
    /// Whether a streamed reply was asked for.
    public var streams = false
    /// Set where it raced another attempt.
    public var hedge: HedgeMark?
    /// What it consumed and cost; nothing where the model had not begun.
    public var usage = Usage()
    public var cost: Cost = .nothing
    /// What it would have cost where it was meant to go: the cost, unless a budget moved it.
    public var demand: Money = .zero

    public init(target: Target, spanID: UInt64, began: Moment) {
        self.target = target
        self.spanID = spanID
        self.began = began
        ended = began
    }

    /// Which of the provider's keys was used, by its name.
    public var keyAlias: String { key?.name ?? target.keyAlias }
}

/// The one record of how an exchange went. Metrics, access log, ledger, spans and budgets are renderings of it.
public struct Outcome: Sendable {
    public let id: ExchangeID
    /// Fixed once the route is known, before anything is sent to a provider.
    public var trace: TraceContext
    /// The span that the client named as its own where it is not trusted as the parent.
    public var clientSpan: TraceLink?
    /// Whether an authorised caller asked for its trace to be kept.
    public var isDebugged = false
    /// Why its trace is kept; nil: it is not. Decided at the end.
    public var kept: SamplingReason?
    /// What the caller's `baggage` said under the configured keys.
    public var baggage: [BaggageEntry] = []
    public let arrived: Moment
    public let arrivedAt: WallTime
    public var ended: Moment

    public let method: Method
    /// The route of the HTTP conventions: a template such as `/v1/chat/completions`, never a raw path.
    public var httpRoute: String
    public let clientAddress: String
    /// Whether the client's connection is.
    public var isEncrypted = false
    public let userAgent: String?
    public var surface: Surface
    public var operation: Operation?
    public var askedModel: String?
    public var requestFacts: Boxed<RequestFacts>?
    public var stream = false
    public var caller: Caller = .unknown
    public var route: Route = .none
    public var moved: Moved = .no
    /// What a budget decided about it; nil: nothing.
    public var override: Override?
    /// Why routing put the first target first; nil where there was nothing to choose.
    public var choice: RouteChoice?
    /// The class of its request; nil where its route classifies nothing.
    public var classification: Classification?
    /// What it was asked for, where Weir asked itself; nil: a client did.
    public var asked: AskedFor?
    public var notes: [Note] = []
    /// Fields of the client's request that were left out because the target cannot do them.
    public var dropped: [String] = []
    /// What few exchanges have: a template, callouts. Nil: none of it.
    public var extras: ExchangeExtras?
    /// What was said, where the route shows it in traces. Nothing but a span may hold it.
    public var content: CapturedContent?

    /// Nil when the exchange completed.
    public var failure: Failure?
    /// The status the client got, or would have got.
    public var status = 0
    public var requestBytes = 0
    public var replyBytes = 0

    public var attempts: [AttemptOutcome] = []
    /// The attempt that the reply came from: an index into `attempts`.
    public var servedAttempt: Int?
    public var hops = HopTimes()
    /// Time that Weir held bytes: last request byte read → first upstream byte written, plus per reply event read → written.
    public var overheadNanoseconds: Int64 = 0

    /// When the client's connection was handed the first bytes of a streamed reply that hold a token, and a visible one.
    /// Later than the attempt's own moments where a filter held the reply back.
    public var firstTokenSent: Moment?
    public var firstVisibleTokenSent: Moment?

    public var reply = ReplyFacts()
    /// What the last attempt consumed that consumed anything, and its cost; see `wholeUsage` and `wholeCost`.
    public var usage = Usage()
    public var cost: Cost = .nothing
    public var purpose: CostPurpose = .served
    /// What the exchange would have cost if no budget had moved it.
    public var demand: Money = .zero
    /// Set when the client left before the end.
    public var abortBilling: AbortBilling?
    /// Whether the ledger knows this exchange: not when it made no attempt, nor under `when_full: continue_unaccounted`
    /// when the journal was full.
    public var accounted = false

    public init(
        id: ExchangeID, trace: TraceContext, arrived: Moment, arrivedAt: WallTime, method: Method, httpRoute: String,
        clientAddress: String, userAgent: String?, surface: Surface
    ) {
        self.id = id
        self.trace = trace
        self.arrived = arrived
        self.arrivedAt = arrivedAt
        ended = arrived
        self.method = method
        self.httpRoute = httpRoute
        self.clientAddress = clientAddress
        self.userAgent = userAgent
        self.surface = surface
    }

    /// The target that served, or that was tried last.
    public var target: Target? {
        if let servedAttempt { return attempts[servedAttempt].target }
        return attempts.last?.target
    }

    /// The notes, and the choice of the target in words.
    public var explanations: [Note] { choice.map { notes + [Note(.routing, $0.text)] } ?? notes }

    /// The label `outcome`: `completed` or the failure's reason.
    public var result: String { failure?.reason.rawValue ?? "completed" }
}
