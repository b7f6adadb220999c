import GatewayTypes
import ProxyCore
import Synchronization
import Testing

@Suite struct RetryTests {
    private static var served: [ScriptedUpstream.Step] { [.head(200), .body("t1;u3,4;"), .body("done;"), .end] }
    private static var broken: [ScriptedUpstream.Step] { [.head(500), .end] }

    @Test func `The same target is tried again after the wait that the adviser names, then the next one`() async throws
    {
        let adviser = FixedAdviser(retries: 1)
        let house = TestHouse(scripts: [Self.broken, Self.broken, Self.served], retries: adviser)
        await house.send("smart hello stream")
        let outcome = try #require(house.journal.outcomes.first)
        #expect(outcome.attempts.map(\.target.servedModel.text) == ["first", "first", "second"])
        #expect(outcome.attempts.map(\.resendCount) == [0, 1, 2])
        #expect(house.naps.all == [0.25])
        #expect(adviser.begun == 1, "an exchange earns once, however often it is tried")
        #expect(outcome.moved == .fallback)
        #expect(house.gate.granted == 3 && house.gate.settled == 3)
    }

    @Test func `A retry that serves is no fallback, and its cost is a retry's`() async throws {
        let house = TestHouse(scripts: [Self.broken, Self.served], retries: FixedAdviser(retries: 1))
        await house.send("smart hello stream")
        let outcome = try #require(house.journal.outcomes.first)
        #expect(outcome.moved == .no)
        #expect(outcome.purpose == .retry)
        #expect(house.writer.text == "t1;u3,4;done;")
    }

    @Test func `Attempts are bounded over all targets, and once content was sent there is none more`() async throws {
        var limits = ExchangeLimits()
        limits.attemptsMax = 2
        let bounded = TestHouse(
            scripts: [Self.broken, Self.broken, Self.served], retries: FixedAdviser(retries: 9), limits: limits)
        await bounded.send("smart hello stream")
        #expect(bounded.upstream.requests.count == 2)
        let cut = TestHouse(
            scripts: [[.head(200), .body("t1;"), .fail(.upstreamCut, retryable: true)], Self.served],
            retries: FixedAdviser(retries: 9))
        await cut.send("smart hello stream")
        #expect(cut.upstream.requests.count == 1)
        #expect(cut.writer.aborted)
    }

    @Test func `What the first target's strategy says is why it moved; a fallback comes before that`() async throws {
        let choice: @Sendable (Route) -> RouteChoice = {
            RouteChoice(
                strategy: .lowestLatency, moved: .latency, chosen: RouteChoice.Candidate($0.targets[0]), measure: "s")
        }
        let chosen = TestHouse(scripts: [Self.served], choice: choice)
        await chosen.send("smart hello stream")
        #expect(chosen.journal.outcomes.first?.moved == .latency)
        let fallen = TestHouse(scripts: [Self.broken, Self.served], choice: choice)
        await fallen.send("smart hello stream")
        #expect(fallen.journal.outcomes.first?.moved == .fallback)
        let refused = TestHouse(scripts: [Self.served], refusedTarget: 0, choice: choice)
        await refused.send("smart hello stream")
        #expect(refused.journal.outcomes.first?.moved == .fallback, "a target that a gate refused did not serve either")
    }
}

/// Grants so many retries at each target, a quarter of a second apart.
private final class FixedAdviser: RetryAdviser {
    private let retries: Int
    private let count = Atomic<Int>(0)

    init(retries: Int) { self.retries = retries }

    var begun: Int { count.load(ordering: .relaxed) }
    func began(on route: Route) { count.wrappingAdd(1, ordering: .relaxed) }
    func delay(
        after failure: Failure, retries: Int, on route: Route, secondsLeft: Double, draw: UInt64
    ) -> Double? { retries < self.retries ? 0.25 : nil }
}
