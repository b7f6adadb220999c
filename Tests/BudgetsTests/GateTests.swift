import GatewayTypes
import Synchronization
import TestSupport
import Testing

@testable import Budgets

@Suite struct GateTests {
    private let bounds = FixedBounds([usd("1"), usd("0.1"), .zero, nil])

    @Test func `It refuses what could go over the limit, and the refusal names budget, window and reset`() throws {
        var town = Town()
        let house = House(
            [town.budget(limit: "2.5", window: .calendar(.day))], bounds: bounds, clock: TestClock())
        let first = try house.gate.admit(town.dear, for: town.exchange())
        #expect(first.reserved == usd("1"))
        _ = try house.gate.admit(town.dear, for: town.exchange())
        let refusal = #expect(throws: Failure.self) { try house.gate.admit(town.dear, for: town.exchange()) }
        let failure = try #require(refusal)
        #expect(failure.reason == .budgetExceeded && failure.reason.status == 429 && failure.retryable)
        #expect(failure.retryAfterSeconds == nil)
        #expect(
            failure.message
                == "Budget \"search\" of 2.5 USD (per day) has no room for what this request may cost. It resets at 2026-07-02T00:00:00Z."
        )
        #expect(failure.fields.map(\.name) == ["x-should-retry", "x-weir-budget"])
        #expect(failure.fields.map(\.value) == ["false", "search"])
        _ = try house.gate.admit(town.cheap, for: town.exchange())
        first.settle(town.outcome(town.dear, cost: usd("0.25")))
        _ = try house.gate.admit(town.dear, for: town.exchange())
        #expect(house.first.spent == usd("0.25") && house.first.reserved == usd("2.1") && house.first.refusals == 1)
        #expect(house.first.remaining == usd("0.15"))
    }

    @Test func `Exactly the limit fits, a picodollar more does not`() throws {
        var town = Town()
        let exact = House([town.budget(limit: "1")], bounds: bounds, clock: TestClock())
        _ = try exact.gate.admit(town.dear, for: town.exchange())
        let short = House([town.budget(limit: "0.999999999999")], bounds: bounds, clock: TestClock())
        #expect(throws: Failure.self) { try short.gate.admit(town.dear, for: town.exchange()) }
    }

    @Test func `It reserves in all budgets that count an exchange, or in none`() throws {
        var town = Town()
        let search = [town.teams["search"]]
        let house = House(
            [
                town.budget("wide", limit: "10"), town.budget("team", scope: BudgetScope(teams: search), limit: "1.5"),
                town.budget(
                    "bot", scope: BudgetScope(teams: search, callers: [town.callers["bot"]], routes: [town.smart.name]),
                    limit: "10"),
                town.budget("soft", limit: "0.1", enforcement: .soft),
            ], bounds: bounds, clock: TestClock())
        func reserved() -> [Money] { house.engine.readings().map(\.reserved) }
        _ = try house.gate.admit(town.dear, for: town.exchange())
        #expect(reserved() == [usd("1"), usd("1"), .zero, usd("1")])
        #expect(throws: Failure.self) { try house.gate.admit(town.dear, for: town.exchange(caller: "bot")) }
        #expect(reserved() == [usd("1"), usd("1"), .zero, usd("1")], "the refusal left nothing behind")
        _ = try house.gate.admit(town.dear, for: town.exchange(team: "ads", caller: "bot"))
        #expect(reserved() == [usd("2"), usd("1"), .zero, usd("2")])
        _ = try house.gate.admit(town.cheap, for: town.exchange(caller: "bot"))
        #expect(reserved()[2] == usd("0.1"))
    }

    @Test func `Names that no scope mentions match what is open to all`() throws {
        var town = Town()
        let house = House(
            [
                town.budget("ads", scope: BudgetScope(teams: [town.teams["ads"]])), town.budget("all"),
            ], bounds: bounds, clock: TestClock())
        let stranger = town.exchange(team: "nobody", caller: "nobody", route: Route.none)
        let admission = try house.gate.admit(town.dear, for: stranger)
        #expect(house.engine.readings().map(\.reserved) == [.zero, usd("1")])
        admission.settle(town.outcome(town.dear, cost: usd("1")))
        let only = House(
            [town.budget("ads", scope: BudgetScope(teams: [town.teams["ads"]]))], bounds: bounds, clock: TestClock())
        #expect(try only.gate.admit(town.dear, for: stranger).reserved == .zero)
    }

    @Test func `More budgets than bits in a word are all seen`() throws {
        var town = Town()
        let house = House(
            (0..<130).map {
                town.budget("b\($0)", scope: $0 % 2 == 0 ? BudgetScope() : BudgetScope(teams: [town.teams["ads"]]))
            },
            bounds: bounds, clock: TestClock())
        _ = try house.gate.admit(town.dear, for: town.exchange())
        #expect(house.engine.readings().map { $0.reserved == usd("1") } == (0..<130).map { $0 % 2 == 0 })
    }

    @Test func `What is free passes a budget that is used up`() throws {
        var town = Town()
        let free = Town.target(2, "local")
        let house = House([town.budget(limit: "1")], bounds: bounds, clock: TestClock())
        try house.gate.admit(town.dear, for: town.exchange()).settle(town.outcome(town.dear, cost: usd("1")))
        #expect(throws: Failure.self) { try house.gate.admit(town.cheap, for: town.exchange()) }
        try house.gate.admit(free, for: town.exchange()).settle(
            town.outcome(free, cost: .zero, outputTokens: 500))
        #expect(house.first.spent == usd("1"))
        #expect(house.first.demand == usd("1.5"), "it would have cost half a dollar")
    }

    @Test func `Settling twice books once, and a failed attempt gives all back`() throws {
        var town = Town()
        let house = House([town.budget()], bounds: bounds, clock: TestClock())
        let admission = try house.gate.admit(town.dear, for: town.exchange())
        let outcome = town.outcome(town.dear, cost: usd("1.5"))
        admission.settle(outcome)
        admission.settle(outcome)
        #expect(house.first.spent == usd("1.5") && house.first.reserved == .zero)
        #expect(house.first.overshoot == usd("0.5"))
        var failed = AttemptOutcome(target: town.dear, spanID: 0, began: .zero)
        failed.failure = Failure(.upstreamConnect, "")
        try house.gate.admit(town.dear, for: town.exchange()).settle(failed)
        #expect(house.first.spent == usd("1.5") && house.first.reserved == .zero && house.first.demand == usd("1.5"))
    }

    @Test func `An unknown price is assumed, refused or let pass, as the budget says`() throws {
        let town = Town()
        let unknown = Town.target(3, "new")
        func house(_ policy: BudgetDefinition.Unpriced, _ enforcement: BudgetDefinition.Enforcement = .hard) -> House {
            var town = town
            return House(
                [town.budget(limit: "1.5", enforcement: enforcement, unpriced: policy)], bounds: bounds,
                clock: TestClock())
        }
        let outcome = town.outcome(unknown, cost: .zero, outputTokens: 400, status: .unpriced)
        let assume = house(.assume)
        let admission = try assume.gate.admit(unknown, for: town.exchange())
        #expect(assume.first.reserved == usd("1"))
        #expect(throws: Failure.self) { try assume.gate.admit(unknown, for: town.exchange()) }
        admission.settle(outcome)
        #expect(assume.first.spent == usd("0.4") && assume.first.reserved == .zero && assume.first.assumed == 1)

        let allow = house(.allow)
        try allow.gate.admit(unknown, for: town.exchange()).settle(outcome)
        #expect(allow.first.spent == .zero && allow.first.reserved == .zero)

        #expect(throws: Failure.self) { try house(.refuse).gate.admit(unknown, for: town.exchange()) }
        #expect(throws: Never.self) { try house(.refuse, .soft).gate.admit(unknown, for: town.exchange()) }
    }

    @Test func `Expected reserves what nearly all cost, once it is learned, and counts what is more`() throws {
        var town = Town()
        let house = House(
            [town.budget("usual", limit: "30", reserving: .expected), town.budget("strict", limit: "100")],
            bounds: bounds, clock: TestClock())
        for number in 0..<20 {
            let admission = try house.gate.admit(town.dear, for: town.exchange())
            #expect(house.first.reserved == usd("1"), "number \(number) is reserved whole")
            admission.settle(town.outcome(town.dear, cost: usd("0.1")))
        }
        var open: [any Admission] = []
        for _ in 0..<20 { open.append(try house.gate.admit(town.dear, for: town.exchange())) }
        let held = house.engine.readings().map(\.reserved)
        #expect(held[0] >= usd("2") && held[0] <= usd("3"), "twenty times a tenth, rounded up to a bucket")
        #expect(held[1] == usd("20"))
        for admission in open { admission.settle(town.outcome(town.dear, cost: usd("0.5"))) }
        let reading = house.first
        #expect(reading.reserved == .zero && reading.spent == usd("12"))
        #expect(reading.overshoot == usd("10") - held[0])
        #expect(house.engine.readings()[1].overshoot == .zero)
    }

    @Test func `What is learned lies just above 95 of 100, and the past fades`() {
        var cost = LearnedCost()
        for number in 1...100 { cost.observe(Money(picodollars: number <= 95 ? 1000 : 1_000_000)) }
        #expect(cost.nearlyAll == Money(picodollars: 1024))
        for _ in 0..<20_000 { cost.observe(Money(picodollars: 1)) }
        #expect(cost.nearlyAll == Money(picodollars: 2))
        #expect(LearnedCost().nearlyAll == nil)
    }

    @Test func `A rerouted attempt counts what it saved, or cost more`() throws {
        var town = Town()
        let rule = try town.rule("save", "spent >= 0%", then: town.economy())
        let house = House([town.budget(rules: [rule])], bounds: bounds, clock: TestClock())
        _ = house.engine.evaluate()
        var exchange = town.exchange()
        exchange.override = house.overrides.override(for: exchange)
        let admission = try house.gate.admit(town.cheap, for: exchange)
        admission.settle(town.outcome(town.cheap, cost: usd("0.05"), outputTokens: 500))
        #expect(house.first.spent == usd("0.05") && house.first.demand == usd("0.5"))
        let (key, tally) = try #require(house.engine.moves().first)
        #expect(key.budget == "search" && key.rule == "save" && key.from == "smart" && key.to == "fast")
        #expect(key.team == "search" && tally.exchanges == 1 && tally.saved == usd("0.45"))
    }

    @Test(arguments: [1, 2, 7])
    func `A thousand at once never go over the limit, and every reservation comes back`(seed: UInt64) async throws {
        var town = Town()
        let rolling = BudgetWindow.rolling(.seconds(3600))
        let house = House(
            [
                town.budget("ten", limit: "10"), town.budget("six", window: rolling),
                town.budget("soft", enforcement: .soft),
            ],
            bounds: bounds, clock: TestClock())
        let city = town
        let tally = Tally()
        await withTaskGroup { group in
            for number in 0..<1000 {
                group.addTask {
                    var random = SeededGenerator(seed: seed &* 1_000_003 &+ UInt64(number))
                    let target = random.next() % 2 == 0 ? city.dear : city.cheap
                    guard let admission = try? house.gate.admit(target, for: city.exchange()) else {
                        tally.sums.withLock { $0.refused += 1 }
                        return
                    }
                    let held = house.engine.readings()
                    #expect(held[0].spent + held[0].reserved <= usd("10"))
                    for _ in 0..<random.next() % 4 { await Task.yield() }
                    let cost = Money(
                        picodollars: Int128(random.next()) % (admission.reserved.picodollars + 1))
                    tally.sums.withLock {
                        $0.money += cost
                        $0.admitted += 1
                    }
                    admission.settle(city.outcome(target, cost: cost))
                }
            }
        }
        let total = tally.sums.withLock { $0 }
        let readings = house.engine.readings()
        #expect(readings.map(\.spent) == [total.money, total.money, total.money])
        #expect(readings.map(\.reserved) == [.zero, .zero, .zero])
        #expect(total.money <= usd("10"))
        #expect(total.admitted > 10 && total.admitted + total.refused == 1000)
    }

    @Test func `Whatever the order of settling, the sums are exact and within the limit`() throws {
        var town = Town()
        let house = House([town.budget(limit: "20")], bounds: bounds, clock: TestClock())
        var random = SeededGenerator(seed: 42)
        var open: [any Admission] = []
        var booked = Money.zero
        var refused = 0
        for _ in 0..<5000 {
            if random.next() % 2 == 0, let index = open.indices.randomElement(using: &random) {
                let admission = open.remove(at: index)
                let cost = Money(picodollars: Int128(random.next()) % (admission.reserved.picodollars / 50 + 1))
                booked += cost
                admission.settle(town.outcome(town.dear, cost: cost))
            } else if let admission = try? house.gate.admit(
                random.next() % 3 == 0 ? town.dear : town.cheap, for: town.exchange())
            {
                open.append(admission)
            } else {
                refused += 1
            }
            let held = open.reduce(Money.zero) { $0 + $1.reserved }
            let reading = house.first
            #expect(reading.spent == booked && reading.reserved == held)
            #expect(booked + held <= usd("20"))
        }
        #expect(refused > 50)
    }
}

/// What the tasks of a test did together.
private final class Tally: Sendable {
    struct Sums {
        var money = Money.zero
        var admitted = 0
        var refused = 0
    }

    let sums = Mutex(Sums())
}
