public import GatewayTypes

/// One exchange as the ledger keeps it: a rendering of its `Outcome`.
public struct LedgerRow: Sendable, Equatable {
    public var id: ExchangeID
    public var arrivedAt: WallTime
    public var durationNanoseconds: Int64 = 0
    /// The process that served it: a random number drawn at start-up.
    public var instance: UInt64
    /// The event loop that served it.
    public var worker: Int

    public var operation = ""
    public var surface = ""
    public var route = ""
    public var team = ""
    public var caller = ""
    public var keyAlias = ""
    public var provider = ""
    public var providerKeyAlias = ""
    public var askedModel = ""
    public var servedModel = ""
    public var responseModel: String?
    public var providerRequestID: String?

    /// `completed` or the failure's reason.
    public var outcome = ""
    /// The HTTP status that the client got; 0 where it got none.
    public var status = 0
    public var moved = ""
    /// The budget and rule that decided about it, and the route that it was moved to.
    public var budget: String?
    public var rule: String?
    public var reroutedTo: String?
    /// What it would have cost if no budget had moved it; nil where none did.
    public var demand: Money?
    public var stream = false
    public var attempts = 0

    public var usage = Usage()
    public var cost = Cost.nothing
    public var purpose = ""
    public var abortBilling: String?
    /// From the exchange's arrival to the first token's being handed to the client.
    public var firstTokenNanoseconds: Int64?
    public var traceHigh: UInt64 = 0
    public var traceLow: UInt64 = 0
    public var spanID: UInt64 = 0
    /// What an exchange that was interrupted might have cost at most, where that was known.
    public var reserved: Money?

    public init(id: ExchangeID, arrivedAt: WallTime, instance: UInt64, worker: Int) {
        self.id = id
        self.arrivedAt = arrivedAt
        self.instance = instance
        self.worker = worker
    }

    public init(_ outcome: borrowing Outcome, instance: UInt64, worker: Int) {
        self.init(id: outcome.id, arrivedAt: outcome.arrivedAt, instance: instance, worker: worker)
        durationNanoseconds = outcome.ended.nanoseconds(since: outcome.arrived)
        operation = outcome.operation?.rawValue ?? ""
        surface = outcome.surface.rawValue
        route = outcome.route.name.text
        team = outcome.caller.team.text
        caller = outcome.caller.name.text
        keyAlias = outcome.caller.keyAlias
        if let target = outcome.target {
            provider = target.provider.text
            servedModel = target.servedModel.text
        }
        askedModel = outcome.askedModel ?? ""
        responseModel = outcome.reply.responseModel
        if let served = outcome.servedAttempt ?? outcome.attempts.indices.last {
            providerRequestID = outcome.attempts[served].providerRequestID
            providerKeyAlias = outcome.attempts[served].keyAlias
        }
        firstTokenNanoseconds = outcome.firstTokenSent?.nanoseconds(since: outcome.arrived)
        self.outcome = outcome.result
        status = outcome.status
        moved = outcome.moved.rawValue
        if let override = outcome.override {
            budget = override.budget.text
            rule = override.rule.text
            if case .reroute(_, let to) = override.action {
                reroutedTo = to.text
                demand = outcome.wholeDemand
            }
        }
        stream = outcome.stream
        attempts = outcome.attempts.count
        usage = outcome.wholeUsage
        cost = outcome.wholeCost
        purpose = outcome.purpose.rawValue
        abortBilling = outcome.abortBilling?.rawValue
        traceHigh = outcome.trace.traceHigh
        traceLow = outcome.trace.traceLow
        spanID = outcome.trace.spanID
    }

    /// What is left of an exchange whose process ended before its outcome was known: what it was, and that nobody
    /// knows what it used.
    public init(interrupted entry: JournalEntry, instance: UInt64, worker: Int) {
        self.init(id: entry.id, arrivedAt: entry.arrivedAt, instance: instance, worker: worker)
        operation = entry.operation.rawValue
        route = entry.route.name.text
        team = entry.caller.team.text
        caller = entry.caller.name.text
        keyAlias = entry.caller.keyAlias
        provider = entry.target.provider.text
        providerKeyAlias = entry.target.keyAlias
        servedModel = entry.target.servedModel.text
        outcome = FailureReason.interrupted.rawValue
        moved = Moved.no.rawValue
        attempts = 1
        purpose = CostPurpose.served.rawValue
        reserved = entry.reserved == .zero ? nil : entry.reserved
    }
}
