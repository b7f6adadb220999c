import GatewayTypes
import TestSupport
import Testing

@testable import Budgets

/// The whole loop in virtual time: demand makes spend, spend fires rules, rules lower spend.
@Suite struct ClosedLoopTests {
    /// Requests per second, noisy: calm, a surge, calm again.
    private static func demand(second: Int, _ random: inout SeededGenerator) -> Int {
        let level = (120..<420).contains(second) ? 20 : 4
        return max(0, level + Int(random.next() % 9) - 4)
    }

    @Test(arguments: [1, 2, 3, 4, 5, 6, 7, 8] as [UInt64])
    func `An episode has at most two transitions, although the reroute lowers spend tenfold`(seed: UInt64) throws {
        var town = Town()
        let rule = try town.rule(
            "save", "spent >= 60%", until: "spent < 40%", severity: .page, then: town.economy())
        let clock = TestClock()
        let bounds = FixedBounds([usd("0.01"), usd("0.001")])
        // 60 s at 4 a second cost 1.9 USD; at 20 a second 9.6 USD.
        let house = House(
            [town.budget(limit: "10", window: .rolling(.seconds(60)), rules: [rule])], bounds: bounds, clock: clock)
        var random = SeededGenerator(seed: seed)
        var firings: [Int] = []
        var resolutions: [Int] = []
        var moved = 0
        for second in 0..<700 {
            for _ in 0..<Self.demand(second: second, &random) {
                var exchange = town.exchange(id: random.next())
                exchange.override = house.overrides.override(for: exchange)
                let isMoved = exchange.override != nil
                let target = isMoved ? town.cheap : town.dear
                let admission = try house.gate.admit(target, for: exchange)
                let tokens = Int64(600 + random.next() % 401)
                let cost = try #require(
                    bounds.cost(of: Self.usage(tokens), at: target, operation: .chat, nanoseconds: 0))
                admission.settle(town.outcome(target, cost: cost, outputTokens: tokens))
                moved += isMoved ? 1 : 0
            }
            for transition in house.engine.evaluate() {
                if transition.to == .firing { firings.append(second) } else { resolutions.append(second) }
            }
            #expect(house.first.spent <= usd("10"))
            clock.advance(seconds: 1)
        }
        #expect(firings.count == 1 && resolutions.count == 1, "firing \(firings), resolved \(resolutions)")
        #expect((120..<180).contains(firings.first ?? 0))
        #expect((420..<490).contains(resolutions.first ?? 0))
        #expect(moved > 4000)
        #expect(house.first.spent < usd("3") && house.first.reserved == .zero)
        let tally = try #require(house.engine.moves().first?.tally)
        #expect(tally.exchanges == Int64(moved) && tally.saved > usd("25"))
    }

    @Test func `A calendar budget with burn rates pages once, and a month's end lets go of its totals`() throws {
        var town = Town()
        let rules = [
            try town.rule("half", "spent >= 50%", severity: .ticket),
            try town.rule(
                "fast", "burn(1h) >= 2 and burn(5m) >= 2", until: "burn(1h) < 1", severity: .page, then: town.economy()),
        ]
        let clock = TestClock()
        let bounds = FixedBounds([usd("0.05"), usd("0.005")])
        let house = House(
            [town.budget(limit: "240", window: .calendar(.day), rules: rules)], bounds: bounds, clock: clock)
        var random = SeededGenerator(seed: 9)
        var changes: [String] = []
        // Ten hours at half the even pace of 10 USD an hour, three hours at four times it, then half again until past midnight.
        for minute in 0..<1500 {
            let perHour = (600..<780).contains(minute) ? 40 : 5
            for _ in 0..<Int(random.next() % 3) + perHour * 20 / 60 {
                let isMoved = house.overrides.override(for: town.exchange(id: random.next())) != nil
                let target = isMoved ? town.cheap : town.dear
                let admission = try house.gate.admit(target, for: town.exchange())
                admission.settle(
                    town.outcome(target, cost: bounds.bounds[target.index] ?? .zero, outputTokens: 1000))
            }
            for change in house.engine.evaluate() {
                changes.append("\(change.rule.name.text) \(change.to.rawValue)")
                if change.rule.name.text == "half", change.to == .inactive { #expect(minute == 1440) }
            }
            clock.advance(seconds: 60)
        }
        #expect(changes.filter { $0.hasPrefix("fast") } == ["fast firing", "fast inactive"])
        #expect(changes.filter { $0.hasPrefix("half") }.count <= 2)
    }

    private static func usage(_ tokens: Int64) -> Usage {
        var usage = Usage(source: .provider)
        usage[.output] = tokens
        return usage
    }
}
