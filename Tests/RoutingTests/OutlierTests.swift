import GatewayTypes
import Testing

@testable import Routing

@Suite struct OutlierTests {
    private let settings = {
        var settings = OutlierEjection.Settings()
        settings.minimum = 10
        settings.ejectSeconds = 30
        return settings
    }()

    /// Twenty attempts at each, of which so many fail, first at the last target.
    private func feed(_ ejection: inout OutlierEjection, failures: [Int], at seconds: Double) -> [Int] {
        var ejected: [Int] = []
        for number in 0..<20 {
            for position in failures.indices.reversed() {
                let failed = number >= 20 - failures[position]
                if ejection.settle(position, failed: failed, now: .at(seconds)) { ejected.append(position) }
            }
        }
        return ejected
    }

    @Test func `The one that fails far more often than the others is ejected, for a while`() {
        var ejection = OutlierEjection(settings, count: 4)
        #expect(feed(&ejection, failures: [1, 0, 1, 10], at: 0) == [3])
        #expect(ejection.isEjected(3, now: .at(29)) && !ejection.isEjected(3, now: .at(31)))
        #expect(!ejection.isEjected(0, now: .at(1)))
    }

    @Test func `Where all fail alike nobody is ejected`() {
        var ejection = OutlierEjection(settings, count: 4)
        #expect(feed(&ejection, failures: [10, 9, 10, 10], at: 0).isEmpty)
    }

    @Test func `Never more than the share, and never the only one`() {
        var ejection = OutlierEjection(settings, count: 4)
        #expect(feed(&ejection, failures: [0, 9, 9, 0], at: 0) == [2, 1])
        var strict = settings
        strict.shareMax = 0.25
        ejection = OutlierEjection(strict, count: 4)
        #expect(feed(&ejection, failures: [0, 9, 9, 0], at: 0) == [2], "a quarter of four is one")
        var alone = OutlierEjection(settings, count: 1)
        #expect(feed(&alone, failures: [20], at: 0).isEmpty)
    }

    @Test func `The second time is longer, and good conduct is rewarded`() {
        var ejection = OutlierEjection(settings, count: 4)
        _ = feed(&ejection, failures: [0, 0, 0, 10], at: 0)
        _ = feed(&ejection, failures: [0, 0, 0, 10], at: 40)
        #expect(ejection.isEjected(3, now: .at(99)) && !ejection.isEjected(3, now: .at(101)))
        _ = feed(&ejection, failures: [0, 0, 0, 10], at: 1000)
        #expect(!ejection.isEjected(3, now: .at(1031)))
    }
}
