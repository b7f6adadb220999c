public import NIOCore

// The ports that the roof injects: what rooms need from one another without knowing one another.

// MARK: Sockets out

/// A prepared place to send requests to: everything that does not change from one request to the next.
public final class Endpoint: Sendable {
    public struct Timeouts: Sendable {
        /// Seconds; greater than 0.
        public var connectSeconds = 10.0
        /// Seconds from the request sent to the first byte of the reply.
        public var firstByteSeconds = 120.0
        /// Seconds from the request's start to the first token of a streamed reply; nil: no limit of its own.
        public var firstTokenSeconds: Double?
        /// Seconds between two pieces of a reply.
        public var idleSeconds = 60.0
        /// Seconds for the whole attempt.
        public var totalSeconds = 600.0

        public init() {}
    }

    /// Dense and unique in the process, so that engines can keep what they prepare in an array.
    public let id: Int
    public let method: Method
    public let url: String
    /// Host and port for `server.address` and `server.port`.
    public let serverAddress: String
    public let serverPort: Int
    /// Fields of every request, the provider's credential among them; never logged.
    public let fields: [ReplyField]
    public let timeouts: Timeouts
    /// Whether HTTP/2 may be used, which TLS then settles.
    public let http2: Bool
    /// Whether nothing but HTTP/2 is spoken, without TLS from the first byte: what gRPC needs.
    public let http2Only: Bool
    /// A PEM file of certificate authorities instead of the system's.
    public let caFile: String?
    /// What Weir shows of itself; nil: nothing.
    public let clientCertificate: ClientCertificate?
    /// Proves each request anew; nil where `fields` hold all that is needed.
    public let credential: (any Credential)?
    /// Values among `fields` that nobody may be shown, whoever repeats them.
    public let secrets: [String]
    /// Where its signs of life are noted; nil: nobody asks.
    public let vitals: Vitals?

    public init(
        id: Int, method: Method, url: String, serverAddress: String, serverPort: Int, fields: [ReplyField],
        timeouts: Timeouts, http2: Bool, caFile: String?, credential: (any Credential)? = nil,
        http2Only: Bool = false, clientCertificate: ClientCertificate? = nil, secrets: [String] = [],
        vitals: Vitals? = nil
    ) {
        self.secrets = secrets
        self.id = id
        self.method = method
        self.url = url
        self.serverAddress = serverAddress
        self.serverPort = serverPort
        self.fields = fields
        self.timeouts = timeouts
        self.http2 = http2 || http2Only
        self.http2Only = http2Only
        self.caFile = caFile
        self.clientCertificate = clientCertificate
        self.credential = credential
        self.vitals = vitals
    }
}

/// A certificate for the other side to know Weir by.
public struct ClientCertificate: Sendable, Equatable {
    /// PEM files; the certificate's may hold the chain and, where `keyFile` is nil, the key too.
    public let file: String
    public let keyFile: String?

    public init(file: String, keyFile: String?) {
        self.file = file
        self.keyFile = keyFile
    }
}

/// Proves to a provider who asks, where that needs more than a fixed field: a signature, or a token that runs out.
public protocol Credential: Sendable {
    /// The fields to add to one request; `fields` are those that it has already. May fetch a token first.
    /// Fails with `upstreamUnauthenticated`, retryable, where there is none to be had.
    func fields(
        method: Method, url: String, fields: [ReplyField], body: ByteBuffer, at time: WallTime
    ) async throws(Failure) -> [ReplyField]
}

/// A path of a provider that only the request knows, in the place of its endpoint's.
public struct UpstreamResource: Sendable {
    public let method: Method
    /// What follows the endpoint's URL: path and query, percent-encoded.
    public let suffix: String

    public init(method: Method, suffix: String) {
        self.method = method
        self.suffix = suffix
    }
}

/// One request to an endpoint: what changes from one to the next.
public struct UpstreamRequest: Sendable {
    public let endpoint: Endpoint
    public let fields: [ReplyField]
    public let body: ByteBuffer
    public let deadline: Moment
    /// Nil: the endpoint's own method and URL.
    public let resource: UpstreamResource?
    /// Whether it may be given up before its first token, where its provider falls silent: somebody else can serve.
    public let isReplaceable: Bool

    public init(
        endpoint: Endpoint, fields: [ReplyField], body: ByteBuffer, deadline: Moment,
        resource: UpstreamResource? = nil, isReplaceable: Bool = false
    ) {
        self.endpoint = endpoint
        self.fields = fields
        self.body = body
        self.deadline = deadline
        self.resource = resource
        self.isReplaceable = isReplaceable
    }

    public var method: Method { resource?.method ?? endpoint.method }
    public var url: String { resource.map { endpoint.url + $0.suffix } ?? endpoint.url }
}

/// Status and fields of an upstream's reply.
public struct UpstreamHead: Sendable {
    public let status: Int
    /// Names in lower case.
    public let fields: [ReplyField]
    /// Fields that came after the body, names in lower case. Only the head of a whole reply knows them (`HTTPFetcher`).
    public let trailers: [ReplyField]

    public init(status: Int, fields: [ReplyField], trailers: [ReplyField] = []) {
        self.status = status
        self.fields = fields
        self.trailers = trailers
    }

    public subscript(name: HeaderName) -> String? { fields.first { $0.name == name.text }?.value }

    /// Where a reply without a body has its trailers in the head, as gRPC's may.
    public func trailer(_ name: String) -> String? { (trailers + fields).first { $0.name == name }?.value }
}

public enum UpstreamEvent: Sendable {
    case head(UpstreamHead)
    /// All that has arrived since the last event.
    case body(ByteBuffer)
    case end
}

/// Sends requests; one per event loop, confined to it.
public protocol Upstream: AnyObject {
    func start(_ request: UpstreamRequest) -> any UpstreamExchange
    /// Asks for a WebSocket at the request's URL; its fields must hold those of the handshake, its body is not sent.
    func connect(_ request: UpstreamRequest) -> any UpstreamTunnel
}

/// A connection that an upstream was asked to go on with as a WebSocket; confined to its loop. One may read while another
/// writes.
public protocol UpstreamTunnel: AnyObject {
    /// The upstream's answer: 101, or a refusal.
    func head() async throws(Failure) -> UpstreamHead
    /// What has arrived, at least a byte; nil once the upstream has ended. After a refusal: its body.
    /// Nothing is read ahead, so that an upstream waits for a slow reader.
    func read() async throws(Failure) -> ByteBuffer?
    /// Returns when the socket has taken all of it.
    func write(_ bytes: ByteBuffer) async throws(Failure)
    /// Ends the connection at `deadline` at the latest, also while somebody waits for it.
    func limit(to deadline: Moment)
    /// Ends it now. No effect once it has ended.
    func cancel()
    var phases: AttemptPhases { get }
}

/// One request under way; confined to its loop.
public protocol UpstreamExchange: AnyObject {
    /// The next event; suspends until there is one. Bytes not asked for are held to a bound, then the upstream is paused.
    func next() async throws(Failure) -> UpstreamEvent
    /// The next event if there is one now.
    func poll() throws(Failure) -> UpstreamEvent?
    /// Calls `action` once, on the loop, when `poll` may have something again or `moment` has come; what an earlier call asked
    /// for is forgotten, and so is this by `next`.
    func whenReady(by moment: Moment?, _ action: @escaping () -> Void)
    /// Ends the exchange at `deadline` at the latest, also while `next` is suspended.
    func limit(to deadline: Moment)
    /// Ends the exchange with a timeout at `moment`, unless this is called again before; nil: no such limit.
    func expectToken(by moment: Moment?)
    /// Ends it now. No effect once it has ended.
    func cancel()
    /// When the first byte of the request was handed to the socket's engine, and the first byte of the reply came.
    var phases: AttemptPhases { get }
    /// When the bytes of the last event began to be read from the socket; nil where nobody knows. Whoever takes them may come
    /// to it later, as the loop has others to serve.
    var readAt: Moment? { get }
}

extension UpstreamExchange {
    public var readAt: Moment? { nil }
}

/// One whole small request from outside the data path (collector, JWKS, webhook).
public protocol HTTPFetcher: Sendable {
    func fetch(_ request: UpstreamRequest) async throws(Failure) -> (head: UpstreamHead, body: ByteBuffer)
}

// MARK: Sockets in

/// A whole request as the listener read it.
public struct InboundRequest: Sendable {
    public let head: RequestHead
    public let body: ByteBuffer
    /// When the first byte and the last byte of it were read.
    public let firstByte: Moment
    public let lastByte: Moment

    public init(head: RequestHead, body: ByteBuffer, firstByte: Moment, lastByte: Moment) {
        self.head = head
        self.body = body
        self.firstByte = firstByte
        self.lastByte = lastByte
    }
}

/// Whether a client is still there; confined to the loop of its connection.
public protocol ClientPresence: AnyObject, Sendable {
    /// Whether the client has left.
    var isGone: Bool { get }
    /// Called once, at once if it has happened already, when the client leaves before the end. The last one given counts.
    func whenGone(_ action: @escaping () -> Void)
}

/// The way back to a client; confined to the loop of its connection.
public protocol ReplyWriter: ClientPresence {
    /// Holds the head until the first bytes or the end, so that both leave in one write.
    func start(_ head: ReplyHead)
    /// Returns when the client has taken enough of it for more to be written.
    func write(_ bytes: ByteBuffer) async
    func end()
    /// Breaks the connection off: the reply had begun and cannot end well.
    func abort()
    /// Writes the head, after which the connection speaks HTTP no more: `write` takes raw bytes, `end` closes.
    func upgrade(_ head: ReplyHead) -> any ByteSource
}

/// What a client sends on a connection that was upgraded; confined to its loop.
public protocol ByteSource: AnyObject, Sendable {
    /// What has arrived, at least a byte; nil once the client has left or the connection was closed. Little is read ahead,
    /// so that a client waits for a slow reader.
    func read() async -> ByteBuffer?
}

/// Answers requests; called on the connection's loop, whose executor it stays on.
public protocol RequestHandler: Sendable {
    func handle(_ request: InboundRequest, on worker: Int, writer: any ReplyWriter) async
    /// Renders what the listener itself refuses (bad framing, limits), in this port's own shape.
    func render(_ failure: Failure) -> Reply
}

/// Answers a path of Weir's own on the port of the surfaces. The caller is known; no route, limit or model has a part in it.
public protocol OwnService: Sendable {
    func answer(_ request: InboundRequest, from caller: Caller) async throws(Failure) -> Reply
}

// MARK: Trying again

/// Says whether a failed attempt is made once more at the same target, and when.
public protocol RetryAdviser: Sendable {
    /// An exchange is about to make its first attempt: a part of a retry is earned.
    func began(on route: Route)
    /// Seconds to wait before the same target is tried again, which is thereby booked; nil: go on to the next target.
    /// `retries` is how many were made at this target for this exchange, `draw` is random.
    func delay(after failure: Failure, retries: Int, on route: Route, secondsLeft: Double, draw: UInt64) -> Double?
}

// MARK: Money and memory

/// What was used, and all that its price may depend on.
public struct MeteredUse: Sendable {
    public let usage: Usage
    public let operation: Operation
    /// The service tier that served; nil: the plain one.
    public let tier: String?
    public let time: WallTime
    /// How long the attempt took, for models that are paid by time.
    public let nanoseconds: Int64
    /// The model as request or reply name it: decides where the target stands for any model of a provider.
    public let model: String?

    public init(
        _ usage: Usage, operation: Operation, tier: String? = nil, at time: WallTime, nanoseconds: Int64 = 0,
        model: String? = nil
    ) {
        self.usage = usage
        self.operation = operation
        self.tier = tier
        self.time = time
        self.nanoseconds = nanoseconds
        self.model = model
    }
}

/// Turns usage into money.
public protocol Pricer: Sendable {
    func cost(of use: MeteredUse, target: Target) -> Cost
    /// Tokens for text that nobody counted, by what was learned of the model so far.
    func estimateTokens(textBytes: Int, target: Target, output: Bool) -> Int64
    /// Teaches the estimate: a provider counted `tokens` for `textBytes`.
    func observe(textBytes: Int, tokens: Int64, target: Target, output: Bool)
}

/// Where an exchange is written down before anything is spent, and again when its outcome is known.
public protocol Journal: Sendable {
    /// Takes a place for an exchange that is about to make its first attempt; nil: go on unaccounted.
    func open(_ entry: JournalEntry, worker: Int) throws(Failure) -> JournalSlot?
    /// Writes the outcome down; the place is given back once the ledger has it.
    func close(_ slot: JournalSlot, _ outcome: borrowing Outcome)
}

/// What is known when an exchange begins to spend.
public struct JournalEntry: Sendable {
    public let id: ExchangeID
    public let arrivedAt: WallTime
    public let caller: Caller
    public let route: Route
    public let target: Target
    public let operation: Operation
    /// Upper bound of what it may cost; zero where nothing bounds it.
    public let reserved: Money

    public init(
        id: ExchangeID, arrivedAt: WallTime, caller: Caller, route: Route, target: Target, operation: Operation,
        reserved: Money
    ) {
        self.id = id
        self.arrivedAt = arrivedAt
        self.caller = caller
        self.route = route
        self.target = target
        self.operation = operation
        self.reserved = reserved
    }
}

/// A place in the journal.
public struct JournalSlot: Sendable {
    public let index: Int
    @inlinable public init(index: Int) { self.index = index }
}
