import GatewayTypes
import Testing

@testable import Telemetry

/// Series of names that a reload took out.
@Suite struct ExpiryTests {
    private static let day = 86_400.0
    private let start = Moment(nanoseconds: 1_000_000_000)

    private func names(_ fixture: Fixture, teams: [String]) -> DeclaredNames {
        var table = NameTable()
        var declared = DeclaredNames(teams: teams.map { table.declare($0) }, routes: [fixture.route])
        declared.callers = [fixture.caller.name]
        return declared
    }

    /// One exchange of a team that the configuration then has no more.
    private func removed(_ fixture: Fixture, workers: Int = 1) -> Telemetry {
        let telemetry = Fixture.telemetry(workers: workers)
        telemetry.declare(names(fixture, teams: ["search", "ads"]))
        for shard in telemetry.shards { shard.settled(fixture.outcome()) }
        telemetry.declare(names(fixture, teams: ["ads"]))
        return telemetry
    }

    @Test func `What names something that is gone expires once it is idle, but for money and tokens`() {
        let telemetry = removed(Fixture(), workers: 2)
        telemetry.expire(at: start)
        telemetry.expire(at: start.advanced(bySeconds: Self.day - 1))
        #expect(!telemetry.lines(#"weir_caller_exchanges_total{team="search""#).isEmpty)
        telemetry.expire(at: start.advanced(bySeconds: 1.1 * Self.day))
        let text = telemetry.text()
        let kept = text.split(separator: "\n").filter { $0.contains(#"team="search""#) }
        #expect(kept.allSatisfy { $0.contains("_usd_total{") || $0.hasPrefix("weir_tokens_total{") })
        #expect(text.contains(#"weir_caller_cost_usd_total{team="search",caller="ada-app"} 0.0000384"#))
        #expect(
            text.contains(
                #"weir_tokens_total{team="search",route="smart",provider="zeta",served_model="small-2",type="input"} 200"#
            ))
        // What else the exchange counted into names nothing that is gone.
        #expect(telemetry.lines(#"weir_attempts_total{provider="zeta""#).count == 1)
    }

    @Test func `What the configuration has stays, however idle`() {
        let fixture = Fixture()
        let telemetry = Fixture.telemetry()
        telemetry.declare(names(fixture, teams: ["search"]))
        telemetry.shards[0].settled(fixture.outcome())
        let before = telemetry.lines("weir_exchanges_total{")
        for days in 0..<40 { telemetry.expire(at: start.advanced(bySeconds: Double(days) * Self.day)) }
        #expect(telemetry.lines("weir_exchanges_total{") == before)
    }

    @Test func `Counting on puts the end off`() {
        let fixture = Fixture()
        let telemetry = removed(fixture)
        for half in 0..<6 {
            telemetry.expire(at: start.advanced(bySeconds: Double(half) * Self.day / 2))
            telemetry.shards[0].settled(fixture.outcome())
        }
        let line = telemetry.lines(#"weir_caller_exchanges_total{team="search""#)
        #expect(line.count == 1 && line[0].hasSuffix(" 7"))
    }

    @Test func `A series that comes back begins at zero and loses nothing from then on`() {
        let fixture = Fixture()
        let telemetry = removed(fixture)
        telemetry.expire(at: start)
        telemetry.expire(at: start.advanced(bySeconds: 1.1 * Self.day))
        #expect(telemetry.lines(#"weir_caller_exchanges_total{team="search""#).isEmpty)
        telemetry.declare(names(fixture, teams: ["search", "ads"]))
        for _ in 0..<3 { telemetry.shards[0].settled(fixture.outcome()) }
        for days in 2..<9 { telemetry.expire(at: start.advanced(bySeconds: Double(days) * Self.day)) }
        let callers = telemetry.lines(#"weir_caller_exchanges_total{team="search""#)
        #expect(callers.count == 1 && callers[0].hasSuffix(" 3"))
        let cost = telemetry.lines(#"weir_caller_cost_usd_total{team="search""#)
        #expect(cost.count == 1 && cost[0].hasSuffix(" 0.0000768"))
    }

    @Test func `Expired series make room under the limit`() {
        var settings = TelemetrySettings()
        settings.seriesMax = 1
        let fixture = Fixture()
        let telemetry = Fixture.telemetry(settings)
        telemetry.declare(names(fixture, teams: ["search", "ads"]))
        telemetry.shards[0].settled(fixture.outcome())
        telemetry.declare(names(fixture, teams: ["ads"]))
        telemetry.expire(at: start)
        telemetry.expire(at: start.advanced(bySeconds: 1.1 * Self.day))
        telemetry.shards[0].settled(Fixture(teamName: "ads").outcome())
        #expect(
            telemetry.lines("weir_caller_exchanges_total{") == [
                #"weir_caller_exchanges_total{team="ads",caller="ada-app",outcome="completed"} 1"#
            ])
    }

    @Test func `Loops count while series expire`() async {
        let fixture = Fixture()
        let telemetry = removed(fixture, workers: 2)
        await withTaskGroup(of: Void.self) { group in
            for shard in telemetry.shards {
                group.addTask { for _ in 0..<500 { shard.settled(fixture.outcome(sampled: false)) } }
            }
            group.addTask {
                for days in 0..<200 { telemetry.expire(at: start.advanced(bySeconds: Double(days) * Self.day)) }
            }
        }
        let cost = telemetry.lines(#"weir_caller_cost_usd_total{team="search""#)
        #expect(cost == [#"weir_caller_cost_usd_total{team="search",caller="ada-app"} 0.0192384"#])
    }
}
