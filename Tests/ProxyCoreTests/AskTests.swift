import GatewayTypes
import NIOCore
import ProxyCore
import Telemetry
import Testing

/// What Weir asks a model itself: an exchange of its own, booked and seen as what it was for.
@Suite struct AskTests {
    private let served: [ScriptedUpstream.Step] = [.head(200), .body("thard;done;"), .end]
    private let refused: [ScriptedUpstream.Step] = [.head(500), .end]

    private var asker: Asker {
        var names = NameTable()
        var exchange = Exchange(
            id: ExchangeID(high: 7, low: 8),
            trace: TraceContext(traceHigh: 1, traceLow: 2, spanID: 3, parentSpanID: nil, flags: 3, state: "a=b"),
            arrived: .zero, arrivedAt: WallTime(nanoseconds: 0), deadline: .distantFuture,
            head: RequestHead(bytes: ByteBuffer(), method: .post, path: "/", query: nil, fields: [], clientAddress: ""),
            surface: .openAIChat,
            request: .model(
                ModelRequest(
                    surface: .openAIChat, askedModel: "smart", stream: false, body: ByteBuffer(), facts: RequestFacts())
            ))
        exchange.caller = Caller(name: names.declare("alice"), team: names.declare("search"), keyAlias: "k")
        return Asker(exchange)
    }

    @Test func `The answer comes back, and the money is the asker's, under the purpose`() async throws {
        let house = TestHouse(scripts: [served])
        let result = await house.ask("smart which class?", for: asker)
        #expect(result.failure == nil)
        #expect(String(buffer: result.body).contains("thard"))
        let outcome = try #require(house.journal.outcomes.first)
        #expect(outcome.purpose == .classification && outcome.caller.team.text == "search")
        #expect(outcome.asked?.asker == ExchangeID(high: 7, low: 8))
        #expect(outcome.id == result.exchange && outcome.accounted)
        #expect(outcome.wholeCost == result.cost && result.cost.status == .priced)
    }

    @Test func `It falls back to another target, and the gates see every attempt`() async throws {
        let house = TestHouse(scripts: [refused, served])
        let result = await house.ask("smart which class?")
        #expect(result.failure == nil)
        let outcome = try #require(house.journal.outcomes.first)
        #expect(outcome.attempts.count == 2)
        #expect(outcome.purpose == .classification, "a fallback of it is still for it")
        #expect(house.gate.settled == 2)
    }

    @Test func `A gate that refuses, and a model that is not known, are failures and no crash`() async throws {
        var refusal = Failure(.budgetExceeded, "no room", retryable: true)
        refusal.budget = ConfiguredName.other
        let house = TestHouse(scripts: [], refusal: refusal)
        #expect(await house.ask("smart which class?").failure?.reason == .budgetExceeded)
        #expect(await house.ask("unheard-of which class?").failure?.reason == .modelNotFound)
        #expect(house.upstream.requests.isEmpty)
    }

    @Test func `It enters neither authentication nor limits, guardrails or cache`() async {
        let house = TestHouse(scripts: [served], follows: true)
        let result = await house.ask("smart which class?")
        #expect(result.failure == nil)
        #expect(house.trail.words.isEmpty)
    }

    @Test func `Its spans stand below the asker's, in the asker's trace`() async throws {
        let house = TestHouse(scripts: [served], observes: true)
        _ = await house.ask("smart which class?", for: asker)
        let spans = await house.spans()
        #expect(spans.map(\.name) == ["ask classification", "chat first"])
        let (root, attempt) = (try #require(spans.first), try #require(spans.last))
        #expect(root.kind == .internal && root.parentSpanID == 3 && root.traceLow == 2 && !root.parentIsRemote)
        #expect(attempt.parentSpanID == root.spanID)
        #expect(root.attributes.all.contains { $0.key == WeirKey.asker })
        #expect(!root.attributes.all.contains { $0.key == "http.request.method" })
    }
}
