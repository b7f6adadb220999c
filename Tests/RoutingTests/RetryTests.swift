import GatewayTypes
import Testing

@testable import Routing

@Suite struct RetryTests {
    private let bench = Bench(.ordered)
    private let broken = Failure(.upstreamError, "", retryable: true)

    private func desk(perTarget: Int = 2, ratio: Double = 0.2) -> RetryDesk {
        var settings = RetryDesk.Settings()
        settings.perTarget = perTarget
        settings.budgetRatio = ratio
        return RetryDesk(settings: settings, routes: [bench.route])
    }

    private func delay(
        _ desk: RetryDesk, _ failure: Failure? = nil, retries: Int = 0, left: Double = 100, draw: UInt64 = 1
    ) -> Double? {
        desk.delay(after: failure ?? broken, retries: retries, on: bench.route, secondsLeft: left, draw: draw)
    }

    @Test func `However many fail, retries stay below their part of the traffic`() {
        let desk = desk(perTarget: 5)
        var made = 0
        for number in 0..<10_000 {
            desk.began(on: bench.route)
            if delay(desk, draw: UInt64(number)) != nil { made += 1 }
        }
        #expect(made <= 2010 && made >= 2000, "a fifth, and the ten that were saved up")
        #expect(desk.count(.made, on: bench.route) == UInt64(made))
        #expect(desk.count(.budget, on: bench.route) == UInt64(10_000 - made))
    }

    @Test func `Waits double up to the most, and half of each is chance`() {
        var settings = RetryDesk.Settings()
        settings.backoffSeconds = 0.1
        settings.backoffSecondsMax = 0.5
        for (retries, whole) in [(0, 0.1), (1, 0.2), (2, 0.4), (3, 0.5), (40, 0.5)] {
            let waits = (0..<200).map { RetryDesk.backoff(settings, retries: retries, draw: $0) }
            #expect(waits.allSatisfy { $0 >= whole / 2 && $0 <= whole })
            #expect(Set(waits).count > 190)
        }
    }

    @Test func `What a pause or a timeout says is not asked again, nor what is not the provider's fault`() {
        let desk = desk()
        #expect(delay(desk, Failure(.upstreamTimeout, "", retryable: true)) == nil)
        #expect(delay(desk, Failure(.upstreamError, "", retryable: true, retryAfterSeconds: 1)) == nil)
        #expect(delay(desk, Failure(.breakerOpen, "", retryable: true)) == nil)
        #expect(delay(desk, Failure(.upstreamError, "")) == nil)
        #expect(delay(desk, retries: 2) == nil, "two were made")
        #expect(delay(desk, left: 0.01) == nil, "the deadline is nearer")
        #expect(desk.count(.deadline, on: bench.route) == 1)
        #expect(delay(desk) != nil)
        #expect(delay(self.desk(ratio: 0)) == nil)
        #expect(delay(self.desk(perTarget: 0)) == nil)
    }
}
