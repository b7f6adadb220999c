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

    public init(exchange: Exchange, spanID: UInt64, now: @escaping @Sendable () -> Moment) {
        self.exchange = exchange
        self.spanID = spanID
        self.now = now
    }
}

/// What a callout decided.
public struct CalloutAnswer: Sendable {
    public var record: CalloutRecord
    /// Nil: the exchange goes on.
    public var denial: Failure?
    /// What it changes in the request; empty: nothing.
    public var edit = RequestEdit()
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

/// What only few exchanges have, in one place aside. A change makes a new one.
public final class ExchangeExtras: Sendable {
    private struct Facts: Sendable {
        var template: TemplateUse?
        var callouts: [CalloutRecord] = []
        var upstreamFields: [ReplyField] = []
        var waitedNanoseconds: Int64 = 0
        var cache: CacheUse?
    }

    private let facts: Facts

    public static let none = ExchangeExtras(Facts())

    public convenience init(
        template: TemplateUse?, callouts: [CalloutRecord], upstreamFields: [ReplyField], waitedNanoseconds: Int64 = 0,
        cache: CacheUse? = nil
    ) {
        self.init(
            Facts(
                template: template, callouts: callouts, upstreamFields: upstreamFields,
                waitedNanoseconds: waitedNanoseconds, cache: cache))
    }

    private init(_ facts: Facts) { self.facts = facts }

    public var template: TemplateUse? { facts.template }
    public var callouts: [CalloutRecord] { facts.callouts }
    /// Fields that callouts add to what the provider is sent.
    public var upstreamFields: [ReplyField] { facts.upstreamFields }
    /// How long it waited for a limit.
    public var waitedNanoseconds: Int64 { facts.waitedNanoseconds }
    /// What the cache did; nil: its route has none.
    public var cache: CacheUse? { facts.cache }

    public func with(template: TemplateUse) -> ExchangeExtras { changed { $0.template = template } }

    public func with(waitedNanoseconds: Int64) -> ExchangeExtras {
        changed { $0.waitedNanoseconds = waitedNanoseconds }
    }

    public func with(cache: CacheUse) -> ExchangeExtras { changed { $0.cache = cache } }

    public func with(callout: CalloutRecord, fields: [ReplyField]) -> ExchangeExtras {
        changed { facts in
            facts.callouts.append(callout)
            facts.upstreamFields.removeAll { old in fields.contains { $0.name == old.name } }
            facts.upstreamFields += fields
        }
    }

    private func changed(_ change: (inout Facts) -> Void) -> ExchangeExtras {
        var facts = facts
        change(&facts)
        return ExchangeExtras(facts)
    }
}
