import GatewayTypes
import Testing

@testable import Routing

/// A reload makes all gates anew; what was learned of targets stays.
@Suite struct SuccessionTests {
    private static let now: @Sendable () -> Moment = { .at(100) }
    private static let failed = Failure(.upstreamConnect, "", retryable: true)

    /// A route of the models, in that order.
    private func route(_ models: [String], name: String = "smart", weight: Int = 1) -> Route {
        var names = NameTable()
        let provider = names.declare("sim")
        let targets = models.enumerated().map { index, model in
            Target(
                index: index, provider: provider, providerKind: "sim", servedModel: names.declare(model),
                weight: weight,
                ways: [], keyAlias: "", injectsStreamUsage: false)
        }
        return Route(name: names.declare(name), strategy: .ordered, targets: targets)
    }

    private func succession(_ old: Route, _ new: Route) -> Succession {
        Succession(of: new.targets, in: [new], after: old.targets, in: [old])
    }

    @Test func `A target is found by what it is, wherever it stands now`() {
        let old = route(["a", "b", "a"])
        let new = succession(old, route(["c", "a", "b", "a", "a"], weight: 7))
        #expect((0..<6).map { new.index(before: $0) } == [nil, 0, 1, 2, nil, nil])
        let other = succession(old, route(["a", "b"], name: "other"))
        #expect((0..<2).map { other.index(before: $0) } == [nil, nil])
    }

    @Test func `An open breaker stays open, under the new settings`() throws {
        let (old, new) = (route(["a", "b"]), route(["c", "a"]))
        let before = BreakerGate(settings: Breaker.Settings(), targetCount: 2, now: Self.now)
        for _ in 0..<5 {
            try before.admit(old.targets[0], for: Bench(.ordered).exchange()).settle(
                attempt(at: old.targets[0], from: 80, to: 85, failure: Self.failed, status: 0))
        }
        var settings = Breaker.Settings()
        settings.failures = 1
        let after = BreakerGate(
            settings: settings, targetCount: 2, after: before, succession(old, new), now: { .at(90) })
        #expect(new.targets.map(after.state) == [.closed, .open])
        #expect(new.targets.map(after.openings) == [0, 1])
        #expect(throws: Failure.self) { _ = try after.admit(new.targets[1], for: Bench(.ordered).exchange()) }
        try after.admit(new.targets[0], for: Bench(.ordered).exchange()).settle(
            attempt(at: new.targets[0], from: 86, to: 87, failure: Self.failed, status: 0))
        #expect(after.state(of: new.targets[0]) == .open, "one failure is enough now")
    }

    @Test func `Latencies, attempts under way and asked pauses are still known`() throws {
        let (old, new) = (route(["a", "b"]), route(["b", "a"]))
        let before = TargetWatch(
            targets: old.targets, routes: [old], outliers: OutlierEjection.Settings(), now: Self.now)
        let headroom = HeadroomGate(targetCount: 2)
        try before.admit(old.targets[0], for: Bench(.ordered).exchange()).settle(
            attempt(at: old.targets[0], from: 1, to: 2, firstToken: 0.5))
        let pending = try before.admit(old.targets[0], for: Bench(.ordered).exchange())
        try headroom.admit(old.targets[1], for: Bench(.ordered).exchange()).settle(
            attempt(
                at: old.targets[1], from: 1, to: 2,
                failure: Failure(.upstreamRateLimited, "", retryable: true, retryAfterSeconds: 30), status: 429))
        let passed = succession(old, new)
        let after = TargetWatch(
            targets: new.targets, routes: [new], outliers: OutlierEjection.Settings(), after: before, passed,
            now: Self.now)
        #expect(new.targets.map(after.secondsToFirstToken) == [nil, 0.5])
        #expect(new.targets.map(after.outstanding) == [0, 1])
        pending.settle(attempt(at: old.targets[0], from: 1, to: 2, firstToken: 0.5))
        #expect(new.targets.map(after.outstanding) == [0, 0])
        let still = HeadroomGate(targetCount: 2, after: headroom, passed)
        #expect(still.pause(of: new.targets[0], now: .at(20)) == .asked)
        #expect(still.pause(of: new.targets[1], now: .at(20)) == nil)
    }
}
