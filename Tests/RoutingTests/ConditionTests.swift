import GatewayTypes
import Testing

@testable import Routing

/// Every part of a target's condition, and that all must hold.
@Suite struct ConditionTests {
    private let bench = Bench(.ordered)

    private func obstacle(_ exchange: Exchange? = nil, _ set: (inout RequestCondition) -> Void) -> String? {
        var condition = RequestCondition()
        set(&condition)
        return condition.obstacle(for: exchange ?? bench.exchange(session: "s1", tools: 1))
    }

    @Test func `Each part that does not hold is named`() throws {
        var names = NameTable()
        let (alice, bob) = (names.declare("alice"), names.declare("bob"))
        let exchange = bench.exchange(session: "s1", caller: alice, textBytes: 4000, tools: 1)
        let night = try #require(WeeklyHours("22:00-06:00"))
        let noon = try #require(WeeklyHours("12:00-13:00"))
        #expect(obstacle { _ in } == nil)
        #expect(obstacle(exchange) { $0.teams = [bob] } == "team")
        #expect(obstacle(exchange) { $0.callers = [bob] } == "caller")
        #expect(obstacle(exchange) { $0.callers = [bob, alice] } == nil)
        #expect(obstacle(exchange) { $0.fields = [("x-weir-session", "s1")] } == nil)
        #expect(obstacle(exchange) { $0.fields = [("x-weir-session", "s1"), ("x-tier", "gold")] } == "header")
        #expect(obstacle(exchange) { $0.operations = [.embeddings, .rerank] } == "operation")
        #expect(obstacle(exchange) { $0.operations = [.chat] } == nil)
        #expect(obstacle(exchange) { $0.needs = [.tools, .images] } == "needs")
        #expect(obstacle(exchange) { $0.needs = [.tools] } == nil)
        #expect(obstacle(exchange) { $0.promptTokensMin = 1001 } == "prompt_tokens_min")
        #expect(obstacle(exchange) { $0.promptTokensMax = 999 } == "prompt_tokens_max")
        #expect(
            obstacle(exchange) {
                $0.promptTokensMin = 1000
                $0.promptTokensMax = 1000
            } == nil)
        // The exchange arrived at midnight UTC.
        #expect(obstacle(exchange) { $0.hours = [night] } == nil)
        #expect(obstacle(exchange) { $0.hours = [noon] } == "hours")
        #expect(
            obstacle(exchange) {
                $0.hours = [noon]
                $0.zone = ZoneOffsets(changes: [(0, 12 * 3600)])
            } == nil)
        #expect(obstacle(exchange) { $0.hours = [noon, night] } == nil, "one of them is enough")
    }

    @Test func `A class that was not decided on is not met`() {
        let names = ClassNames()
        var exchange = bench.exchange()
        #expect(obstacle(exchange) { $0.classes = [names.hard] } == "class")
        exchange.classification = Classification(
            classifier: names.classifier, decided: names.hard, confidence: 1, result: .decided, reason: "", seconds: 0)
        #expect(obstacle(exchange) { $0.classes = [names.simple] } == "class")
        #expect(obstacle(exchange) { $0.classes = [names.simple, names.hard] } == nil)
    }
}
