import GatewayTypes
import Testing

@testable import Telemetry

@Suite struct CountingTests {
    private let fixture = Fixture()

    @Test func `One exchange is counted once in every series that it belongs to`() {
        let telemetry = Fixture.telemetry()
        telemetry.shards[0].exchangeBegan()
        telemetry.shards[0].settled(fixture.outcome())
        let target = #"provider="zeta",served_model="small-2""#
        let owner = #"team="search",route="smart","# + target
        let text = telemetry.text()
        for line in [
            #"weir_exchanges_total{operation="chat",route="smart",team="search",\#(target),outcome="completed",moved="fallback"} 1"#,
            #"weir_attempts_total{provider="acme",served_model="big-1",outcome="failed",reason="upstream_rate_limited"} 1"#,
            #"weir_attempts_total{\#(target),outcome="completed",reason=""} 1"#,
            #"weir_tokens_total{\#(owner),type="input"} 100"#, #"weir_tokens_total{\#(owner),type="cache_read"} 20"#,
            #"weir_tokens_total{\#(owner),type="reasoning"} 3"#,
            #"weir_cost_usd_total{\#(owner),purpose="fallback"} 0.0000192"#,
            #"weir_cost_component_usd_total{\#(target),component="output"} 0.0000042"#,
            #"weir_caller_cost_usd_total{team="search",caller="ada-app"} 0.0000192"#,
            #"weir_caller_exchanges_total{team="search",caller="ada-app",outcome="completed"} 1"#,
            #"weir_exchange_duration_seconds_sum{operation="chat",\#(target)} 0.113"#,
            #"weir_time_to_first_token_seconds_sum{operation="chat",\#(target),side="upstream"} 0.05"#,
            #"weir_time_to_first_token_seconds_sum{operation="chat",\#(target),side="client"} 0.062"#,
            #"weir_time_to_first_visible_token_seconds_sum{operation="chat",\#(target),side="client"} 0.072"#,
            #"weir_inter_token_seconds_bucket{operation="chat",\#(target),le="0.01"} 1"#,
            #"weir_inter_token_seconds_bucket{operation="chat",\#(target),le="0.035"} 2"#,
            #"weir_inter_token_seconds_sum{operation="chat",\#(target)} 0.04"#,
            #"weir_inter_token_seconds_count{operation="chat",\#(target)} 2"#,
            #"weir_team_inference_seconds_total{team="search",route="smart",served_model="big-1"} 0.01"#,
            #"weir_team_inference_seconds_total{team="search",route="smart",served_model="small-2"} 0.1"#,
            #"weir_gateway_overhead_seconds_sum{operation="chat"} 4e-05"#,
            #"weir_hop_duration_seconds_sum{hop="routing"} 0.00025"#,
            #"weir_attempt_phase_seconds_sum{provider="zeta",phase="wait"} 0.03"#, "weir_exchanges_in_flight 0",
            "weir_unaccounted_exchanges_total 0",
        ] { #expect(text.contains("\n" + line + "\n"), "\(line)") }
        #expect(!text.contains("weir_estimated_tokens_total{"))
        #expect(!text.contains(#"phase="dns""#))
        #expect(!text.contains(#"type="image""#))
    }

    @Test func `Estimates, unknown prices, aborts and cuts have their own series`() {
        var outcome = fixture.outcome()
        outcome.usage.source = .estimated
        outcome.cost = Cost(status: .unpriced, lines: [], tier: "", catalogHash: "")
        outcome.failure = Failure(.clientGone, "")
        outcome.abortBilling = .estimated
        outcome.accounted = false
        let telemetry = Fixture.telemetry()
        telemetry.shards[0].settled(outcome)
        let text = telemetry.text()
        let target = #"provider="zeta",served_model="small-2""#
        for line in [
            #"weir_estimated_tokens_total{\#(target),type="output"} 7"#,
            #"weir_unpriced_exchanges_total{\#(target)} 1"#,
            #"weir_client_aborts_total{billing="estimated"} 1"#, #"weir_streams_cut_total{side="client"} 1"#,
            "weir_unaccounted_exchanges_total 1",
        ] { #expect(text.contains("\n" + line + "\n"), "\(line)") }
        #expect(!text.contains("weir_cost_usd_total{"))
    }

    @Test func `A difference to the provider's own cost never makes a counter fall`() throws {
        let telemetry = Fixture.telemetry()
        for reported in ["0.00002", "0.000019", "0.0000192"] {
            var outcome = fixture.outcome()
            outcome.usage.reportedCost = Money(reported)
            telemetry.shards[0].settled(outcome)
        }
        #expect(
            telemetry.lines("weir_cost_difference_usd_total{") == [
                #"weir_cost_difference_usd_total{provider="zeta",served_model="small-2",sign="over"} 0.0000008"#,
                #"weir_cost_difference_usd_total{provider="zeta",served_model="small-2",sign="under"} 0.0000002"#,
            ])
    }

    @Test func `An exchange that found no caller, route or target counts under _other`() {
        var outcome = Outcome(
            id: ExchangeID(high: 1, low: 1), trace: Fixture.trace(sampled: false), arrived: Fixture.arrived,
            arrivedAt: Fixture.arrivedAt, method: .get, httpRoute: "", clientAddress: "127.0.0.1", userAgent: nil,
            surface: .unknown)
        outcome.failure = Failure(.unauthenticated, "")
        outcome.status = 401
        outcome.ended = Fixture.after(1)
        let telemetry = Fixture.telemetry()
        telemetry.shards[0].settled(outcome)
        #expect(
            telemetry.lines("weir_exchanges_total{") == [
                #"weir_exchanges_total{operation="_other",route="_other",team="_other",provider="_other","#
                    + #"served_model="_other",outcome="unauthenticated",moved="no"} 1"#
            ])
        #expect(telemetry.lines("http_server_request_duration_seconds_count{")[0].contains(#"error_type="""#))
    }

    @Test func `A reload that gives the same indices to other names does not mix their series`() {
        let telemetry = Fixture.telemetry()
        telemetry.shards[0].settled(fixture.outcome())
        telemetry.shards[0].settled(Fixture(teamName: "ads").outcome())
        telemetry.shards[0].settled(fixture.outcome())
        let lines = telemetry.lines("weir_exchanges_total{")
        #expect(lines.count == 2)
        #expect(lines[0].contains(#"team="ads""#) && lines[0].hasSuffix("} 1"))
        #expect(lines[1].contains(#"team="search""#) && lines[1].hasSuffix("} 2"))
    }

    @Test func `Declared series exist at zero before anything happened`() {
        let telemetry = Telemetry(
            settings: TelemetrySettings(), workers: 2,
            declared: DeclaredNames(teams: [fixture.team], routes: [fixture.route]),
            build: BuildInfo(version: "1", revision: "r", swift: "6"))
        #expect(telemetry.lines("weir_exchanges_total{").count == 2)
        #expect(telemetry.lines("weir_tokens_total{").count == 4)
        let cost = telemetry.lines("weir_cost_usd_total{")
        #expect(cost.count == 2 && cost.allSatisfy { $0.hasSuffix(#"purpose="served"} 0"#) })
    }

    @Test func `Past its limit an instrument folds new series into one, but never the team`() {
        var settings = TelemetrySettings()
        settings.seriesMax = 1
        let telemetry = Fixture.telemetry(settings, workers: 2)
        for (position, team) in ["search", "ads", "ops", "ads"].enumerated() {
            telemetry.shards[position % 2].settled(Fixture(teamName: team).outcome())
        }
        let lines = telemetry.lines("weir_cost_usd_total{")
        #expect(lines.count == 3)
        #expect(lines.contains { $0.contains(#"team="search",route="smart""#) && $0.hasSuffix(" 0.0000192") })
        #expect(lines.contains { $0.contains(#"team="ads",route="_other""#) && $0.hasSuffix(" 0.0000384") })
        #expect(lines.contains { $0.contains(#"team="ops",route="_other""#) })
        #expect(telemetry.lines("weir_series_overflow_total").contains { $0.contains(#""weir_cost_usd_total"} "#) })
    }

    @Test func `Loop lag adds up over the loops`() {
        let telemetry = Fixture.telemetry(workers: 2)
        telemetry.shards[0].loopLag(0.5)
        telemetry.shards[1].loopLag(0.25)
        let text = telemetry.text()
        for line in [
            "weir_event_loop_lag_seconds_sum 0.75", #"weir_event_loop_lag_seconds_bucket{le="0.25"} 1"#,
            #"weir_event_loop_lag_seconds_bucket{le="0.5"} 2"#,
        ] { #expect(text.contains("\n" + line + "\n"), "\(line)") }
    }

    @Test func `Sources give gauges of other rooms at every scrape`() {
        let telemetry = Fixture.telemetry()
        telemetry.register { writer in
            writer.set(.ledgerHealthy, [], true)
            writer.set(.journalSlots, ["free"], 7)
            writer.set(.spend, ["search", "day"], Money(picodollars: 1_500_000_000_001))
        }
        #expect(telemetry.lines("weir_ledger_healthy ") == ["weir_ledger_healthy 1"])
        #expect(telemetry.lines("weir_journal_slots{") == [#"weir_journal_slots{state="free"} 7"#])
        #expect(
            telemetry.lines("weir_spend_usd{") == [#"weir_spend_usd{team="search",window="day"} 1.500000000001"#])
    }

    @Test func `With everything off nothing is counted, queued or shown`() {
        let telemetry = Fixture.telemetry(.off)
        telemetry.shards[0].exchangeBegan()
        telemetry.shards[0].settled(fixture.outcome())
        telemetry.shards[0].loopLag(1)
        #expect(telemetry.text().isEmpty)
        #expect(telemetry.shards[0].queue.takeAll().isEmpty)
    }
}
