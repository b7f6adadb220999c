import GatewayTypes
import Testing

@testable import Routing

/// Five minutes of a fleet's life under each strategy.
@Suite struct FleetTests {
    private func run(_ strategy: Route.Strategy) async throws -> Fleet.Report {
        var fleet = Fleet(strategy)
        try await fleet.run(seconds: 310, perSecond: 20)
        return fleet.report
    }

    @Test func `Each strategy is good at what it is for, and none lets requests fail`() async throws {
        var reports: [Route.Strategy: Fleet.Report] = [:]
        for strategy in Route.Strategy.allCases {
            let report = try await run(strategy)
            reports[strategy] = report
            print(
                "fleet: \(strategy.rawValue): \(report.requests) requests, \(report.attempts) attempts, "
                    + "failed \(report.errorRatio), seconds \(report.meanSeconds), USD per 1000 \(report.dollarsPerThousand)"
            )
            #expect(report.errorRatio <= 0.001, "\(strategy.rawValue)")
            #expect(Double(report.attempts) <= 1.1 * Double(report.requests), "\(strategy.rawValue)")
        }
        let blind = try #require(reports[.weighted])
        let fast = try #require(reports[.lowestLatency])
        let cheap = try #require(reports[.lowestCost])
        #expect(fast.meanSeconds < 0.6 * blind.meanSeconds)
        #expect(cheap.dollarsPerThousand < 0.4 * blind.dollarsPerThousand)
        for report in reports.values { #expect(report.dollarsPerThousand >= cheap.dollarsPerThousand) }
        let balanced = try #require(reports[.leastOutstanding])
        #expect(balanced.meanSeconds < blind.meanSeconds, "what is slow holds its requests longer")
    }

    @Test func `A provider that fell out sees probes, not the traffic`() async throws {
        let report = try await run(.ordered)
        // A minute of twenty requests a second: those of the first seconds, then a probe every ten seconds.
        #expect(report.attemptsInOutage[0] <= 60)
        #expect(report.attemptsInOutage[0] >= 8)
    }
}
