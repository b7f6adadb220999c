import GatewayTypes
import Testing

@testable import ProxyCore

@Suite struct ServerTimingTests {
    @Test func `Each hop that was entered is told in milliseconds, by its own word`() {
        var hops = HopTimes()
        let began = Moment(nanoseconds: 1)
        let times: [Int64] = [0, 999, 1000, 21_500, 1_000_000, 12_345_678, 600_000_000_000, 5_000, 99_999, 100_000]
        for (hop, nanoseconds) in zip(Hop.allCases, times) {
            hops.add(hop, from: began, to: Moment(nanoseconds: 1 + UInt64(nanoseconds)))
        }
        let expected = zip(
            Hop.allCases,
            ["0.000", "0.000", "0.001", "0.021", "1.000", "12.345", "600000.000", "0.005", "0.099", "0.100"])
        #expect(ServerTiming.text(of: hops) == expected.map { "\($0.rawValue);dur=\($1)" }.joined(separator: ", "))
        #expect(ServerTiming.text(of: HopTimes()).isEmpty)
    }
}
