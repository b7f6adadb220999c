import GatewayTypes
import Testing

@testable import Routing

/// What a request would do: told, not done.
@Suite struct RouteTrialTests {
    @Test func `A trial tells what the stage would decide and what each target is like, and sends nobody to explore`()
        async throws
    {
        var condition = RequestCondition()
        condition.needs = [.tools]
        let bench = Bench(.lowestLatency, conditions: [2: condition])
        let watch = TargetWatch(targets: bench.targets, routes: [bench.route], outliers: OutlierEjection.Settings())
        try watch.admit(bench.targets[0], for: bench.exchange()).settle(
            attempt(at: bench.targets[0], from: 0, to: 1, firstToken: 0.5))
        let stage = TargetOrder(
            watch: watch, pricer: TestPrices(prices: [1_000_000, nil, 1]), now: { .at(2) })
        for _ in 0..<3 {
            let trial = await stage.trial(bench.exchange(), mayAsk: false)
            #expect(trial.exchange.targets.map(\.servedModel.text) == ["m1", "m0"], "what nobody measured comes first")
            #expect(trial.standings.map(\.unmet) == [nil, nil, "needs"])
            #expect(trial.standings.map(\.latencySeconds) == [0.5, nil, nil])
            #expect(trial.standings[0].expectedCost != nil && trial.standings[1].expectedCost == nil)
        }
        var exchange = bench.exchange()
        _ = try await stage.enter(&exchange)
        #expect(exchange.targets.map(\.servedModel.text) == ["m1", "m0"])
        // Now somebody is on the way.
        exchange = bench.exchange()
        _ = try await stage.enter(&exchange)
        #expect(exchange.targets.map(\.servedModel.text) == ["m0", "m1"])
    }
}
