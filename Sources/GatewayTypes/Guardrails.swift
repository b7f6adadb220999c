public enum GuardrailPhase: String, CaseIterable, Sendable {
    case input, output
}

/// What a guardrail finds: the label `verdict`.
public enum GuardrailVerdict: String, CaseIterable, Sendable {
    case pass, mask, block
    /// It could not decide.
    case error
}

/// What follows from a verdict: the label `action`. `none`: nothing, because it passes, is only told of, or is tried out.
public enum GuardrailAction: String, CaseIterable, Sendable {
    case none, mask, block
    case failOpen = "fail_open"
    case failClosed = "fail_closed"
}

/// One check of a guardrail, as it went.
public struct GuardrailRecord: Sendable {
    public let name: ConfiguredName
    public let phase: GuardrailPhase
    public var verdict = GuardrailVerdict.pass
    public var action = GuardrailAction.none
    /// Of the guardrail's closed list, each once; none where it passes. Never content.
    public var reasons: [String] = []
    public var isShadow = false
    /// Tells whether what was found was found before, without telling what it is; nil where nothing was.
    public var fingerprint: String?
    public let began: Moment
    /// Time that it took itself, pieces of a stream together; or waited for who judges.
    public var nanoseconds: Int64 = 0

    public init(_ name: ConfiguredName, _ phase: GuardrailPhase, began: Moment) {
        self.name = name
        self.phase = phase
        self.began = began
    }

    /// Whether the client is told of it: what it does not pass, and is not merely tried out.
    public var isTold: Bool { verdict != .pass && !isShadow }

    /// In words, for those who ask why.
    public var text: String {
        let why = reasons.isEmpty ? "" : " (\(reasons.joined(separator: ", ")))"
        let what = isShadow ? "in shadow" : "action \(action.rawValue)"
        return "\(name.text) on \(phase.rawValue): \(verdict.rawValue)\(why), \(what)"
    }

    /// The value of `x-weir-guardrail`: parameters of RFC 9651.
    public var field: String {
        "name=\"\(name.text)\";phase=\(phase.rawValue);verdict=\(verdict.rawValue);action=\(action.rawValue)"
    }
}

/// What guardrails did about an exchange.
public final class GuardrailTrail: Sendable {
    public let records: [GuardrailRecord]
    /// The longest that a piece of the reply was held back; nil where none was looked at before it left.
    public let heldNanoseconds: Int64?

    public init(_ records: [GuardrailRecord], heldNanoseconds: Int64?) {
        self.records = records
        self.heldNanoseconds = heldNanoseconds
    }

    /// Whether something was masked or refused.
    public var hasActed: Bool {
        records.contains { $0.action == .mask || $0.action == .block || $0.action == .failClosed }
    }

    /// Whether a reply was masked or ended.
    public var hasChangedReply: Bool { records.contains { $0.phase == .output && $0.action != .none } }

    /// The guardrail that ended the reply; nil: none.
    public var blockedReply: GuardrailRecord? {
        records.first { $0.phase == .output && ($0.action == .block || $0.action == .failClosed) }
    }
}

/// What the guardrails make of one exchange once its request was looked at. Immutable but for what is told at the end;
/// used on the exchange's loop alone.
public protocol ExchangeGuard: AnyObject, Sendable {
    /// The request with what was masked, its facts still those of before; nil: as it was.
    var masked: ModelRequest? { get }
    /// Of the request.
    var records: [GuardrailRecord] { get }
    /// How long judges were waited for.
    var waitedNanoseconds: Int64 { get }
    /// Whether replies are looked at or changed: what was said in another exchange cannot be replayed in this one.
    var touchesReplies: Bool { get }
    /// A guard for one reply; nil where replies are not touched.
    func replyGuard() -> (any ReplyGuard)?
    /// Counts the verdicts. Once, at the end; does not suspend.
    func settle(_ outcome: borrowing Outcome)
}

/// Looks at one reply, piece by piece.
public protocol ReplyGuard: AnyObject {
    /// Whether it may hold back or change what is said: the reply is then rendered from what goes on. Else its bytes pass.
    var rewrites: Bool { get }
    /// Whether something of the reply's content has gone on.
    var hasReleased: Bool { get }
    /// Whether a guardrail has ended the reply: what still comes is of use for its cost alone.
    var isBlocked: Bool { get }
    /// Whether all has been said and somebody is still to be asked about it.
    var awaitsJudges: Bool { get }
    /// Takes what the provider said; appends what goes on.
    func take(_ event: ModelEvent, into events: inout [ModelEvent])
    /// Asks those who judge the whole.
    func judge() async
    /// Appends all that is left, the reply's end included.
    func release(into events: inout [ModelEvent])
    /// Of the reply, so far.
    var records: [GuardrailRecord] { get }
    var heldNanoseconds: Int64 { get }
}

// MARK: What is read and changed in requests

/// Finds what the model reads in a request's own bytes, whatever its dialect. It takes a pass over the whole body.
public protocol RequestTextReader: Sendable {
    func texts(of request: ModelRequest) -> RequestTexts
    /// The request with other texts in the place of some; every other byte stays as it came, and the facts are those of before.
    func replacing(_ texts: [(range: Range<Int>, text: String)], in request: ModelRequest) -> ModelRequest
}

public enum RequestTexts: Sendable {
    /// In the order in which they stand; none where the operation has no such text.
    case found([RequestText])
    /// There may be texts, but not in a form that can be read: a form with files, a session, no JSON.
    case unreadable
}

/// A text that the model reads, and where it stands.
public struct RequestText: Sendable {
    /// Bytes of the body.
    public let range: Range<Int>
    public let text: String

    public init(range: Range<Int>, text: String) {
        self.range = range
        self.text = text
    }
}
