import GatewayTypes
import Testing

@testable import Budgets

/// Traces of a rule's life, second by second, with handed-in clocks.
@Suite struct AlertTests {
    /// Feeds spend (in cents of a 1 USD limit) once a second and returns `second: from→to`.
    private func trace(
        _ rule: BudgetRule, spent: [Int], demand: [Int]? = nil, window: BudgetWindow = .lifetime,
        clock: TestClock = TestClock(), disturb: (Int, TestClock) -> Void = { _, _ in }
    ) -> [String] {
        var alert = BudgetAlert()
        var changes: [String] = []
        for (second, cents) in spent.enumerated() {
            disturb(second, clock)
            let now = clock.now
            var fixed = SpendWindow(window: window, spans: [], at: now)
            fixed.book(
                Spend(actual: cent(cents), demand: cent(demand?[second] ?? cents)), at: now)
            func view(_ view: BudgetSignals.View) -> BudgetSignals {
                BudgetSignals(limit: usd("1"), window: fixed, reserved: .zero, view: view)
            }
            let signals = RuleSignals(
                settled: view(.settled), committed: view(.committed), demand: view(.demand),
                windowStart: fixed.bounds?.start)
            if let change = alert.evaluate(rule, signals: signals, now: now) {
                changes.append("\(second): \(change.from.rawValue)→\(change.to.rawValue)")
            }
            clock.advance(seconds: 1)
        }
        return changes
    }

    private func cent(_ cents: Int) -> Money { Money(picodollars: Int128(cents) * 10_000_000_000) }

    @Test func `A rule without for fires at once and resolves when it no longer holds`() throws {
        var town = Town()
        let rule = try town.rule("r", "spent >= 80%")
        #expect(
            trace(rule, spent: [79, 80, 90, 79, 79, 81]) == [
                "1: inactive→firing", "3: firing→inactive", "5: inactive→firing",
            ])
    }

    @Test func `A rule with for is pending until it has held so long, and a gap begins it anew`() throws {
        var town = Town()
        let rule = try town.rule("r", "spent >= 80%", holdFor: .seconds(3))
        #expect(
            trace(rule, spent: [80, 80, 70, 80, 80, 80, 80, 80, 10]) == [
                "0: inactive→pending", "2: pending→inactive", "3: inactive→pending", "6: pending→firing",
                "8: firing→inactive",
            ])
    }

    @Test func `Until and min_dwell keep it firing`() throws {
        var town = Town()
        let rule = try town.rule("r", "spent >= 80%", until: "spent < 50%", minDwell: .seconds(5))
        #expect(
            trace(rule, spent: [80, 60, 40, 40, 60, 60, 50, 49]) == ["0: inactive→firing", "7: firing→inactive"])
        #expect(
            trace(rule, spent: [80, 10, 10, 10, 10, 10, 10]) == ["0: inactive→firing", "5: firing→inactive"])
    }

    @Test func `A reroute is let go by demand, not by the spend that it lowered`() throws {
        var town = Town()
        let rule = try town.rule("r", "spent >= 80%", until: "spent < 50%", then: town.economy())
        #expect(
            trace(rule, spent: [80, 20, 10, 10, 10], demand: [80, 80, 70, 49, 49]) == [
                "0: inactive→firing", "3: firing→inactive",
            ])
    }

    @Test func `Signals that become unknown keep a firing rule firing, and end a pending one`() throws {
        var town = Town()
        let firing = try town.rule("r", "spent >= 80%", until: "forecast < 90%")
        #expect(trace(firing, spent: [80, 10, 10]) == ["0: inactive→firing"])
        let never = try town.rule("r", "forecast > 0%", holdFor: .seconds(1))
        #expect(trace(never, spent: [80, 80, 80]) == [])
    }

    @Test func `A new window resets what looks at the window, and only that`() throws {
        var town = Town()
        let clock = TestClock()
        clock.advance(seconds: 3597)
        let total = try town.rule("r", "spent >= 80%", until: "spent < 1%", minDwell: .seconds(3600))
        #expect(
            trace(total, spent: [80, 80, 80, 80, 80], window: .calendar(.hour), clock: clock) == [
                "0: inactive→firing", "3: firing→inactive", "4: inactive→firing",
            ])
    }

    @Test func `A stepped wall clock neither fires nor resolves a rule`() throws {
        var town = Town()
        let rule = try town.rule("r", "spent >= 80%", holdFor: .seconds(4), minDwell: .seconds(4))
        let expected = ["0: inactive→pending", "4: pending→firing", "8: firing→inactive"]
        let spent = [80, 80, 80, 80, 80, 0, 0, 0, 0, 0]
        #expect(trace(rule, spent: spent) == expected)
        for step in [86_400.0, -86_400] {
            #expect(
                trace(rule, spent: spent) { second, clock in
                    if second == 2 || second == 6 { clock.stepWall(seconds: step) }
                } == expected)
        }
    }
}
