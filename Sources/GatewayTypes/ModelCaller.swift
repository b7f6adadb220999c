/// Asks a model of this gateway for something small, on behalf of an exchange or of the gateway itself: the vector of a
/// text, a judge's word. The roof implements it.
///
/// What is asked becomes an exchange of its own, of the asker's trace and at the asker's cost. It passes routing, the gates
/// (budgets, breakers), attempts and settle like any other, so that it is reserved, booked and seen; it passes neither
/// authentication nor limits, guardrails or cache, and asks nothing further.
public protocol ModelCaller: Sendable {
    /// Returns within the question's deadline. Called on the asker's event loop, or from anywhere where there is none.
    func ask(_ question: ModelQuestion, for asker: Asker) async throws(Failure) -> ModelAnswer
}

/// What a model is asked.
public struct ModelQuestion: Sendable {
    public enum Content: Sendable {
        case completion(system: String, text: String, outputTokensMax: Int64)
        case embeddings([String])
    }

    /// One of the configuration's `models`.
    public let model: String
    public let content: Content
    /// What its cost is booked as.
    public let purpose: CostPurpose
    /// Seconds, all attempts together; less where the asker has less left.
    public let deadlineSeconds: Double

    public init(_ content: Content, of model: String, purpose: CostPurpose, deadlineSeconds: Double) {
        self.content = content
        self.model = model
        self.purpose = purpose
        self.deadlineSeconds = deadlineSeconds
    }
}

/// On whose behalf a model is asked.
public struct Asker: Sendable {
    /// Who pays.
    public let caller: Caller
    /// The exchange; nil: none.
    public let exchange: ExchangeID?
    /// The trace and its span that the question's span is below.
    public let trace: TraceContext?
    public let deadline: Moment
    /// The event loop that it runs on; nil: any.
    public let worker: Int?

    public init(_ exchange: borrowing Exchange) {
        caller = exchange.caller
        self.exchange = exchange.id
        trace = exchange.trace
        deadline = exchange.deadline
        worker = exchange.worker
    }

    /// The gateway itself: what it asks belongs to no team.
    public static let gateway = Asker()

    /// The same asker, who waits no longer than that.
    public func within(seconds: Double, from now: Moment) -> Asker {
        Asker(self, deadline: min(deadline, now.advanced(bySeconds: seconds)))
    }

    private init(_ asker: Asker, deadline: Moment) {
        caller = asker.caller
        exchange = asker.exchange
        trace = asker.trace
        self.deadline = deadline
        worker = asker.worker
    }

    private init() {
        caller = .unknown
        exchange = nil
        trace = nil
        deadline = .distantFuture
        worker = nil
    }
}

/// What the model answered.
public struct ModelAnswer: Sendable {
    /// Empty where vectors were asked for.
    public let text: String
    /// As many as texts were sent, in their order; empty where text was asked for.
    public let vectors: [[Float]]
    /// The exchange that it was.
    public let exchange: ExchangeID
    public let cost: Cost

    public init(text: String = "", vectors: [[Float]] = [], exchange: ExchangeID, cost: Cost) {
        self.text = text
        self.vectors = vectors
        self.exchange = exchange
        self.cost = cost
    }
}

/// What an exchange that Weir made itself was for.
public final class AskedFor: Sendable {
    public let purpose: CostPurpose
    /// The exchange on whose behalf; nil: none.
    public let asker: ExchangeID?

    public init(_ purpose: CostPurpose, asker: ExchangeID?) {
        self.purpose = purpose
        self.asker = asker
    }
}
