import GatewayTypes
import Testing

@testable import Routing

@Suite struct BreakerTests {
    private var breaker: Breaker

    init() {
        var settings = Breaker.Settings()
        settings.failures = 3
        settings.cooldownSeconds = 10
        breaker = Breaker(settings)
    }

    /// One attempt, admitted and settled at the same moment; nil where it was not admitted.
    private mutating func attempt(_ result: Breaker.Result, _ seconds: Double) -> Breaker.State? {
        guard let ticket = breaker.admit(now: .at(seconds)) else { return nil }
        _ = breaker.settle(ticket, result, now: .at(seconds))
        return breaker.state
    }

    @Test mutating func `It opens after failures in a row, probes once after the cool-down, and closes on success`() {
        #expect([attempt(.failed, 0), attempt(.failed, 0), attempt(.failed, 1)] == [.closed, .closed, .open])
        #expect(attempt(.succeeded, 10.9) == nil)
        #expect(breaker.secondsUntilProbe(now: .at(6)) == 5)
        let probe = breaker.admit(now: .at(11))
        #expect(probe != nil && breaker.state == .halfOpen)
        let second = breaker.admit(now: .at(11))
        #expect(second == nil, "only one probe at a time")
        if let probe { _ = breaker.settle(probe, .succeeded, now: .at(12)) }
        #expect(attempt(.succeeded, 12) == .closed)
    }

    @Test mutating func `A probe that fails opens it again for a whole cool-down`() {
        for _ in 0..<3 { _ = attempt(.failed, 0) }
        #expect(attempt(.failed, 11) == .open)
        #expect(attempt(.failed, 20) == nil)
        #expect(attempt(.succeeded, 21) == .closed)
    }

    @Test mutating func `A success between failures starts the count again`() {
        for result: Breaker.Result in [.failed, .failed, .succeeded, .failed, .unknown, .failed] {
            _ = attempt(result, 0)
        }
        #expect(breaker.state == .closed)
    }

    @Test mutating func `A probe whose result says nothing lets the next attempt probe`() {
        for _ in 0..<3 { _ = attempt(.failed, 0) }
        #expect(attempt(.unknown, 11) == .halfOpen)
        #expect(attempt(.succeeded, 11) == .closed)
    }

    @Test mutating func `A probe that does not come back within a cool-down is not waited for`() {
        for _ in 0..<3 { _ = attempt(.failed, 0) }
        let lost = breaker.admit(now: .at(10))
        #expect(lost != nil)
        #expect(attempt(.succeeded, 19.9) == nil)
        #expect(attempt(.succeeded, 20) == .closed)
    }

    @Test mutating func `What began before it opened neither closes it, nor opens it once more`() throws {
        let early = (0..<5).compactMap { _ in breaker.admit(now: .at(0)) }
        try #require(early.count == 5)
        let opened = early[0..<3].map { breaker.settle($0, .failed, now: .at(1)) }
        #expect(opened == [false, false, true])
        _ = breaker.settle(early[3], .succeeded, now: .at(2))
        #expect(breaker.state == .open)
        let admitted = breaker.admit(now: .at(11))
        let probe = try #require(admitted)
        _ = breaker.settle(early[4], .failed, now: .at(12))
        #expect(breaker.state == .halfOpen, "an old stream that dies is no probe")
        let second = breaker.admit(now: .at(12))
        #expect(second == nil)
        _ = breaker.settle(probe, .succeeded, now: .at(13))
        #expect(breaker.state == .closed)
    }

    @Test func `It opens when half of the window's attempts fail, once there are enough, and forgets what is old`() {
        var settings = Breaker.Settings()
        settings.failures = 1000
        settings.minimum = 10
        settings.windowSeconds = 10
        var breaker = Breaker(settings)
        func run(_ results: [Breaker.Result], at seconds: Double, _ breaker: inout Breaker) {
            for result in results {
                if let ticket = breaker.admit(now: .at(seconds)) {
                    _ = breaker.settle(ticket, result, now: .at(seconds))
                }
            }
        }
        run(
            [.failed, .succeeded, .failed, .succeeded, .failed, .succeeded, .failed, .succeeded, .failed], at: 0,
            &breaker)
        #expect(breaker.state == .closed, "nine attempts are too few")
        run([.succeeded], at: 11, &breaker)
        run([.failed], at: 11, &breaker)
        #expect(breaker.state == .closed, "the first nine are forgotten")
        run([.succeeded, .failed, .succeeded, .failed, .succeeded, .failed, .succeeded], at: 12, &breaker)
        #expect(breaker.state == .closed)
        run([.failed], at: 13, &breaker)
        #expect(breaker.state == .open)
    }
}
