import GatewayTypes
import Testing

@testable import Budgets

@Suite struct EngineTests {
    private let bounds = FixedBounds([usd("1"), usd("0.1")])

    private func spend(_ amount: String, in house: House, _ town: Town) throws {
        let admission = try house.gate.admit(town.dear, for: town.exchange())
        admission.settle(town.outcome(town.dear, cost: usd(amount)))
    }

    @Test func `Spend past a rule moves traffic at the next evaluation, and says so`() throws {
        var town = Town()
        let rule = try town.rule("warn", "spent >= 50%", severity: .page, then: town.economy())
        let clock = TestClock()
        let house = House([town.budget(rules: [rule])], bounds: bounds, clock: clock)
        #expect(house.overrides.override(for: town.exchange()) == nil)
        try spend("5", in: house, town)
        let transitions = house.engine.evaluate()
        #expect(transitions.count == 1)
        #expect(
            transitions[0].summary
                == "Budget \"search\" of 10 USD (lifetime): rule \"warn\" is firing (spent >= 50%); spent is 5 USD.")
        #expect(transitions[0].isForOwner && transitions[0].owner == "search-oncall")
        let override = try #require(house.overrides.override(for: town.exchange()))
        #expect(override.action == .reroute(from: town.smart.name, to: town.fast.name))
        #expect(override.budget.text == "search" && override.rule.text == "warn")
        #expect(house.overrides.override(for: town.exchange(route: town.fast)) == nil, "fast is not in the map")
        #expect(house.engine.evaluate().isEmpty)
        let reading = house.first.rules[0]
        #expect(reading.state == .firing)
        #expect(reading.moves[0].isActive)
        #expect(reading.transitions.map(\.count) == [0, 0, 1])
    }

    @Test func `A reservation makes a rule act, but tells nobody yet`() throws {
        var town = Town()
        let tell = try town.rule("tell", "spent >= 5%", severity: .page)
        let act = try town.rule("act", "spent >= 5%", then: town.economy())
        let house = House([town.budget(rules: [tell, act])], bounds: bounds, clock: TestClock())
        let admission = try house.gate.admit(town.dear, for: town.exchange())
        #expect(house.engine.evaluate().map(\.rule.name.text) == ["act"])
        admission.settle(town.outcome(town.dear, cost: usd("0.5")))
        #expect(house.engine.evaluate().map(\.rule.name.text) == ["tell"])
    }

    @Test func `Within a budget the strongest action wins, across budgets the strictest`() throws {
        var town = Town()
        let always = "spent >= 0%"
        let clampHard = try town.rule("c1", always, then: .clamp(outputTokensMax: 100))
        let clampSoft = try town.rule("c2", always, then: .clamp(outputTokensMax: 500))
        let move = try town.rule("m", always, then: town.economy())
        let refuse = try town.rule("r", always, then: .refuse)
        func decision(_ budgets: [[BudgetRule]]) -> Override.Action? {
            var town = town
            let definitions = budgets.enumerated().map { town.budget("b\($0.offset)", rules: $0.element) }
            let house = House(definitions, bounds: bounds, clock: TestClock())
            _ = house.engine.evaluate()
            return house.overrides.override(for: town.exchange())?.action
        }
        let moved = Override.Action.reroute(from: town.smart.name, to: town.fast.name)
        #expect(decision([[clampHard, move]]) == moved)
        #expect(decision([[clampHard], [move]]) == moved)
        #expect(decision([[clampSoft], [clampHard]]) == .clamp(outputTokensMax: 100))
        #expect(decision([[clampHard, refuse]]) == nil, "the gate refuses")
    }

    @Test func `A reroute that an operator holds moves nothing, and the next action of its budget counts`() throws {
        var town = Town()
        let move = try town.rule("m", "spent >= 0%", then: town.economy())
        let clamp = try town.rule("c", "spent >= 0%", then: .clamp(outputTokensMax: 100))
        let house = House([town.budget(rules: [move, clamp])], bounds: bounds, clock: TestClock())
        _ = house.engine.evaluate()
        func action() -> Override.Action? { house.overrides.override(for: town.exchange())?.action }
        let moved = Override.Action.reroute(from: town.smart.name, to: town.fast.name)
        #expect(action() == moved)
        for hold in [RerouteHold(budget: "search", rule: nil), RerouteHold(budget: "search", rule: "m")] {
            house.engine.hold([hold])
            #expect(action() == .clamp(outputTokensMax: 100))
            #expect(house.engine.readings()[0].rules[0].moves.allSatisfy { !$0.isActive })
            _ = house.engine.evaluate()
            #expect(action() == .clamp(outputTokensMax: 100))
            #expect(house.engine.readings()[0].rules[0].state == .firing)
        }
        for hold in [RerouteHold(budget: "ads", rule: nil), RerouteHold(budget: "search", rule: "c")] {
            house.engine.hold([hold])
            #expect(action() == moved)
        }
        house.engine.hold([])
        #expect(action() == moved && house.engine.readings()[0].rules[0].moves.allSatisfy(\.isActive))
    }

    @Test func `A firing refuse rule refuses all but what it excepts`() throws {
        var town = Town()
        let rule = try town.rule("stop", "spent >= 0%", then: .refuse, except: [.free, .model("cheap")])
        let local = Town.target(2, "local")
        let house = House(
            [town.budget(enforcement: .soft, rules: [rule])], bounds: FixedBounds([usd("1"), usd("1"), .zero]),
            clock: TestClock())
        _ = house.engine.evaluate()
        let failure = #expect(throws: Failure.self) { try house.gate.admit(town.dear, for: town.exchange()) }
        #expect(
            failure?.message
                == "Budget \"search\" of 10 USD (in all) refuses by its rule \"stop\" (spent >= 0%). It does not reset."
        )
        _ = try house.gate.admit(town.cheap, for: town.exchange())
        _ = try house.gate.admit(local, for: town.exchange())
    }

    @Test func `A rule on request.cost looks at each request`() throws {
        var town = Town()
        let refuse = try town.rule("big", "request.cost > 0.5 USD", then: .refuse)
        let house = House([town.budget(rules: [refuse])], bounds: bounds, clock: TestClock())
        #expect(throws: Failure.self) { try house.gate.admit(town.dear, for: town.exchange()) }
        _ = try house.gate.admit(town.cheap, for: town.exchange())
        let move = try town.rule("big", "request.cost > 0.5 USD", then: town.economy())
        let moving = House([town.budget(rules: [move])], bounds: bounds, clock: TestClock())
        #expect(moving.overrides.override(for: town.exchange()) != nil)
        #expect(
            House([town.budget(rules: [move])], bounds: FixedBounds([usd("0.5"), .zero]), clock: TestClock())
                .overrides.override(for: town.exchange()) == nil)
        #expect(moving.engine.evaluate().isEmpty)
    }

    @Test func `A share moves that share of the exchanges, each of them always the same way`() throws {
        var town = Town()
        let rule = try town.rule("half", "spent >= 0%", then: town.economy(share: 30))
        let house = House([town.budget(rules: [rule])], bounds: bounds, clock: TestClock())
        _ = house.engine.evaluate()
        var ids = IDSource()
        var moved = 0
        for _ in 0..<10_000 {
            let exchange = town.exchange(id: ids.exchangeID(at: .now()).low)
            let first = house.overrides.override(for: exchange) != nil
            #expect(first == (house.overrides.override(for: exchange) != nil))
            if first { moved += 1 }
        }
        #expect((2700...3300).contains(moved))
    }

    @Test func `A free route is not moved unless the rule says so`() throws {
        for (except, isMoved) in [([BudgetRule.Exception.free], false), ([], true), ([.model("smart")], false)] {
            var town = Town()
            let rule = try town.rule("m", "spent >= 0%", then: town.economy(), except: except)
            let house = House([town.budget(rules: [rule])], bounds: FixedBounds([.zero, usd("1")]), clock: TestClock())
            _ = house.engine.evaluate()
            #expect((house.overrides.override(for: town.exchange()) != nil) == isMoved)
        }
    }

    @Test func `Rules survive a restart without firing again`() throws {
        var town = Town()
        let rules = [
            try town.rule("firing\t%", "spent >= 10%", minDwell: .seconds(60), severity: .page, then: town.economy()),
            try town.rule("pending", "spent >= 10%", holdFor: .seconds(10)),
        ]
        let budget = town.budget(rules: rules)
        let clock = TestClock()
        let before = House([budget], bounds: bounds, clock: clock)
        try spend("2", in: before, town)
        #expect(before.engine.evaluate().count == 2)
        clock.advance(seconds: 4)
        before.engine.markNotified(budget: "search", rule: "firing\t%", at: clock.now.wall)
        let bytes = before.engine.snapshot()

        let later = TestClock(wallSeconds: 1_782_864_000 + 600)
        let after = House([budget], bounds: bounds, clock: later)
        #expect(after.set.unseeded == ["search"])
        after.book.seed(spent: usd("2"), into: "search", at: clock.now.wall)
        #expect(after.engine.restore(bytes))
        #expect(after.overrides.override(for: town.exchange()) != nil, "the reroute goes on before any evaluation")
        #expect(after.engine.evaluate().isEmpty)
        #expect(after.engine.active(resolvedSeconds: 900).first?.lastNotified == clock.now.wall)
        later.advance(seconds: 5)
        #expect(after.engine.evaluate().isEmpty)
        later.advance(seconds: 1)
        #expect(after.engine.evaluate().map(\.rule.name.text) == ["pending"], "six seconds after the first four")
        #expect(after.engine.snapshot() == after.engine.snapshot())
        #expect(!after.engine.restore(Array("weir-budget-rules 2\n".utf8)))
        #expect(!after.engine.restore(bytes + Array("x\ty\n".utf8)))
    }

    @Test func `A reload keeps the sums and states of what it does not change`() throws {
        var town = Town()
        let rule = try town.rule("warn", "spent >= 50%")
        let clock = TestClock()
        let house = House([town.budget(rules: [rule]), town.budget("other")], bounds: bounds, clock: clock)
        try spend("5", in: house, town)
        _ = house.engine.evaluate()
        let open = try house.gate.admit(town.dear, for: town.exchange())

        let raised = town.budget(limit: "20", rules: [rule])
        let set = house.book.adopt([raised, town.budget("new")])
        _ = house.engine.adopt(set, bounds: bounds)
        #expect(set.unseeded == ["new"])
        #expect(house.first.spent == usd("5") && house.first.reserved == usd("1") && house.first.limit == usd("20"))
        #expect(house.engine.evaluate().map(\.to) == [.inactive])
        open.settle(town.outcome(town.dear, cost: usd("1")))
        #expect(house.first.spent == usd("6") && house.first.reserved == .zero)

        let bare = house.book.adopt([town.budget(limit: "20"), town.budget("other")])
        #expect(house.first.rules.count == 1)
        _ = house.engine.adopt(bare, bounds: bounds)
        #expect(house.first.rules.isEmpty)
        let back = house.book.adopt([raised, town.budget("other")])
        #expect(back.unseeded == [], "declared before and since")
        let again = house.book.adopt([raised])
        #expect(again.unseeded == [])
        #expect(
            house.book.adopt([raised, town.budget("other")]).unseeded == ["other"],
            "it missed what was spent while nobody declared it")
        #expect(house.book.adopt([town.budget(window: .calendar(.day))]).unseeded == ["search"], "other money")
    }

    @Test func `A reload that takes a firing rule away tells its owner that it is over`() throws {
        var town = Town()
        let rule = try town.rule("warn", "spent >= 0%", severity: .page)
        let house = House([town.budget(rules: [rule])], bounds: bounds, clock: TestClock())
        _ = house.engine.evaluate()
        _ = house.engine.adopt(house.book.adopt([town.budget()]), bounds: bounds)
        let transitions = house.engine.evaluate()
        #expect(transitions.count == 1)
        #expect(transitions.first?.from == .firing && transitions.first?.to == .inactive)
        #expect(transitions.first?.isForOwner == true)
        #expect(house.engine.evaluate().isEmpty)
    }

    @Test func `Seeding begins where the money still counts`() throws {
        var town = Town()
        let clock = TestClock()
        clock.advance(seconds: 7200)
        let rules = [try town.rule("r", "burn(6h) > 1")]
        let house = House(
            [
                town.budget("day", window: .calendar(.day)),
                town.budget("hour", window: .calendar(.hour), rules: rules),
                town.budget("ever"), town.budget("rolling", window: .rolling(.seconds(20))),
            ], bounds: bounds, clock: clock)
        func age(_ name: String) -> Double? {
            house.book.seedStart(of: name).map { clock.now.wall.seconds - $0.seconds }
        }
        #expect(age("day") == 7200)
        #expect(age("hour") == 21_600, "its rule looks back further than its window")
        #expect(age("ever") == nil)
        #expect(age("rolling") == 20)
    }
}
