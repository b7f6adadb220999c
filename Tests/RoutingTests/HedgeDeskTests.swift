import GatewayTypes
import Testing

@testable import Routing

@Suite struct HedgeDeskTests {
    private func desk(_ rule: HedgeRule) throws -> (HedgeDesk, Bench) {
        let bench = Bench(.ordered, weights: [1, 1], hedge: rule)
        return (try #require(HedgeDesk(routes: [bench.route], targetCount: 2)), bench)
    }

    private func learn(_ desk: HedgeDesk, _ bench: Bench, _ seconds: Double, lost: Bool = false) throws {
        let admission = try desk.admit(bench.targets[0], for: bench.exchange())
        var outcome = attempt(
            at: bench.targets[0], from: 0, to: lost ? seconds : seconds + 1, firstToken: lost ? nil : seconds)
        outcome.streams = true
        if lost {
            outcome.failure = Failure(.interrupted, "")
            outcome.hedge = HedgeMark(isSecond: false, won: false, afterSeconds: 1)
        }
        admission.settle(outcome)
    }

    @Test func `A percentile is what that part of the attempts has taken, once enough were seen`() throws {
        let (desk, bench) = try desk(HedgeRule(after: .percentile(0.95), shareMax: 1))
        for number in 1...19 { try learn(desk, bench, Double(number) / 100) }
        #expect(desk.began(on: bench.route, at: bench.targets[0], streams: true) == nil)
        for number in 20...100 { try learn(desk, bench, Double(number) / 100) }
        let seconds = try #require(desk.began(on: bench.route, at: bench.targets[0], streams: true))
        #expect(seconds >= 0.94 && seconds <= 1.1)
        #expect(
            desk.began(on: bench.route, at: bench.targets[0], streams: false) == nil,
            "of whole replies nothing is known")
        #expect(desk.began(on: bench.route, at: bench.targets[1], streams: true) == nil)
    }

    @Test func `One that lost a race counts as slow as it was seen to be`() throws {
        let (desk, bench) = try desk(HedgeRule(after: .percentile(0.9), shareMax: 1))
        for _ in 0..<80 { try learn(desk, bench, 0.1) }
        for _ in 0..<20 { try learn(desk, bench, 5, lost: true) }
        let seconds = try #require(desk.began(on: bench.route, at: bench.targets[0], streams: true))
        #expect(seconds >= 5)
    }

    @Test func `Second attempts stay within their share`() throws {
        let (desk, bench) = try desk(HedgeRule(after: .seconds(0.5), shareMax: 0.05))
        var made = 0
        for _ in 0..<1000 {
            #expect(desk.began(on: bench.route, at: bench.targets[0], streams: true) == 0.5)
            if desk.spend(on: bench.route) { made += 1 }
        }
        #expect((55...60).contains(made), "five in a hundred, and the ten that were saved up")
    }

    @Test func `Routes that do not hedge have no desk`() {
        #expect(HedgeDesk(routes: [Bench(.ordered).route], targetCount: 3) == nil)
    }

    @Test func `A history forgets`() {
        var history = LatencyHistory()
        for _ in 0..<400 { history.observe(10) }
        for _ in 0..<2000 { history.observe(0.1) }
        #expect(history.percentile(0.95).map { $0 < 0.2 } == true)
        #expect(history.percentile(0).map { $0 <= 0.001 } == true)
    }

    /// One reply in twenty takes ten times as long; a second attempt takes another draw.
    @Test func `Hedging cuts the tail for few attempts more`() throws {
        func run(hedged: Bool) throws -> (p99: Double, attempts: Int) {
            let (desk, bench) = try desk(HedgeRule(after: .percentile(0.9), shareMax: 0.1))
            var random = IDSource(seed: 7)
            func draw() -> Double {
                let part = Double(random.next() >> 11) / Double(1 << 53)
                return part < 0.05 ? 4 + 2 * part : 0.3 + 0.2 * part
            }
            var times: [Double] = []
            var attempts = 0
            for _ in 0..<5000 {
                let first = draw()
                attempts += 1
                var seconds = first
                let delay = desk.began(on: bench.route, at: bench.targets[0], streams: true)
                if hedged, let delay, delay < first, desk.spend(on: bench.route) {
                    attempts += 1
                    seconds = min(first, delay + draw())
                }
                try learn(desk, bench, seconds, lost: seconds < first)
                times.append(seconds)
            }
            times.sort()
            return (times[4949], attempts)
        }
        let (plain, hedged) = (try run(hedged: false), try run(hedged: true))
        print("hedging: p99 \(plain.p99) s to \(hedged.p99) s, attempts \(plain.attempts) to \(hedged.attempts)")
        #expect(hedged.p99 < 0.4 * plain.p99)
        #expect(Double(hedged.attempts) <= 1.11 * Double(plain.attempts))
    }
}
