import GatewayTypes
import NIOCore
import TestSupport
import Testing

@testable import Routing

@Suite struct SteeringTests {
    @Test func `A drained target, or all of a drained provider, takes no attempt until it is back`() throws {
        let fleet = SteeringTown()
        let drains = Drains()
        let gate = DrainGate(drains: drains)
        let exchange = fleet.exchange(on: fleet.smart)
        _ = try gate.admit(fleet.dear, for: exchange)
        drains.adopt([Drains.Place(provider: "p0", model: "dear")])
        let failure = #expect(throws: Failure.self) { try gate.admit(fleet.dear, for: exchange) }
        #expect(failure?.retryable == true && failure?.message == "p0/dear was taken out by an operator.")
        _ = try gate.admit(fleet.cheap, for: exchange)
        drains.adopt([Drains.Place(provider: "p1", model: nil)])
        _ = try gate.admit(fleet.dear, for: exchange)
        #expect(throws: Failure.self) { try gate.admit(fleet.cheap, for: exchange) }
        drains.adopt([])
        _ = try gate.admit(fleet.cheap, for: exchange)
    }

    @Test func `A forced reroute moves its model's requests of its teams, and its share of them`() {
        let fleet = SteeringTown()
        let forced = ForcedReroutes()
        let routes = ["smart": fleet.smart, "fast": fleet.fast]
        func moved(_ entry: ForcedReroutes.Entry, on route: Route) -> Int {
            forced.adopt([entry])
            return (0..<200).count {
                forced.override(for: fleet.exchange(on: route, lot: UInt64($0) << 24 | 1), routes: routes) != nil
            }
        }
        func entry(from: String = "smart", to: String = "fast", teams: [String] = [], share: Int = 100)
            -> ForcedReroutes.Entry
        { ForcedReroutes.Entry(name: "x", from: from, to: to, teams: teams, sharePercent: share) }
        #expect(moved(entry(), on: fleet.smart) == 200)
        #expect(moved(entry(), on: fleet.fast) == 0)
        #expect(moved(entry(teams: ["search"]), on: fleet.smart) == 200)
        #expect(moved(entry(teams: ["shop"]), on: fleet.smart) == 0)
        #expect(moved(entry(to: "gone"), on: fleet.smart) == 0)
        #expect((96...132).contains(moved(entry(share: 50), on: fleet.smart)))
        forced.adopt([entry()])
        let override = forced.override(for: fleet.exchange(on: fleet.smart), routes: routes)
        #expect(override?.isOperators == true && override?.rule.text == "x")
        #expect(override?.action == .reroute(from: fleet.smart.name, to: fleet.fast.name))
    }

    @Test func `Where an operator forces nothing the budgets decide`() {
        struct Clamp: Overrides {
            func override(for exchange: borrowing Exchange) -> Override? {
                Override(budget: .other, rule: .other, action: .clamp(outputTokensMax: 5))
            }
        }
        let fleet = SteeringTown()
        let forced = ForcedReroutes()
        let both = OperatorOverrides(
            forced: forced, routes: ["smart": fleet.smart, "fast": fleet.fast], others: Clamp())
        #expect(both.override(for: fleet.exchange(on: fleet.smart))?.action == .clamp(outputTokensMax: 5))
        forced.adopt([ForcedReroutes.Entry(name: "x", from: "smart", to: "fast", teams: [], sharePercent: 100)])
        #expect(both.override(for: fleet.exchange(on: fleet.smart))?.isOperators == true)
        #expect(both.override(for: fleet.exchange(on: fleet.fast))?.isOperators == false)
    }
}

/// Two routes of one target each, and requests of the team search on them.
struct SteeringTown {
    let dear: Target
    let cheap: Target
    let smart: Route
    let fast: Route
    private let team: ConfiguredName

    init() {
        var names = NameTable()
        func target(_ index: Int, _ model: String) -> Target {
            Target(
                index: index, provider: names.declare("p\(index)"), providerKind: "sim",
                servedModel: names.declare(model), weight: 1, ways: [], keyAlias: "", injectsStreamUsage: false)
        }
        dear = target(0, "dear")
        cheap = target(1, "cheap")
        smart = Route(name: names.declare("smart"), strategy: .ordered, targets: [dear])
        fast = Route(name: names.declare("fast"), strategy: .ordered, targets: [cheap])
        team = names.declare("search")
    }

    func exchange(on route: Route, lot: UInt64 = 1) -> Exchange {
        var exchange = Exchange.sample(id: lot, arrivedAt: WallTime(nanoseconds: 0))
        exchange.caller = Caller(name: .other, team: team, keyAlias: "")
        exchange.route = route
        return exchange
    }
}
