import GatewayTypes
import NIOCore
import TestSupport
import Testing

@testable import Routing

@Suite struct HeadroomTests {
    private let gate = HeadroomGate(targetCount: 2)
    private let targets: [Target]

    init() {
        var names = NameTable()
        targets = ["first", "second"].enumerated().map { index, model in
            Target(
                index: index, provider: names.declare("p"), providerKind: "p", servedModel: names.declare(model),
                weight: 1, ways: [], keyAlias: "", injectsStreamUsage: false)
        }
    }

    private func exchange() -> Exchange {
        var exchange = Exchange.sample()
        var names = NameTable()
        exchange.route = Route(name: names.declare("r"), strategy: .ordered, targets: targets)
        return exchange
    }

    private func settle(_ target: Target, remaining: Int64, reset: Double?, failure: Failure? = nil) throws {
        var outcome = AttemptOutcome(target: target, spanID: 1, began: .now())
        outcome.ended = .now()
        outcome.rateLimits = [RateLimit(kind: .requests, remaining: remaining, limit: 10, resetSeconds: reset)]
        outcome.failure = failure
        try gate.admit(target, for: exchange()).settle(outcome)
    }

    private func order() async throws -> [String] {
        var exchange = exchange()
        _ = try await TargetOrder(headroom: gate).enter(&exchange)
        return exchange.targets.map(\.servedModel.text)
    }

    @Test func `A target that has nothing left is tried last, until its limit is whole again`() async throws {
        try settle(targets[0], remaining: 0, reset: 30)
        #expect(try await order() == ["second", "first"])
        try settle(targets[0], remaining: 5, reset: 30)
        #expect(try await order() == ["first", "second"])
    }

    @Test func `A refusal for rate says the same, and where all are exhausted the order stays`() async throws {
        let limited = Failure(.upstreamRateLimited, "", retryable: true, retryAfterSeconds: 20)
        try settle(targets[0], remaining: 3, reset: nil, failure: limited)
        #expect(try await order() == ["second", "first"])
        try settle(targets[1], remaining: 0, reset: 20)
        #expect(try await order() == ["first", "second"])
    }

    @Test func `What was last said is there to be read`() throws {
        try settle(targets[1], remaining: 7, reset: 1)
        #expect(gate.limits(of: targets[1]).map(\.remaining) == [7])
        #expect(gate.limits(of: targets[0]).isEmpty)
    }
}
