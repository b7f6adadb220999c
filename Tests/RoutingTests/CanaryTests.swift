import GatewayTypes
import Testing

@testable import Routing

@Suite struct CanaryTests {
    private static let halt = Canary.Halt(errorsMax: 0.02, firstTokenMax: 0.3, minimum: 200)

    /// So many attempts of each side, the canary's a twentieth, with these parts of errors and mean times to the first token.
    private func trial(
        _ count: Int, seed: UInt64 = 1, errors: (canary: Double, baseline: Double) = (0.01, 0.01),
        seconds: (canary: Double, baseline: Double) = (0.5, 0.5), _ halt: Canary.Halt = Self.halt
    ) -> (finding: CanaryTrial.Finding?, attempts: Int) {
        var trial = CanaryTrial(halt)
        var random = IDSource(seed: seed)
        func part() -> Double { Double(random.next() >> 11) / Double(1 << 53) }
        for number in 1...count {
            let isCanary = part() < 0.05
            let failed = part() < (isCanary ? errors.canary : errors.baseline)
            // Spread by a factor of four each way.
            let spread = PlainMath.exp((part() + part() - 1) * 1.4)
            let first = (isCanary ? seconds.canary : seconds.baseline) * spread
            if let finding = trial.settle(isCanary: isCanary, failed: failed, firstTokenSeconds: failed ? nil : first) {
                return (finding, number)
            }
        }
        return (nil, count)
    }

    @Test func `One that fails more often is halted soon after it may be judged`() throws {
        let (finding, attempts) = trial(100_000, errors: (0.08, 0.01))
        let found = try #require(finding)
        #expect(found.cause == .errors)
        #expect(found.canaryAttempts >= 200)
        #expect(attempts <= 20_000)
        #expect(found.text.contains("of its attempts failed"))
    }

    @Test func `One that is slower is halted, one that is a little slower is not`() throws {
        let (finding, attempts) = trial(100_000, seconds: (0.9, 0.5))
        #expect(finding?.cause == .firstToken)
        #expect(attempts <= 20_000)
        #expect(trial(100_000, seconds: (0.55, 0.5)).finding == nil)
    }

    @Test func `One that is as good, or better, goes on`() {
        var halted = 0
        for seed in 1...100 where trial(10_000, seed: UInt64(seed)).finding != nil { halted += 1 }
        print("canary: of a hundred canaries as good as the others, \(halted) were halted within 10000 requests")
        #expect(halted <= 3)
        #expect(trial(50_000, errors: (0, 0.05), seconds: (0.2, 0.5)).finding == nil)
    }

    @Test func `Nothing is judged before both sides had enough attempts, and nothing that has no limit`() {
        var trial = CanaryTrial(Self.halt)
        var findings = 0
        for _ in 0..<1000 {
            if trial.settle(isCanary: true, failed: true, firstTokenSeconds: nil) != nil { findings += 1 }
        }
        #expect(findings == 0, "there is nothing to compare with")
        let free = Canary.Halt(errorsMax: nil, firstTokenMax: nil, minimum: 20)
        #expect(self.trial(10_000, errors: (0.9, 0), seconds: (9, 0.1), free).finding == nil)
    }

    @Test func `One that goes bad late is found out, too`() throws {
        var trial = CanaryTrial(Self.halt)
        for number in 0..<200_000 {
            _ = trial.settle(isCanary: number % 20 == 0, failed: false, firstTokenSeconds: 0.5)
        }
        var found: Int?
        for number in 0..<40_000 where found == nil {
            let isCanary = number % 20 == 0
            if trial.settle(isCanary: isCanary, failed: isCanary && number % 200 == 0, firstTokenSeconds: 0.5) != nil {
                found = number
            }
        }
        #expect(try #require(found) <= 20_000)
    }

    // MARK: The book

    private func bench(share: Double = 0.2, _ halt: Canary.Halt = Self.halt) -> Bench {
        Bench(.ordered, weights: [1, 1], canary: (share, halt))
    }

    private func fail(_ gate: CanaryGate, _ bench: Bench, _ count: Int) throws {
        let canary = try #require(bench.route.canary)
        for number in 0..<count {
            for target in [canary.target, bench.targets[0]] {
                var exchange = bench.exchange(UInt64(number))
                exchange.targets = [target]
                let failed = target === canary.target
                try gate.admit(target, for: exchange).settle(
                    attempt(
                        at: target, from: 0, to: 1, firstToken: failed ? nil : 0.5,
                        failure: failed ? Failure(.upstreamError, "", retryable: true) : nil, status: failed ? 500 : 200
                    ))
            }
        }
    }

    @Test func `A share of exchanges meets the canary first, until it is halted, and again when it is reset`()
        async throws
    {
        let bench = bench()
        let book = CanaryBook()
        let gate = try #require(book.adopt([bench.route], targetCount: 3))
        let order = TargetOrder(canaries: gate)
        func led() async throws -> Int {
            var count = 0
            for number in 1...2000 {
                var exchange = bench.exchange(UInt64(number))
                _ = try await order.enter(&exchange)
                if exchange.targets[0] === bench.route.canary?.target {
                    count += 1
                    #expect(exchange.targets.count == 3, "the others stand behind it")
                    #expect(exchange.choice?.moved == .canary)
                }
            }
            return count
        }
        let before = try await led()
        #expect(before > 320 && before < 480)
        try fail(gate, bench, 300)
        #expect(try await led() == 0)
        let changes = book.takeChanges()
        #expect(changes.count == 1 && changes.first?.halt?.finding.cause == .errors)
        #expect(gate.states.first?.standing.halts == [.errors: 1])
        #expect(!book.reset(route: "another", actor: "key:env:ADMIN"))
        #expect(book.reset(route: "smart", actor: "key:env:ADMIN"))
        #expect(!book.reset(route: "smart", actor: "key:env:ADMIN"), "it runs")
        #expect(try await led() == before)
        #expect(book.takeChanges().first?.actor == "key:env:ADMIN")
    }

    @Test func `What an earlier process halted stays halted, unless it is another by now`() throws {
        let bench = bench()
        let earlier = CanaryBook()
        try fail(try #require(earlier.adopt([bench.route], targetCount: 3)), bench, 300)
        let halt = try #require(earlier.takeChanges().first?.halt)
        let book = CanaryBook(halts: [halt])
        let gate = try #require(book.adopt([self.bench().route], targetCount: 3))
        let standing = try #require(gate.states.first?.standing)
        #expect(standing.finding == halt.finding && standing.haltedSince == halt.since)
        #expect(book.takeChanges().isEmpty, "it was told then")
        #expect(book.reset(route: "smart", actor: "key:env:ADMIN"))
        let changed = try #require(CanaryBook(halts: [halt]).adopt([self.bench(share: 0.1).route], targetCount: 3))
        #expect(changed.states.first?.standing.finding == nil)
    }

    @Test func `A reload keeps what is known of a canary, and one that changed begins anew`() throws {
        let bench = bench()
        let book = CanaryBook()
        let gate = try #require(book.adopt([bench.route], targetCount: 3))
        try fail(gate, bench, 300)
        _ = book.takeChanges()
        let same = try #require(book.adopt([self.bench().route], targetCount: 3))
        #expect(same.states.first?.standing.finding != nil)
        #expect(book.takeChanges().isEmpty)
        let changed = try #require(book.adopt([self.bench(share: 0.1).route], targetCount: 3))
        #expect(changed.states.first?.standing.finding == nil)
        #expect(book.takeChanges().map(\.actor) == ["reload"])
        #expect(book.adopt([Bench(.ordered).route], targetCount: 3) == nil)
    }

    @Test func `One that lost a race counts as slow as it was seen to be`() throws {
        let bench = bench()
        let gate = try #require(CanaryBook().adopt([bench.route], targetCount: 3))
        var exchange = bench.exchange()
        exchange.targets = [try #require(bench.route.canary).target]
        var outcome = attempt(
            at: exchange.targets[0], from: 0, to: 4, failure: Failure(.interrupted, ""), status: 200)
        outcome.streams = true
        outcome.hedge = HedgeMark(isSecond: false, won: false, afterSeconds: 1)
        try gate.admit(exchange.targets[0], for: exchange).settle(outcome)
        let arm = try #require(gate.states.first?.standing.canary)
        #expect(arm.attempts == 1 && arm.errorRatio == 0)
        #expect(arm.firstTokenSeconds.map { $0 > 3.9 && $0 < 4.1 } == true)
    }

    @Test func `Fallbacks, and attempts that say nothing, are not compared`() throws {
        let bench = bench()
        let gate = try #require(CanaryBook().adopt([bench.route], targetCount: 3))
        var exchange = bench.exchange()
        exchange.targets = [try #require(bench.route.canary).target, bench.targets[0]]
        try gate.admit(bench.targets[0], for: exchange).settle(attempt(at: bench.targets[0], from: 0, to: 1))
        try gate.admit(exchange.targets[0], for: exchange).settle(
            attempt(at: exchange.targets[0], from: 0, to: 1, failure: Failure(.upstreamRateLimited, ""), status: 429))
        #expect(gate.states.first?.standing.baseline.attempts == 0)
        #expect(gate.states.first?.standing.canary.attempts == 0)
    }
}
