import GatewayTypes
import Testing

@testable import Telemetry

/// Money of attempts whose reply nobody got.
@Suite struct AbandonedTests {
    @Test func `An attempt that cost something before a fallback is counted at its own target, and in every sum`() {
        let fixture = Fixture()
        var outcome = fixture.outcome()
        outcome.attempts[0].cost = Fixture.cost
        outcome.attempts[0].usage[.input] = 100
        outcome.attempts[0].usage.source = .provider
        outcome.attempts[1].cost = outcome.cost
        let telemetry = Fixture.telemetry()
        telemetry.shards[0].settled(outcome)
        let owner = #"team="search",route="smart","#
        let text = telemetry.text()
        for line in [
            #"weir_cost_usd_total{\#(owner)provider="acme",served_model="big-1",purpose="aborted"} 0.0000192"#,
            #"weir_cost_usd_total{\#(owner)provider="zeta",served_model="small-2",purpose="fallback"} 0.0000192"#,
            #"weir_tokens_total{\#(owner)provider="acme",served_model="big-1",type="input"} 100"#,
            #"weir_caller_cost_usd_total{team="search",caller="ada-app"} 0.0000384"#,
        ] { #expect(text.contains("\n" + line + "\n"), "\(line)") }
        #expect(outcome.wholeCost.total == Money("0.0000384"))
        #expect(outcome.wholeUsage[.input] == 200)
        #expect(outcome.wholeUsage[.output] == 7)
    }

    @Test func `One attempt alone is the whole`() {
        var outcome = Fixture().outcome()
        outcome.attempts[1].cost = outcome.cost
        #expect(outcome.abandoned.isEmpty)
        #expect(outcome.wholeCost == outcome.cost)
        #expect(outcome.wholeUsage == outcome.usage)
    }
}
