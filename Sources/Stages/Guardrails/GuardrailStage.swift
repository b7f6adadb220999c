public import GatewayTypes

/// What may be said. Looks at the request, masks in the client's own bytes, refuses; and leaves a guard for the reply.
public struct GuardrailStage: Stage {
    public static let hop = Hop.guardrails

    private let guardrails: [Guardrail]
    private let tools: GuardrailTools

    public init(_ guardrails: [Guardrail], tools: GuardrailTools) {
        self.guardrails = guardrails
        self.tools = tools
    }

    public func enter(_ exchange: inout Exchange) async throws(Failure) -> Passage {
        guard !exchange.isAsked, case .model(let request) = exchange.request, request.operation != .listModels else {
            return .pass
        }
        var concerned: [Guardrail] = []
        for guardrail in guardrails where guardrail.concerns(exchange) { concerned.append(guardrail) }
        guard !concerned.isEmpty else { return .pass }
        var look = RequestLook(concerned.filter(\.checksInput), request, tools)
        look.detect()
        if look.refusal == nil, look.hasJudges { await look.judge(for: Asker(exchange)) }
        let replies = ReplyTerms(
            concerned.filter(\.checksOutput), look.masked ?? request, look.placeholders, Asker(exchange), tools)
        let guardian = ExchangeGuardian(look, replies, tools)
        exchange.guardian = guardian
        for record in guardian.records where record.verdict != .pass {
            exchange.notes.append(Note(.guardrails, record.text))
        }
        if let refusal = look.refusal ?? replies.refusal { throw refusal }
        return .pass
    }
}

/// What the guardrails made of an exchange.
final class ExchangeGuardian: ExchangeGuard {
    let masked: ModelRequest?
    let records: [GuardrailRecord]
    let waitedNanoseconds: Int64
    private let replies: ReplyTerms
    private let tools: GuardrailTools

    init(_ look: RequestLook, _ replies: ReplyTerms, _ tools: GuardrailTools) {
        masked = look.masked
        records = look.records + replies.records
        waitedNanoseconds = look.waitedNanoseconds
        self.replies = replies
        self.tools = tools
    }

    var touchesReplies: Bool { replies.touches }

    func replyGuard() -> (any ReplyGuard)? { replies.touches ? ReplyWatch(replies) : nil }

    func settle(_ outcome: borrowing Outcome) { tools.observe(outcome) }
}
