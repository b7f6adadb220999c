/// A hop on the way in. Stages enter in order; what they leave behind filters the reply in reverse and is settled once.
///
/// A stage cannot time itself: the core times it. It sees neither its siblings nor any telemetry.
public protocol Stage: Sendable {
    static var hop: Hop { get }
    func enter(_ exchange: inout Exchange) async throws(Failure) -> Passage
}

/// What a stage decided.
public enum Passage {
    /// Go on.
    case pass
    /// Go on, and let this watch the reply and the end.
    case follow(any ReplyFilter)
    /// Enter nothing further; this is the reply, and it passes the filters already entered.
    case answer(Reply)
    /// Go on, and hand this what the provider said, once the exchange is over.
    case keep(any ReplyKeeper)
    /// Enter nothing further; what a provider said once is read, filtered and rendered like a reply of now.
    case replay(Replay)
}

/// Asked before every attempt, for each target in turn; a refusal moves on to the next target.
public protocol AttemptGate: Sendable {
    static var hop: Hop { get }
    func admit(_ target: Target, for exchange: borrowing Exchange) throws(Failure) -> any Admission
}

/// What a gate granted; settled exactly once, whatever happened.
public protocol Admission: Sendable {
    /// The most that the attempt may cost, where the gate bounds it: written into the journal before the attempt.
    var reserved: Money { get }
    /// The cap on output tokens that the bound rests on: the core holds the provider to it. Nil: none.
    var outputTokensMax: Int64? { get }
    /// `outcome.cost` is the real cost, of the served model.
    func settle(_ outcome: borrowing AttemptOutcome)
}

extension Admission {
    public var reserved: Money { .zero }
    public var outputTokensMax: Int64? { nil }
}

/// Follows a reply: synchronous on every event, and settled exactly once without suspending.
public protocol ReplyFilter {
    mutating func filter(_ event: borrowing ReplyEvent) throws(Failure) -> FilterStep
    mutating func settle(_ outcome: borrowing Outcome)
}

public enum FilterStep: Sendable {
    /// Let the event pass on.
    case forward
    /// Keep it back; the filter will replace it later or end the reply.
    case hold
}
