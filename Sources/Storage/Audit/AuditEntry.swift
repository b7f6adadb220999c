public import GatewayTypes

/// What an entry of the audit log tells of: the label `action` of `weir_audit_entries_total`.
public enum AuditAction: String, CaseIterable, Sendable {
    case start = "process.start"
    case stop = "process.stop"
    case reload = "configuration.reload"
    case reloadFailed = "configuration.reload_failed"
    /// Something was declared, changed or deleted through the admin API.
    case change = "configuration.change"
    /// An operator moved traffic by hand, or ended that.
    case override = "override.change"
    /// An operator took a target out, or back.
    case drain = "drain.change"
    /// The price catalogue, or the overrides of prices, are others than before.
    case prices = "prices.change"
    /// A budget's rule has changed its state, and acts on nothing.
    case rule = "budget.rule"
    /// Likewise, and began or ended to act.
    case reroute = "budget.reroute"
    case refuse = "budget.refuse"
    case clamp = "budget.clamp"
    /// A canary did worse than the others and gets no more requests.
    case canaryHalt = "canary.halt"
    /// One that was halted begins anew.
    case canaryReset = "canary.reset"
    /// A guardrail masked something, or refused; one entry tells of many (`GuardrailDeeds`).
    case guardrailMask = "guardrail.mask"
    case guardrailBlock = "guardrail.block"
    case testNotify = "notify.test"
    /// An operator threw stored replies away.
    case cachePurge = "cache.purge"
    /// A stored key was made, changed, given a new secret, revoked or deleted.
    case keyCreate = "key.create"
    case keyChange = "key.change"
    case keyRotate = "key.rotate"
    case keyRevoke = "key.revoke"
    case keyDelete = "key.delete"
    /// A key was used from a network that it had not been used from.
    case keyNetwork = "key.new_network"
    /// Entries that could not be kept while the ledger did not take any; `after` says how many.
    case lost = "audit.lost"
}

/// What was done: who, what, before, after, why.
public struct AuditEvent: Sendable, Equatable {
    public var at: WallTime
    /// Who: `key:` and where an admin key comes from, `signal:` and its name, `rule:` with budget and rule,
    /// `guardrail:` and its name, `process`.
    public var actor: String
    public var action: AuditAction
    /// What it was done to, by name; empty where the action says it all.
    public var subject: String
    public var before: String?
    public var after: String?
    /// Why: what was seen, with its values.
    public var reason: String?
    public var exchange: ExchangeID?
    /// 32 hexadecimal digits.
    public var traceID: String?

    public init(
        at: WallTime = .now(), actor: String, action: AuditAction, subject: String = "", before: String? = nil,
        after: String? = nil, reason: String? = nil, exchange: ExchangeID? = nil, traceID: String? = nil
    ) {
        self.at = at
        self.actor = actor
        self.action = action
        self.subject = subject
        self.before = before
        self.after = after
        self.reason = reason
        self.exchange = exchange
        self.traceID = traceID
    }
}

/// An event in its place of the chain.
public struct AuditEntry: Sendable, Equatable {
    /// From 1, without gaps.
    public let sequence: Int64
    public let event: AuditEvent
    /// 32 bytes: see `AuditChain`.
    public let hash: [UInt8]

    /// The hash as 64 hexadecimal digits.
    public var hashText: String { Hex.text(hash) }
}
