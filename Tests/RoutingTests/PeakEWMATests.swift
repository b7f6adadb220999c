import GatewayTypes
import Testing

@testable import Routing

@Suite struct PeakEWMATests {
    @Test func `A worse value is believed at once, a better one in the course of time`() throws {
        var mean = PeakEWMA()
        #expect(mean.value == nil)
        mean.observe(0.2, now: .at(0))
        mean.observe(1, now: .at(1))
        #expect(mean.value == 1)
        mean.observe(0.2, now: .at(1))
        #expect(mean.value == 1, "no time has passed")
        mean.observe(0.2, now: .at(11))
        let value = try #require(mean.value)
        #expect(abs(value - (0.2 + 0.8 * 0.367_879)) < 0.0001)
    }

    @Test func `A failure makes it worse, however fast it came`() throws {
        var mean = PeakEWMA()
        mean.observe(0.2, now: .at(0))
        mean.penalise(least: 1, now: .at(0.01))
        let once = try #require(mean.value)
        #expect(abs(once - 0.44) < 0.0001)
        for step in 1...5 { mean.penalise(least: 1, now: .at(0.01 * Double(step))) }
        #expect(try #require(mean.value) > 2)
    }
}
