import GatewayTypes
import ProxyCore
import Synchronization
import Telemetry
import Testing

/// Copies of requests, for a target whose replies nobody gets.
@Suite struct ShadowTests {
    private static var served: [ScriptedUpstream.Step] { [.head(200), .body("t1;u3,4;"), .body("done;"), .end] }
    private static var copied: [ScriptedUpstream.Step] { [.head(200), .body("t2;u3,9;"), .body("done;"), .end] }

    @Test func `A copy goes out once the client has its reply, and is booked as a shadow's`() async throws {
        let keeper = CountingKeeper()
        let house = TestHouse(scripts: [Self.served, Self.copied], observes: true, shadows: keeper)
        await house.send("smart hello stream")
        #expect(house.writer.text == "t1;u3,4;done;" && house.writer.ended)
        #expect(house.upstream.requests.count == 1, "nothing of it has begun")
        await house.launched.run()
        #expect(house.upstream.requests.count == 2)
        #expect(house.writer.text == "t1;u3,4;done;", "the client sees nothing of it")
        let outcomes = house.journal.outcomes
        try #require(outcomes.count == 2)
        #expect(outcomes[0].purpose == .served && outcomes[1].purpose == .shadow)
        #expect(outcomes[1].target?.servedModel.text == "second")
        #expect(outcomes[1].cost.total == Money("0.000012"))
        #expect(outcomes[1].route === outcomes[0].route)
        #expect(outcomes[1].id != outcomes[0].id)
        #expect(house.gate.granted == 2 && house.gate.settled == 2, "budgets are asked for both")
        #expect(house.journal.openCount == 0)
        let pair = try #require(keeper.pairs.first)
        #expect(pair.original.outputTokens == 4 && pair.copy.outputTokens == 9)
        #expect(pair.original.isCompleted && pair.copy.isCompleted)
        let roots = await house.spans().filter { $0.kind == .server }
        try #require(roots.count == 2)
        #expect(roots[0].traceLow != roots[1].traceLow)
        #expect(roots[1].parentSpanID == nil)
        #expect(roots[1].links.first?.span.spanID == roots[0].spanID)
    }

    @Test func `Where no more are allowed none is sent, and one that fails harms nobody`() async throws {
        let none = TestHouse(scripts: [Self.served], shadows: CountingKeeper(grants: false))
        await none.send("smart hello stream")
        #expect(none.launched.count == 0)
        let keeper = CountingKeeper()
        let house = TestHouse(scripts: [Self.served, [.head(500), .end]], shadows: keeper)
        await house.send("smart hello")
        await house.launched.run()
        #expect(house.writer.text == "t1;u3,4;done;")
        #expect(keeper.pairs.first?.copy.isCompleted == false)
        #expect(keeper.pairs.first?.copy.isAttempted == true)
        #expect(house.journal.openCount == 0)
    }

    @Test func `What a gate refuses was not attempted`() async throws {
        let keeper = CountingKeeper()
        let house = TestHouse(scripts: [Self.served], refusedTarget: 1, shadows: keeper)
        await house.send("smart hello stream")
        await house.launched.run()
        #expect(house.upstream.requests.count == 1)
        #expect(keeper.pairs.first?.copy.isAttempted == false)
    }

    @Test func `What made no attempt, or whose client left, casts no shadow`() async throws {
        let refused = TestHouse(
            scripts: [], refusal: Failure(.budgetExceeded, "no money"), shadows: CountingKeeper())
        await refused.send("smart hello stream")
        #expect(refused.launched.count == 0)
        let gone = TestHouse(scripts: [], shadows: CountingKeeper())
        gone.upstream.scripts = [
            [.head(200), .body("t1;"), .act { gone.writer.leave() }, .body("u3,9;"), .body("done;"), .end]
        ]
        await gone.send("smart hello stream")
        #expect(gone.launched.count == 0)
    }
}

/// Grants all copies, or none.
private final class CountingKeeper: ShadowKeeper {
    private let grants: Bool
    private let told = Mutex<[(original: ShadowFigures, copy: ShadowFigures)]>([])

    init(grants: Bool = true) { self.grants = grants }

    var pairs: [(original: ShadowFigures, copy: ShadowFigures)] { told.withLock { $0 } }
    func begin(on route: Route) -> Bool { grants }
    func ended(on route: Route, original: ShadowFigures, copy: ShadowFigures) {
        told.withLock { $0.append((original, copy)) }
    }
}
