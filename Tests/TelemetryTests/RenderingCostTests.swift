import GatewayTypes
import TestSupport
import Testing

@testable import Telemetry

/// What a scrape costs, in processor time of the thread that renders, so that other work on the machine does not count.
@Suite struct RenderingCostTests {
    private func seconds(series count: Int) -> Double {
        var settings = TelemetrySettings()
        settings.seriesMax = 1_000_000
        let telemetry = Fixture.telemetry(settings)
        let store = telemetry.shards[0].store
        for number in 0..<count {
            store.counter(.callerExchanges, ["team-\(number % 97)", "caller-\(number)", "completed"]).add(1)
        }
        // The first scrape sorts.
        _ = telemetry.exposition(accept: nil, acceptEncoding: nil)
        return (0..<3).map { _ in
            cpuSeconds { _ = telemetry.exposition(accept: nil, acceptEncoding: nil) }
        }.min() ?? 0
    }

    @Test func `Eight times the series cost about eight times the time`() {
        let (few, many) = (seconds(series: 5_000), seconds(series: 40_000))
        #expect(many < 20 * few, "\(few) s for 5,000 series, \(many) s for 40,000")
    }
}
