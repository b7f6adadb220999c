import GatewayTypes
import Testing

@Suite struct RerouteTests {
    @Test func `A moved exchange says so in its reply and its outcome, with what it would have cost`() async throws {
        let house = TestHouse(scripts: [[.head(200), .body("t1;u3,4;"), .body("done;"), .end]], reroutes: true)
        await house.send("smart hello")
        #expect(
            house.writer.field("x-weir-reroute")
                == #"budget="search";rule="too \"fast\"";from="smart";to="cheap""#)
        #expect(house.writer.field("x-weir-model") == "second")
        let outcome = try #require(house.journal.outcomes.first)
        #expect(outcome.moved == .budget)
        #expect(outcome.route.name.text == "smart")
        #expect(outcome.override?.rule.text == "too \"fast\"")
        // The pricer asks the same of every target, so that the asked one would have cost as much.
        #expect(outcome.demand == outcome.cost.total)
        #expect(outcome.demand > .zero)
    }

    @Test func `An exchange that no budget moved has no such field`() async throws {
        let house = TestHouse(scripts: [[.head(200), .body("t1;u3,4;"), .body("done;"), .end]])
        await house.send("smart hello")
        #expect(house.writer.field("x-weir-reroute") == nil)
        #expect(house.journal.outcomes.first?.moved == .no)
    }
}
