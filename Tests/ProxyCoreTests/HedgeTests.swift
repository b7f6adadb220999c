import GatewayTypes
import ProxyCore
import Synchronization
import Telemetry
import Testing

/// Two attempts that race for the first token, a second apart.
@Suite struct HedgeTests {
    private static var served: [ScriptedUpstream.Step] { [.head(200), .body("t2;u3,4;"), .body("done;"), .end] }
    private static var quick: [ScriptedUpstream.Step] { [.head(200), .body("t1;u3,4;"), .body("done;"), .end] }

    private func house(
        _ scripts: [[ScriptedUpstream.Step]], _ adviser: FixedHedges = FixedHedges(), refusedTarget: Int? = nil,
        attemptsMax: Int = 3
    ) -> TestHouse {
        var limits = ExchangeLimits()
        limits.attemptsMax = attemptsMax
        return TestHouse(
            scripts: scripts, refusedTarget: refusedTarget, observes: true, limits: limits, hedges: adviser,
            clock: HandClock())
    }

    @Test func `One that speaks in time has no company`() async throws {
        let adviser = FixedHedges()
        let house = house([Self.quick, Self.served], adviser)
        await house.send("smart hello stream")
        #expect(house.upstream.requests.count == 1)
        #expect(house.writer.text == "t1;u3,4;done;")
        #expect(adviser.results.isEmpty)
        #expect(house.journal.outcomes.first?.attempts.first?.hedge == nil)
    }

    @Test func `The second serves when it speaks first, and the first is cancelled and paid for`() async throws {
        let adviser = FixedHedges()
        let house = house([[.slow, .head(200), .body("t1;")], Self.served], adviser)
        await house.send("smart hello stream")
        #expect(house.writer.text == "t2;u3,4;done;")
        #expect(house.writer.ended && !house.writer.aborted)
        #expect(adviser.results == [.won])
        #expect(house.upstream.exchanges.first?.isCancelled == true)
        let outcome = try #require(house.journal.outcomes.first)
        #expect(outcome.moved == .hedge)
        #expect(outcome.purpose == .fallback)
        #expect(outcome.attempts.map(\.target.servedModel.text) == ["first", "second"])
        #expect(outcome.attempts.map { $0.hedge?.won } == [false, true])
        #expect(outcome.attempts[0].failure?.reason == .interrupted)
        #expect(outcome.attempts[1].hedge?.afterSeconds == 1)
        #expect(outcome.cost.total == Money("0.000007"))
        #expect(outcome.abandoned.count == 1)
        #expect(outcome.wholeCost.total > outcome.cost.total, "its prompt was sent, and is paid")
        #expect(house.gate.granted == 2 && house.gate.settled == 2)
        #expect(outcome.abortBilling == nil, "no client left")
        let spans = await house.spans().filter { $0.kind == .client }
        #expect(spans.count == 2)
        #expect(Set(spans.map(\.parentSpanID)).count == 1, "siblings")
        #expect(outcome.notes.contains { $0.text.contains("provider/first had said nothing after 1.0 s") })
    }

    @Test func `The first serves when it speaks first after all`() async throws {
        let adviser = FixedHedges()
        let house = house([[.slow] + Self.quick, [.head(200), .body("role;"), .never]], adviser)
        await house.send("smart hello stream")
        #expect(house.writer.text == "t1;u3,4;done;")
        #expect(adviser.results == [.lost])
        let outcome = try #require(house.journal.outcomes.first)
        #expect(outcome.moved == .no && outcome.purpose == .served)
        #expect(outcome.servedAttempt.map { outcome.attempts[$0].target.servedModel.text } == "first")
        #expect(house.upstream.exchanges.last?.isCancelled == true)
        #expect(house.gate.granted == 2 && house.gate.settled == 2)
    }

    @Test func `What fails does not win, however early`() async throws {
        for failing: [ScriptedUpstream.Step] in [
            [.head(500), .end], [.fail(.upstreamConnect, retryable: true)], [.head(200), .body("e;"), .end],
        ] {
            let adviser = FixedHedges()
            let second = house([[.slow] + Self.quick, failing], adviser)
            await second.send("smart hello stream")
            #expect(second.writer.text == "t1;u3,4;done;")
            let first = house([[.slow] + failing, [.slow] + Self.served], FixedHedges())
            await first.send("smart hello stream")
            #expect(first.writer.text == "t2;u3,4;done;")
            #expect(first.journal.outcomes.first?.attempts.count == 2)
        }
    }

    @Test func `When both fail nobody is asked twice`() async throws {
        let adviser = FixedHedges()
        let house = house([[.slow, .head(500), .end], [.fail(.upstreamConnect, retryable: true)]], adviser)
        await house.send("smart hello stream")
        #expect(house.upstream.requests.count == 2)
        #expect(house.writer.head?.status == 502)
        #expect(adviser.results == [.failed])
        #expect(house.gate.granted == 2 && house.gate.settled == 2)
    }

    @Test func `Neither budget, gates nor the bound on attempts are passed over`() async throws {
        let spent = FixedHedges(grants: false)
        let bounded = house([[.slow] + Self.quick, Self.served], spent)
        await bounded.send("smart hello stream")
        #expect(bounded.writer.text == "t1;u3,4;done;" && bounded.upstream.requests.count == 1)
        #expect(spent.results == [.budget])
        let adviser = FixedHedges()
        let refused = house([[.slow] + Self.quick, Self.served], adviser, refusedTarget: 1)
        await refused.send("smart hello stream")
        #expect(refused.writer.text == "t1;u3,4;done;" && refused.upstream.requests.count == 1)
        #expect(adviser.results == [.refused])
        let single = house([[.slow] + Self.quick, Self.served], attemptsMax: 1)
        await single.send("smart hello stream")
        #expect(single.upstream.requests.count == 1)
    }

    @Test func `A whole reply races to its end`() async throws {
        let house = house([[.head(200), .body("t1;"), .slow, .body("done;"), .end], Self.served])
        await house.send("smart hello")
        #expect(house.writer.text == "t2;u3,4;done;")
        #expect(house.writer.head?.bodyBytes == "t2;u3,4;done;".utf8.count)
    }

    @Test func `A client that left while both were asked is told nothing, and both are settled`() async throws {
        let house = house([[], []])
        house.upstream.scripts = [
            [.slow] + Self.quick, [.act { house.writer.leave() }, .never],
        ]
        await house.send("smart hello stream")
        #expect(house.journal.outcomes.first?.failure?.reason == .clientGone)
        #expect(house.gate.granted == 2 && house.gate.settled == 2)
    }
}

/// Lets every first attempt have company after a second.
private final class FixedHedges: HedgeAdviser {
    private let grants: Bool
    private let told = Mutex<[HedgeResult]>([])

    init(grants: Bool = true) { self.grants = grants }

    var results: [HedgeResult] { told.withLock { $0 } }
    func began(on route: Route, at target: Target, streams: Bool) -> Double? { 1 }
    func spend(on route: Route) -> Bool { grants }
    func ended(on route: Route, _ result: HedgeResult) { told.withLock { $0.append(result) } }
}
