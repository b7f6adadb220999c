public import NIOCore

/// A service of the operator's own that is asked about an exchange at a hop.
public protocol Callout: Sendable {
    var name: ConfiguredName { get }
    /// It is asked once this hop's own work is done; `settle`: it is told, and nobody waits for it.
    var hop: Hop { get }
    /// Whether it has a say about this exchange. `exchange.route` is that of the asked model, where there is one.
    func concerns(_ exchange: borrowing Exchange) -> Bool
    /// Asks it. Never fails: where the service does, the answer is what the configuration says of that.
    func ask(_ question: CalloutQuestion) async -> CalloutAnswer
    /// Counts a question, once what it asked for has been done, or could not be.
    func conclude(_ record: CalloutRecord)
    /// Takes note of an exchange that is over, for later. Only at `settle`.
    func tell(_ outcome: borrowing Outcome)
}

/// What a callout is asked about.
public struct CalloutQuestion: Sendable {
    public let exchange: Exchange
    /// The span of the question.
    public let spanID: UInt64
    public let now: @Sendable () -> Moment
    /// What is about to be sent; nil: no attempt is made yet.
    public let outgoing: OutgoingRequest?

    public init(
        exchange: Exchange, spanID: UInt64, now: @escaping @Sendable () -> Moment, outgoing: OutgoingRequest? = nil
    ) {
        self.exchange = exchange
        self.spanID = spanID
        self.now = now
        self.outgoing = outgoing
    }
}

/// An attempt that every gate has admitted and that has not begun.
public struct OutgoingRequest: Sendable {
    public let target: Target
    /// From 1, in the exchange.
    public let number: Int
    /// In the provider's dialect.
    public let body: ByteBuffer
    /// The most that it may cost, as budgets reserved it; zero where none counts it.
    public let reserved: Money

    public init(target: Target, number: Int, body: ByteBuffer, reserved: Money) {
        self.target = target
        self.number = number
        self.body = body
        self.reserved = reserved
    }
}

/// What a callout decided.
public struct CalloutAnswer: Sendable {
    public var record: CalloutRecord
    /// Nil: the exchange goes on.
    public var denial: Failure?
    /// What it changes in the request; empty: nothing.
    public var edit = RequestEdit()
    /// What is sent to the provider instead of `OutgoingRequest.body`; nil: that.
    public var outgoingBody: ByteBuffer?
    /// The model to go on with; nil: the asked one.
    public var model: String?
    /// Fields for the provider.
    public var fields: [ReplyField] = []
    /// What follows where the edit cannot be made: the service's fault.
    public var denialOfBadEdit: Failure?

    public init(record: CalloutRecord) { self.record = record }
}

/// How asking a callout went: the label `result`.
public enum CalloutResult: String, CaseIterable, Sendable {
    case allow, deny, annotate, rewrite
    /// It did not answer in time, could not be reached, or answered something else than 200 or 204.
    case timeout, unreachable, refused
    /// Its answer makes no sense, or changes what it may not.
    case malformed
    /// The request is larger than it may be sent.
    case tooLarge = "too_large"
    /// As many questions as may be are under way, or it is left alone after failures.
    case busy
    case breakerOpen = "breaker_open"

    public var isError: Bool {
        switch self {
        case .allow, .deny, .annotate, .rewrite: false
        case .timeout, .unreachable, .refused, .malformed, .tooLarge, .busy, .breakerOpen: true
        }
    }

    /// Whether the service itself is to blame, so that it may be left alone for a while.
    public var blamesService: Bool {
        switch self {
        case .timeout, .unreachable, .refused, .malformed: true
        case .allow, .deny, .annotate, .rewrite, .tooLarge, .busy, .breakerOpen: false
        }
    }
}

/// One question to a callout, for the trace.
public struct CalloutRecord: Sendable {
    public let name: ConfiguredName
    public let hop: Hop
    public let spanID: UInt64
    public let serverAddress: String
    public let serverPort: Int
    public let began: Moment
    public var ended: Moment
    public var result = CalloutResult.allow
    /// Whether a request was sent to it.
    public var isSent = false
    /// The HTTP status; 0 where none came.
    public var status = 0
    /// What it says of the exchange.
    public var attributes: [(key: String, value: String)] = []

    public init(
        name: ConfiguredName, hop: Hop, spanID: UInt64, serverAddress: String, serverPort: Int, began: Moment
    ) {
        self.name = name
        self.hop = hop
        self.spanID = spanID
        self.serverAddress = serverAddress
        self.serverPort = serverPort
        self.began = began
        ended = began
    }
}
