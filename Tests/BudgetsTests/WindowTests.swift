import GatewayTypes
import Testing

@testable import Budgets

@Suite struct WindowTests {
    private func wall(_ seconds: Int64) -> WallTime { WallTime(nanoseconds: seconds * 1_000_000_000) }

    private func spend(_ text: String) -> Spend { Spend(actual: usd(text), demand: usd(text) + usd(text)) }

    @Test(arguments: [
        // 2026-07-01T00:00:00Z is a Wednesday; 2024-02-29 a leap day; 1969-12-31 lies before the epoch.
        (BudgetWindow.Unit.hour, 1_782_867_599, 1_782_864_000, 1_782_867_600),
        (.day, 1_782_867_599, 1_782_864_000, 1_782_950_400),
        (.week, 1_782_864_000, 1_782_691_200, 1_783_296_000),
        (.week, 1_783_296_000, 1_783_296_000, 1_783_900_800),
        (.month, 1_782_864_000, 1_782_864_000, 1_785_542_400),
        (.month, 1_709_251_199, 1_706_745_600, 1_709_251_200),
        (.month, -1, -2_678_400, 0),
        (.week, -1, -259_200, 345_600),
        (.hour, -1, -3600, 0),
    ])
    func `A calendar window begins and ends in UTC`(unit: BudgetWindow.Unit, at: Int64, start: Int64, end: Int64) {
        let bounds = BudgetWindow.calendar(unit).bounds(at: wall(at))
        #expect(bounds?.start == wall(start))
        #expect(bounds?.end == wall(end))
    }

    @Test func `Each calendar window ends where the next begins, for two hundred years`() {
        for unit in BudgetWindow.Unit.allCases where unit != .hour {
            var time = wall(-3_000_000_000)
            var steps = 0
            while time < wall(3_300_000_000), let bounds = BudgetWindow.calendar(unit).bounds(at: time) {
                #expect(bounds.start <= time && time < bounds.end)
                #expect(BudgetWindow.calendar(unit).bounds(at: bounds.end)?.start == bounds.end)
                time = bounds.end
                steps += 1
            }
            #expect(steps > 2000)
        }
    }

    @Test func `A rolling window holds all of its stretch, and lets go of it within one bucket more`() {
        let clock = TestClock()
        var window = SpendWindow(window: .rolling(.seconds(256)), spans: [], at: clock.now)
        window.book(spend("3"), at: clock.now)
        clock.advance(seconds: 256)
        window.advance(to: clock.now)
        #expect(window.current.actual == usd("3"))
        clock.advance(seconds: 1)
        window.advance(to: clock.now)
        #expect(window.current == .zero)
        clock.advance(seconds: 1e6)
        window.book(spend("1"), at: clock.now)
        #expect(window.current.demand == usd("2"))
    }

    @Test func `Sliding sums equal the sums of a list, exactly`() {
        var random = IDSource()
        let clock = TestClock()
        let span = TimeSpan.seconds(64)
        var window = SpendWindow(window: .lifetime, spans: [span], at: clock.now)
        var booked: [(bucket: UInt64, money: Money)] = []
        for _ in 0..<5000 {
            clock.advance(seconds: Double(random.next() % 3000) / 1000)
            let money = Money(picodollars: Int128(random.next() % 1_000_000_007))
            window.book(Spend(actual: money, demand: .zero), at: clock.now)
            booked.append((clock.now.moment.nanoseconds / 1_000_000_000, money))
            let newest = clock.now.moment.nanoseconds / 1_000_000_000
            let expected = booked.filter { $0.bucket + 64 >= newest }.reduce(Money.zero) { $0 + $1.money }
            #expect(window.sums()[0].spend.actual == expected)
        }
        #expect(window.current.actual == booked.reduce(.zero) { $0 + $1.money })
    }

    @Test func `A calendar window begins anew at its end, and a clock that steps back brings no money back`() {
        let clock = TestClock()
        var window = SpendWindow(window: .calendar(.hour), spans: [.seconds(60)], at: clock.now)
        clock.advance(seconds: 1800)
        window.book(spend("5"), at: clock.now)
        clock.stepWall(seconds: -7200)
        window.book(spend("1"), at: clock.now)
        #expect(window.current.actual == usd("6"), "stepping back loses nothing")
        #expect(window.sums()[0].spend.actual == usd("6"), "stretches are measured by the other clock")
        clock.stepWall(seconds: 7200)
        clock.advance(seconds: 1800)
        window.advance(to: clock.now)
        #expect(window.current == .zero)
        clock.stepWall(seconds: -1)
        window.book(spend("2"), at: clock.now)
        #expect(window.current.actual == usd("2"), "the old window does not begin again")
    }

    @Test func `Seeds land where they were spent`() {
        let clock = TestClock()
        clock.advance(seconds: 1800)
        var window = SpendWindow(window: .calendar(.hour), spans: [.seconds(60)], at: clock.now)
        let now = clock.now
        window.seed(spend("1"), at: now.wall.advanced(byNanoseconds: -30_000_000_000), now: now)
        window.seed(spend("2"), at: now.wall.advanced(byNanoseconds: -600_000_000_000), now: now)
        window.seed(spend("4"), at: now.wall.advanced(byNanoseconds: -3_600_000_000_000), now: now)
        #expect(window.current.actual == usd("3"), "the hour before does not count")
        #expect(window.sums()[0].spend.actual == usd("1"))
    }

    @Test func `The forecast is unknown in the first tenth and while the clock is in doubt`() {
        let clock = TestClock()
        var window = SpendWindow(window: .calendar(.day), spans: [.seconds(3600)], at: clock.now)
        func forecast() -> Money? {
            window.advance(to: clock.now)
            return BudgetSignals(limit: usd("10"), window: window, reserved: .zero, view: .settled).forecast
        }
        window.book(spend("1"), at: clock.now)
        clock.advance(seconds: 8639)
        #expect(forecast() == nil)
        clock.advance(seconds: 1)
        #expect(forecast() == usd("10"))
        clock.advance(seconds: 34_560)
        #expect(forecast() == usd("2"))
        clock.stepWall(seconds: -60)
        #expect(forecast() == nil)
        clock.advance(seconds: 60)
        #expect(forecast() == usd("2"))
    }

    @Test func `Burn is pace over even pace, and reservations count where rules act`() {
        let clock = TestClock()
        var window = SpendWindow(window: .calendar(.day), spans: [.seconds(3600)], at: clock.now)
        window.book(spend("1"), at: clock.now)
        let reserved = Spend(actual: usd("1"), demand: usd("4"))
        func signals(_ view: BudgetSignals.View) -> BudgetSignals {
            BudgetSignals(limit: usd("24"), window: window, reserved: reserved, view: view)
        }
        #expect(signals(.settled).burn(over: .seconds(3600)) == 1)
        #expect(signals(.committed).burn(over: .seconds(3600)) == 2)
        #expect(signals(.demand).burn(over: .seconds(3600)) == 6)
        #expect(signals(.committed).remaining == usd("22"))
        #expect(signals(.settled).burn(over: .seconds(60)) == nil, "nobody watches that stretch")
    }

    @Test func `Unknown is neither true nor false`() throws {
        let clock = TestClock()
        let window = SpendWindow(window: .lifetime, spans: [], at: clock.now)
        let signals = BudgetSignals(limit: usd("10"), window: window, reserved: .zero, view: .settled)
        func holds(_ text: String) throws -> Bool? { try BudgetRuleParser.condition(text).holds(signals) }
        #expect(try holds("forecast > 1%") == nil)
        #expect(try holds("forecast > 1% and spent >= 0%") == nil)
        #expect(try holds("forecast > 1% and spent > 0%") == false)
        #expect(try holds("forecast > 1% or spent >= 0%") == true)
        #expect(try holds("forecast > 1% or spent > 0%") == nil)
        #expect(try holds("burn(1h) > 0 or request.cost > 0 USD") == nil)
        #expect(try holds("2 x remaining > 1.5 x remaining") == true)
        #expect(try holds("remaining <= 100%") == true)
    }
}
