import GatewayTypes
import Testing

@testable import Routing

/// What the stage makes of strategies, of what was learned, and of how targets fare.
@Suite struct StrategyTests {
    private func order(
        _ bench: Bench, _ exchange: Exchange? = nil, watch: TargetWatch? = nil, headroom: HeadroomGate? = nil,
        prices: [Int64?]? = nil, at seconds: Double = 1
    ) async throws -> Exchange {
        var exchange = exchange ?? bench.exchange()
        let stage = TargetOrder(
            headroom: headroom, watch: watch, pricer: prices.map { TestPrices(prices: $0) }, now: { .at(seconds) })
        _ = try await stage.enter(&exchange)
        return exchange
    }

    private func models(_ exchange: Exchange) -> [String] { exchange.targets.map(\.servedModel.text) }

    private func watch(_ bench: Bench) -> TargetWatch {
        TargetWatch(targets: bench.targets, routes: [bench.route], outliers: OutlierEjection.Settings())
    }

    private func serve(_ watch: TargetWatch, _ bench: Bench, _ outcome: AttemptOutcome) throws {
        try watch.admit(outcome.target, for: bench.exchange()).settle(outcome)
    }

    @Test func `The fastest of late is chosen, and the trace says by what`() async throws {
        let bench = Bench(.lowestLatency)
        let watch = watch(bench)
        for (target, seconds) in zip(bench.targets, [0.5, 0.2, 0.9]) {
            try serve(watch, bench, attempt(at: target, from: 0, to: 5, firstToken: seconds))
        }
        let exchange = try await order(bench, watch: watch, at: 6)
        #expect(models(exchange) == ["m1", "m0", "m2"])
        #expect(exchange.choice?.moved == .latency)
        #expect(
            exchange.choice?.text
                == "lowest_latency: sim/m1 (0.2) before sim/m0 (0.5), by seconds to the first token")
    }

    @Test func `Time per token is another measure than time to the first one`() async throws {
        let bench = Bench(.lowestLatency, latency: .perToken)
        let watch = watch(bench)
        for (target, (first, all)) in zip(bench.targets, [(0.1, 5.1), (2.0, 3.0), (0.2, 9.2)]) {
            try serve(watch, bench, attempt(at: target, from: 0, to: all, firstToken: first))
        }
        #expect(models(try await order(bench, watch: watch, at: 9.5)) == ["m1", "m0", "m2"])
    }

    @Test func `A target that fails fast is not taken for a fast one`() async throws {
        let bench = Bench(.lowestLatency, weights: [1, 1])
        let watch = watch(bench)
        try serve(watch, bench, attempt(at: bench.targets[0], from: 0, to: 1, firstToken: 0.3))
        try serve(watch, bench, attempt(at: bench.targets[1], from: 0, to: 1, firstToken: 0.2))
        for step in 0..<3 {
            let at = 1 + Double(step) * 0.01
            let failed = Failure(.upstreamError, "", retryable: true)
            try serve(
                watch, bench, attempt(at: bench.targets[1], from: at, to: at + 0.001, failure: failed, status: 500))
        }
        #expect(models(try await order(bench, watch: watch, at: 2)) == ["m0", "m1"])
    }

    @Test func `The cheapest for the request is chosen; what has no price is last`() async throws {
        let bench = Bench(.lowestCost)
        let exchange = try await order(bench, watch: watch(bench), prices: [nil, 5_000_000, 2_000_000])
        #expect(models(exchange) == ["m2", "m1", "m0"])
        #expect(exchange.choice?.moved == .cost)
        // 4000 bytes are 1000 tokens, and 300 are expected back.
        #expect(
            exchange.choice?.text == "lowest_cost: sim/m2 (0.0026) before sim/m1 (0.0065), by expected US dollars")
    }

    @Test func `Attempts under way are counted until they are settled`() async throws {
        let bench = Bench(.leastOutstanding)
        let watch = watch(bench)
        let first = try watch.admit(bench.targets[0], for: bench.exchange())
        _ = try watch.admit(bench.targets[1], for: bench.exchange())
        _ = try watch.admit(bench.targets[1], for: bench.exchange())
        #expect(models(try await order(bench, watch: watch)) == ["m2", "m0", "m1"])
        first.settle(attempt(at: bench.targets[0], from: 0, to: 1))
        #expect(watch.outstanding(at: bench.targets[0]) == 0)
    }

    @Test func `A session stays where it is, sessions spread, and who has none is held by caller`() async throws {
        let bench = Bench(.sticky, weights: [1, 1, 1, 1])
        let watch = watch(bench)
        var firsts: Set<String> = []
        for number in 0..<40 {
            let one = try await order(bench, bench.exchange(1, session: "s\(number)"), watch: watch)
            let two = try await order(bench, bench.exchange(UInt64(number), session: "s\(number)"), watch: watch)
            #expect(models(one) == models(two))
            firsts.insert(models(one)[0])
        }
        #expect(firsts.count == 4)
        var names = NameTable()
        let alice = names.declare("alice")
        let one = try await order(bench, bench.exchange(1, caller: alice), watch: watch)
        let two = try await order(bench, bench.exchange(2, caller: alice), watch: watch)
        #expect(models(one) == models(two))
        #expect(one.choice?.measure == "the caller")
    }

    @Test func `Prompts that begin alike meet the same cache, whatever stands around them`() async throws {
        let bench = Bench(.sticky, weights: [1, 1, 1, 1], affinity: .promptPrefix)
        let watch = watch(bench)
        let system = String(repeating: "You are a careful clerk. ", count: 60)
        func body(_ head: String, _ text: String) -> String {
            #"{\#(head)"messages":[{"role":"system","content":"\#(text)"},{"role":"user","content":"hi"}]}"#
        }
        let plain = try await order(bench, bench.exchange(1, body: body("", system)), watch: watch)
        let other = try await order(
            bench, bench.exchange(2, body: body(#""model":"smart","temperature":1,"#, system)), watch: watch)
        #expect(models(plain) == models(other))
        var firsts: Set<String> = []
        for number in 0..<40 {
            firsts.insert(
                models(try await order(bench, bench.exchange(1, body: body("", "\(number)" + system)), watch: watch))[0]
            )
        }
        #expect(firsts.count == 4)
        #expect(plain.choice?.moved == (models(plain)[0] == "m0" ? .no : .content))
    }

    @Test func `A provider that asks for a pause gets it, without a failure being counted`() async throws {
        let bench = Bench(.ordered, weights: [1, 1])
        let headroom = HeadroomGate(targetCount: 2)
        let breakers = BreakerGate(settings: Breaker.Settings(), targetCount: 2, now: { .at(2) })
        let asked = Failure(.upstreamError, "", retryable: true, retryAfterSeconds: 20)
        for _ in 0..<30 {
            let outcome = attempt(at: bench.targets[0], from: 1, to: 2, failure: asked, status: 503)
            try headroom.admit(bench.targets[0], for: bench.exchange()).settle(outcome)
            try breakers.admit(bench.targets[0], for: bench.exchange()).settle(outcome)
        }
        #expect(breakers.state(of: bench.targets[0]) == .closed)
        let paused = try await order(bench, headroom: headroom, at: 21)
        #expect(models(paused) == ["m1", "m0"])
        #expect(paused.choice?.moved == .fallback)
        #expect(paused.notes.map(\.text) == ["sim/m0 is tried last: its provider asked for a pause"])
        // A request that was under way before does not end the pause.
        try headroom.admit(bench.targets[0], for: bench.exchange()).settle(
            rateLimited(bench.targets[0], from: 0, to: 3))
        #expect(models(try await order(bench, headroom: headroom, at: 21)) == ["m1", "m0"])
        #expect(models(try await order(bench, headroom: headroom, at: 23)) == ["m0", "m1"])
    }

    private func rateLimited(_ target: Target, from began: Double, to ended: Double) -> AttemptOutcome {
        var outcome = attempt(at: target, from: began, to: ended)
        outcome.rateLimits = [RateLimit(kind: .requests, remaining: 5, limit: 10, resetSeconds: 1)]
        return outcome
    }

    @Test func `A target with a condition is for the requests that meet it`() async throws {
        var large = RequestCondition()
        large.promptTokensMin = 2000
        large.needs = [.tools]
        let bench = Bench(.ordered, conditions: [0: large])
        #expect(models(try await order(bench, bench.exchange(textBytes: 8000, tools: 1))) == ["m0", "m1", "m2"])
        for exchange in [bench.exchange(textBytes: 7996, tools: 1), bench.exchange(textBytes: 8000)] {
            let ordered = try await order(bench, exchange)
            #expect(models(ordered) == ["m1", "m2"])
            #expect(ordered.choice?.moved == .content)
            #expect(ordered.choice?.text == "ordered: sim/m1 before sim/m2, by the targets' conditions")
        }
        var gold = RequestCondition()
        gold.fields = [("x-weir-session", "gold")]
        let paid = Bench(.weighted, weights: [1_000_000, 1, 1], conditions: [0: gold])
        for number in 0..<20 {
            let other = try await order(paid, paid.exchange(UInt64(number), session: "iron"))
            #expect(!models(other).contains("m0") && other.targets.count == 2)
            #expect(models(try await order(paid, paid.exchange(UInt64(number), session: "gold"))).first == "m0")
        }
    }

    @Test func `An outlier is put behind its siblings`() async throws {
        let bench = Bench(.weighted)
        let watch = watch(bench)
        let failed = Failure(.upstreamError, "", retryable: true)
        for number in 0..<25 {
            for target in bench.targets {
                let bad = target.index == 1 && number >= 15
                let outcome = attempt(
                    at: target, from: 1, to: 2, failure: bad ? failed : nil, status: bad ? 500 : 200)
                try serve(watch, bench, outcome)
            }
        }
        #expect(watch.ejections(of: bench.targets[1]) == 1)
        for number in 0..<40 {
            #expect(models(try await order(bench, bench.exchange(UInt64(number)), watch: watch, at: 3)).last == "m1")
        }
    }
}
