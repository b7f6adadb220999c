import GatewayTypes
import Testing

@testable import Telemetry

@Suite struct CellTests {
    @Test func `A sum of money is never read half written`() async {
        // Each addition changes both words: a torn read would show a sum that is no multiple of the step.
        let step = Money(picodollars: Int128(1) << 64 + 1)
        let cell = MoneyCell(exemplars: false)
        let done = LevelCell()
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                for _ in 0..<200_000 { cell.add(step) }
                done.add(1)
            }
            group.addTask {
                var last = Money.zero
                while done.current == 0 {
                    let now = cell.current
                    #expect(now.picodollars % step.picodollars == 0 && now >= last)
                    last = now
                }
            }
        }
        #expect(cell.current.picodollars == step.picodollars * 200_000)
    }

    @Test func `Money of many loops adds up to the picodollar`() async {
        let telemetry = Fixture.telemetry(workers: 4)
        await withTaskGroup(of: Void.self) { group in
            for shard in telemetry.shards {
                group.addTask {
                    let fixture = Fixture()
                    var outcome = fixture.outcome(sampled: false)
                    outcome.cost = Cost(
                        status: .priced,
                        lines: [
                            CostLine(
                                component: .request, units: 1,
                                price: UnitPrice(picodollarsPerMillion: 9_999_999_999_999_999_999_000_000))
                        ], tier: "", catalogHash: "")
                    for _ in 0..<500 { shard.settled(outcome) }
                }
            }
        }
        // 2,000 × 9,999,999.999999999999 USD: a Double would have lost the last digits.
        let cost = telemetry.lines("weir_cost_usd_total{")
        #expect(cost.count == 1 && cost[0].hasSuffix(" 19999999999.999999998"))
        #expect(
            telemetry.lines("weir_tokens_total{").first { $0.contains(#"type="input""#) }?.hasSuffix(" 200000") == true)
        #expect(telemetry.lines("weir_exchange_duration_seconds_count{")[0].hasSuffix(" 2000"))
    }

    @Test(arguments: [(0.0, 0), (1.0, 0), (1.5, 1), (2.0, 1), (4.0, 2), (4.1, 3), (.infinity, 3)])
    func `A bucket's upper bound is inside it`(value: Double, bucket: Int) {
        #expect(HistogramCell(bounds: [1, 2, 4], exemplars: false).record(value) == bucket)
    }

    @Test func `A negative sum of money is read back`() {
        let cell = MoneyCell(exemplars: false)
        cell.add(Money(picodollars: -5))
        #expect(cell.current == Money(picodollars: -5))
    }
}
