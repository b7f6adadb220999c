import GatewayTypes
import Testing

@testable import Limits

extension SlidingWindow {
    /// Asked of a copy, so that expectations can ask.
    fileprivate func hasRoom(for cost: Int64, at now: Moment) -> Bool {
        var copy = self
        return copy.fits(cost, at: now)
    }

    fileprivate func count(at now: Moment) -> Int64 {
        var copy = self
        return copy.used(at: now)
    }
}

/// Windows and paces as traces.
@Suite struct CountingTests {
    private static let origin: UInt64 = 7_000_123_456_789

    private func moment(_ seconds: Double) -> Moment {
        Moment(nanoseconds: Self.origin + UInt64(seconds * 1e9))
    }

    /// What is let through in `seconds` when ten times as much is asked, evenly.
    private func admitted(_ text: String, seconds: Double, cost: Int64 = 1) throws -> Int64 {
        let rate = try LimitRate(parsing: text)
        var meter = LimitMeter(LimitDefinition.Rate(cost == 1 ? .requests : .tokens, rate))
        let step = Double(rate.period.nanoseconds) / 1e9 / Double(rate.amount) / 10 * Double(cost)
        let weight = LimitCost(inputTokens: cost)
        var passed: Int64 = 0
        var tried = 0
        while Double(tried) * step < seconds {
            let now = moment(Double(tried) * step)
            tried += 1
            guard meter.fits(weight, at: now) else { continue }
            meter.take(weight, at: now)
            passed += cost
        }
        return passed
    }

    @Test(arguments: [
        ("20/second", 1), ("60/minute", 1), ("1000/minute", 1), ("500/hour", 1), ("100000/minute", 250),
        ("20/second burst 20", 1), ("1000/minute burst 100", 1), ("500/hour burst 5", 1),
        ("100000/minute burst 50000", 250),
    ])
    func `An hour at ten times the limit lets the limit through, within one in a hundred`(
        text: String, cost: Int64
    ) throws {
        let rate = try LimitRate(parsing: text)
        let expected = Double(rate.amount) * 3600e9 / Double(rate.period.nanoseconds)
        let passed = try admitted(text, seconds: 3600, cost: cost)
        #expect(abs(Double(passed) - expected) <= expected / 100, "\(passed) of \(expected)")
    }

    @Test func `A day at ten times a daily limit lets the limit through`() throws {
        #expect(try admitted("1000/day", seconds: 86_400) == 1000)
        #expect(try admitted("1000/day", seconds: 86_400 * 3) <= 3030)
    }

    @Test func `No stretch as long as the window holds more than the limit and one bucket of it`() throws {
        var window = SlidingWindow(try LimitRate(parsing: "100/minute"))
        var taken: [Double] = []
        // A linear congruential generator (Knuth, MMIX): irregular, and the same every time.
        var state: UInt64 = 1
        var second = 0.0
        while second < 600 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            second += Double(state >> 33) / Double(1 << 31) * 0.3
            guard window.fits(1, at: moment(second)) else { continue }
            window.take(1, at: moment(second))
            taken.append(second)
        }
        for (index, start) in taken.enumerated() {
            let inside = taken[index...].prefix { $0 < start + 60 }.count
            #expect(inside <= 108, "at \(start)")
        }
    }

    @Test func `A window tells when there is room again, and there is`() throws {
        var window = SlidingWindow(try LimitRate(parsing: "3/minute"))
        for second in [0.0, 10, 20] { window.take(1, at: moment(second)) }
        #expect(!window.hasRoom(for: 1, at: moment(30)))
        let wait = window.wait(for: 1, at: moment(30))
        #expect(wait == 30_000_000_000)
        let then = Moment(nanoseconds: moment(30).nanoseconds + UInt64(wait))
        #expect(window.hasRoom(for: 1, at: then))
        #expect(!window.hasRoom(for: 1, at: Moment(nanoseconds: then.nanoseconds - 1)))
        let none = window.wait(for: 1, at: then)
        #expect(none == 0)
        let reset = window.reset(at: moment(30))
        #expect(window.count(at: Moment(nanoseconds: moment(30).nanoseconds + UInt64(reset))) == 0)
    }

    @Test func `A pace tells when there is room again, to the nanosecond`() throws {
        let rate = try LimitRate(parsing: "7/minute burst 2")
        var pace = PacedRate(rate, burst: 2)
        pace.take(1, at: moment(0))
        pace.take(1, at: moment(0))
        #expect(!pace.fits(1, at: moment(0)) && pace.remaining(at: moment(0)) == 0)
        let wait = pace.wait(for: 1, at: moment(0))
        #expect(wait == 8_571_428_572)
        let then = Moment(nanoseconds: moment(0).nanoseconds + UInt64(wait))
        #expect(pace.fits(1, at: then) && !pace.fits(1, at: Moment(nanoseconds: then.nanoseconds - 1)))
        #expect(pace.remaining(at: then) == 1)
        #expect(pace.reset(at: moment(0)) == 17_142_857_143)
    }

    @Test func `What was reserved too much is given back where it was counted, too little counts now`() throws {
        var window = SlidingWindow(try LimitRate(parsing: "1000/minute"))
        window.take(1000, at: moment(0))
        window.correct(by: -800, reserved: moment(0), at: moment(30))
        #expect(window.count(at: moment(30)) == 200)
        window.correct(by: 300, reserved: moment(0), at: moment(31))
        #expect(window.count(at: moment(31)) == 500)
        #expect(window.count(at: moment(65)) == 300, "the first has left, what came later has not")
        window.correct(by: -200, reserved: moment(0), at: moment(65))
        #expect(window.count(at: moment(65)) == 300, "what has left is not given back again")
        #expect(window.count(at: moment(200)) == 0)
    }

    @Test func `A pace that paid too much back never grants more than its rate and burst`() throws {
        var pace = PacedRate(try LimitRate(parsing: "1000/minute burst 1000"), burst: 1000)
        var total: Int64 = 0
        for second in 0..<3600 where pace.fits(1000, at: moment(Double(second))) {
            pace.take(1000, at: moment(Double(second)))
            pace.correct(by: -900, at: moment(Double(second) + 0.5))
            total += 100
        }
        #expect(total <= 61_000 && total > 59_000, "\(total)")
    }

    @Test func `What is larger than a whole limit passes once nothing else counts`() throws {
        var window = SlidingWindow(try LimitRate(parsing: "100/minute"))
        #expect(window.hasRoom(for: 5000, at: moment(0)))
        window.take(5000, at: moment(0))
        #expect(!window.hasRoom(for: 1, at: moment(59)) && window.hasRoom(for: 1, at: moment(62)))
    }

    @Test func `A clock that is behind another loop's counts as that one's`() throws {
        var window = SlidingWindow(try LimitRate(parsing: "10/second"))
        window.take(10, at: moment(2))
        #expect(!window.hasRoom(for: 1, at: moment(1.9)))
        window.correct(by: -4, reserved: moment(2), at: moment(1.9))
        #expect(window.count(at: moment(2)) == 6)
    }

    @Test(arguments: [
        ("60", "no rate"), ("60/", "no period"), ("60/week", "no period"), ("0/minute", "out of bounds"),
        ("-1/minute", "out of bounds"), ("x/minute", "out of bounds"), ("60/minute burst", "no rate"),
        ("60/minute burst 61", "from 1 to 60"), ("60/minute in 5", "no rate"), ("9999999999999/day", "out of bounds"),
    ])
    func `A rate that is none is refused with what to write`(text: String, words: String) {
        let error = #expect(throws: LimitTextError.self) { try LimitRate(parsing: text) }
        #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
    }

    @Test func `The fields of a reply have the durations that SDKs read`() {
        let texts = [
            0, 1, 120_000_000, 999_999_999, 1_000_000_000, 59_000_000_001, 360_000_000_000, 86_341_000_000_000,
        ]
        .map { LimitFields.duration($0) }
        #expect(texts == ["0ms", "1ms", "120ms", "1000ms", "1s", "1m0s", "6m0s", "23h59m1s"])
    }
}
