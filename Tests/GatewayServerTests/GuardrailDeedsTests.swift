import GatewayTypes
import Storage
import Testing

@testable import GatewayServer

@Suite struct GuardrailDeedsTests {
    private var names = NameTable()
    private var deeds = GuardrailDeeds()

    private func moment(_ seconds: Double) -> Moment { Moment(nanoseconds: 1).advanced(bySeconds: seconds) }

    private mutating func happen(
        _ name: String, _ phase: GuardrailPhase, _ verdict: GuardrailVerdict, _ action: GuardrailAction,
        _ reasons: [String] = [], id: UInt64 = 7
    ) {
        var record = GuardrailRecord(names.declare(name), phase, began: .zero)
        record.verdict = verdict
        record.action = action
        record.reasons = reasons
        let outcome = Outcome(
            id: ExchangeID(high: 1, low: id),
            trace: TraceContext(
                traceHigh: 2, traceLow: 3, spanID: 4, parentSpanID: nil, flags: 1, state: nil), arrived: .zero,
            arrivedAt: WallTime(nanoseconds: Int64(id)), method: .post, httpRoute: "/v1/chat/completions",
            clientAddress: "127.0.0.1", userAgent: nil, surface: .openAIChat)
        deeds.note(GuardrailTrail([record], heldNanoseconds: nil), GuardrailDeeds.Occasion(outcome))
    }

    @Test mutating func `The first deed is told at once, with its exchange, its reason and whom it met`() throws {
        happen("pii", .input, .mask, .mask, ["email"])
        let event = try #require(deeds.due(at: moment(0)).first)
        #expect(event.actor == "guardrail:pii")
        #expect(event.action == .guardrailMask)
        #expect(event.subject == "input")
        #expect(event.after == "1 exchange")
        #expect(event.reason == "found: email 1; teams: _other 1")
        #expect(event.exchange == ExchangeID(high: 1, low: 7))
        #expect(event.traceID == "00000000000000020000000000000003")
        #expect(deeds.due(at: moment(0)).isEmpty)
    }

    @Test mutating func `A flood is one entry a minute for each guardrail, phase and action`() {
        var told: [AuditEvent] = []
        for second in 0..<180 {
            for _ in 0..<50 { happen("pii", .input, .block, .block, ["email"]) }
            told += deeds.due(at: moment(Double(second)))
        }
        told += deeds.due(at: moment(180), all: true)
        #expect(told.count == 4)
        #expect(told.map(\.after) == ["50 exchanges", "3000 exchanges", "3000 exchanges", "2950 exchanges"])
        #expect(told.allSatisfy { $0.action == .guardrailBlock })
    }

    @Test mutating func `What nobody decided and was refused says so`() {
        happen("judge", .output, .error, .failClosed)
        #expect(deeds.due(at: moment(0)).map(\.reason) == ["found: fail_closed 1; teams: _other 1"])
    }

    @Test(arguments: [
        (GuardrailVerdict.pass, GuardrailAction.none), (.block, .none), (.error, .failOpen),
    ])
    mutating func `What changes nothing is no deed`(verdict: GuardrailVerdict, action: GuardrailAction) {
        happen("pii", .input, verdict, action, ["email"])
        #expect(deeds.due(at: moment(0), all: true).isEmpty)
    }

    @Test mutating func `Guardrails, phases and actions are told apart`() {
        happen("pii", .input, .mask, .mask, ["email"])
        happen("pii", .output, .mask, .mask, ["email"])
        happen("pii", .input, .block, .block, ["email"])
        happen("words", .input, .block, .block, ["planted"], id: 3)
        let told = deeds.due(at: moment(0))
        #expect(told.count == 4)
        #expect(told.first?.actor == "guardrail:words", "in the order of time")
    }
}
