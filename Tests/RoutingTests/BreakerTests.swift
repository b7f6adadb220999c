import GatewayTypes
import Testing

@testable import Routing

@Suite struct BreakerTests {
    private let settings = {
        var settings = Breaker.Settings()
        settings.failures = 3
        settings.cooldownSeconds = 10
        return settings
    }()

    private func moment(_ seconds: Double) -> Moment { Moment(nanoseconds: 1).advanced(bySeconds: seconds) }

    @Test func `It opens after failures in a row, probes once after the cool-down, and closes on success`() {
        var breaker = Breaker()
        for _ in 0..<2 { breaker.settle(settings, result: .failed, now: moment(0)) }
        let admitted1 = breaker.admits(settings, now: moment(0))
        #expect(admitted1)
        breaker.settle(settings, result: .failed, now: moment(1))
        #expect(breaker.state == .open)
        let admitted2 = breaker.admits(settings, now: moment(10.9))
        #expect(!admitted2)
        #expect(breaker.secondsUntilProbe(settings, now: moment(6)) == 5)
        let admitted3 = breaker.admits(settings, now: moment(11))
        #expect(admitted3)
        let admitted4 = breaker.admits(settings, now: moment(11))
        #expect(!admitted4, "only one probe at a time")
        breaker.settle(settings, result: .succeeded, now: moment(12))
        #expect(breaker.state == .closed)
        let admitted5 = breaker.admits(settings, now: moment(12))
        #expect(admitted5)
    }

    @Test func `A probe that fails opens it again for a whole cool-down`() {
        var breaker = Breaker()
        for _ in 0..<3 { breaker.settle(settings, result: .failed, now: moment(0)) }
        let admitted6 = breaker.admits(settings, now: moment(10))
        #expect(admitted6)
        breaker.settle(settings, result: .failed, now: moment(11))
        let admitted7 = breaker.admits(settings, now: moment(20))
        #expect(!admitted7)
        let admitted8 = breaker.admits(settings, now: moment(21))
        #expect(admitted8)
    }

    @Test func `A success between failures starts the count again`() {
        var breaker = Breaker()
        for result: Breaker.Result in [.failed, .failed, .succeeded, .failed, .unknown, .failed] {
            breaker.settle(settings, result: result, now: moment(0))
        }
        #expect(breaker.state == .closed)
    }

    @Test func `A probe whose result says nothing lets the next attempt probe`() {
        var breaker = Breaker()
        for _ in 0..<3 { breaker.settle(settings, result: .failed, now: moment(0)) }
        let admitted9 = breaker.admits(settings, now: moment(10))
        #expect(admitted9)
        breaker.settle(settings, result: .unknown, now: moment(11))
        #expect(breaker.state == .halfOpen)
        let admitted10 = breaker.admits(settings, now: moment(11))
        #expect(admitted10)
    }
}
