import GatewayTypes
import TestSupport
import Testing

@testable import Telemetry

@Suite struct SamplingThresholdTests {
    @Test(arguments: [
        (1, "0"), (0.5, "8"), (0.25, "c"), (0.75, "4"), (0.01, "fd70a4"), (0.1, "e6666"), (0.001, "ffbe76d"),
    ])
    func `A share is written as the specification's threshold`(share: Double, text: String) {
        #expect(SamplingThreshold(share: share).text == text)
        #expect(SamplingThreshold(text) == SamplingThreshold(share: share))
    }

    @Test(arguments: [0, -1, 1e-20]) func `Nothing is kept by no share, and th cannot say so`(share: Double) {
        let threshold = SamplingThreshold(share: share)
        #expect(threshold == .never && threshold.text == nil && !threshold.keeps(randomness: .max))
    }

    @Test(arguments: ["", "C", "0x8", "123456789abcdef", " 8", "-8", "é"])
    func `What is no threshold is refused`(text: String) { #expect(SamplingThreshold(text) == nil) }

    @Test func `A quarter is the traces whose last 56 bits are at least the threshold`() {
        let quarter = SamplingThreshold(share: 0.25)
        #expect(quarter.keeps(randomness: 0x00C0_0000_0000_0000))
        #expect(!quarter.keeps(randomness: 0xFFBF_FFFF_FFFF_FFFF))
    }

    @Test(arguments: [0.001, 0.01, 0.1, 0.25, 0.5, 0.9])
    func `A share keeps that share of traces`(share: Double) {
        let threshold = SamplingThreshold(share: share)
        var generator = SeededGenerator(seed: 20_261_122)
        let count = 200_000
        let kept = (0..<count).count { _ in threshold.keeps(randomness: generator.next()) }
        // Five standard deviations.
        let tolerance = 5 * (Double(count) * share * (1 - share)).squareRoot()
        #expect(abs(Double(kept) - Double(count) * share) <= tolerance)
    }

    @Test func `What a smaller share keeps, every larger share keeps too`() {
        let thresholds = [0.0001, 0.003, 0.01, 0.1, 0.3, 0.5, 0.99, 1].map { SamplingThreshold(share: $0) }
        var generator = SeededGenerator(seed: 7)
        var kept = [Int](repeating: 0, count: thresholds.count)
        for _ in 0..<50_000 {
            let randomness = generator.next()
            let decisions = thresholds.map { $0.keeps(randomness: randomness) }
            #expect(decisions == decisions.sorted { !$0 && $1 })
            for (position, decision) in decisions.enumerated() where decision { kept[position] += 1 }
        }
        #expect(kept == kept.sorted() && kept[2] > 0 && kept.last == 50_000)
    }
}

@Suite struct SamplerTests {
    /// Random bits of 0x80…: kept by half of all, not by a quarter.
    private func trace(_ state: String? = nil, hasParent: Bool = true) -> TraceContext {
        TraceContext(
            traceHigh: 1, traceLow: 0x1180_0000_0000_0000, spanID: 3, parentSpanID: hasParent ? 4 : nil, flags: 2,
            state: state)
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let share: Double
        let parent: Bool?
        let state: String?
        let sampled: Bool
        let passed: String?
        var testDescription: String { "\(share), parent \(String(describing: parent)), \(state ?? "-")" }

        init(_ share: Double, _ parent: Bool?, _ state: String?, _ sampled: Bool, _ passed: String?) {
            self.share = share
            self.parent = parent
            self.state = state
            self.sampled = sampled
            self.passed = passed
        }
    }

    private static let followed: [Case] = [
        // A parent that is followed: its state passes, but for a threshold that the decision contradicts.
        Case(0, true, nil, true, nil), Case(0, true, "v=1,ot=th:8;x:y", true, "v=1,ot=th:8;x:y"),
        Case(0, true, "v=1,ot=th:c", true, "v=1"),
        Case(0, true, "ot=th:c;rv:f0000000000000", true, "ot=th:c;rv:f0000000000000"),
        Case(1, false, nil, false, nil),
        Case(1, false, "v=1,ot=th:8;rv:80000000000000", false, "ot=rv:80000000000000,v=1"),
        Case(1, false, "v=1", false, "v=1"),
        // Nobody has decided.
        Case(1, nil, nil, true, "ot=th:0"), Case(0.5, nil, nil, true, "ot=th:8"), Case(0.25, nil, nil, false, nil),
        Case(0.5, nil, "v=1", true, "ot=th:8,v=1"), Case(0.25, nil, "v=1,ot=th:0", false, "v=1"),
        Case(0.25, nil, "v=1,ot=rv:c0000000000000", true, "ot=th:c;rv:c0000000000000,v=1"),
        Case(0.5, nil, "ot=rv:10000000000000", false, "ot=rv:10000000000000"),
        Case(0.5, nil, "ot=rv:zz;th:q", true, "ot=th:8"),
    ]

    @Test(arguments: followed) func `The base rate decides where no parent has`(row: Case) {
        let sampler = Sampler(root: .ratio(row.share), parentBased: true)
        let decided = sampler.decide(trace(row.state), parentSampled: row.parent)
        #expect(decided.sampled == row.sampled && decided.state == row.passed)
        #expect(decided.flags & 2 == 2 && decided.isDecidedByParent == (row.parent != nil))
    }

    @Test func `A sampler that is not parent-based decides for itself`() {
        let off = Sampler(root: .alwaysOff, parentBased: false).decide(trace("ot=th:8"), parentSampled: true)
        #expect(!off.sampled && off.state == nil)
        let on = Sampler(root: .alwaysOn, parentBased: false).decide(trace("v=1"), parentSampled: false)
        #expect(on.sampled && on.state == "ot=th:0,v=1")
    }

    @Test func `A route's rate is as if it had been in force from the beginning`() {
        let sampler = Sampler.standard
        let begun = sampler.decide(trace(hasParent: false), parentSampled: nil)
        #expect(begun.sampled && begun.state == "ot=th:0")
        let quarter = sampler.decideAgain(begun, share: 0.25)
        #expect(!quarter.sampled && quarter.state == nil)
        let half = sampler.decideAgain(quarter, share: 0.5)
        #expect(half.sampled && half.state == "ot=th:8")
        let child = sampler.decide(trace("v=1"), parentSampled: true)
        #expect(sampler.decideAgain(child, share: 0).sampled)
    }

    @Test func `More than 32 members lose their last, never OpenTelemetry's`() {
        let full = (0..<32).map { "k\($0)=v" }.joined(separator: ",")
        let decided = Sampler.standard.decide(trace(full), parentSampled: nil)
        #expect(decided.state == "ot=th:0," + (0..<31).map { "k\($0)=v" }.joined(separator: ","))
    }

    @Test func `What is forced has a flag and no threshold`() {
        var forced = Sampler(root: .ratio(0.5), parentBased: true).decide(trace("v=1"), parentSampled: nil)
        #expect(forced.state == "ot=th:8,v=1")
        forced.force()
        #expect(forced.sampled && forced.state == "v=1")
    }
}

@Suite struct SamplingRuleTests {
    private let fixture = Fixture()

    private func tracing(_ share: Double = 0, _ change: (inout SamplingRules) -> Void = { _ in }) -> Tracing {
        var rules = SamplingRules()
        rules.newModels = false
        change(&rules)
        var tracing = Tracing()
        tracing.sampler = Sampler(root: .ratio(share), parentBased: true)
        tracing.rules = rules
        return tracing
    }

    /// 113 ms long, for 0.0000192 USD, served at once.
    private func outcome(_ reason: FailureReason? = nil, sampled: Bool = false) -> Outcome {
        var outcome = fixture.outcome(sampled: sampled)
        outcome.kept = nil
        outcome.moved = .no
        outcome.failure = reason.map { Failure($0, "") }
        return outcome
    }

    @Test func `An exchange that nothing is wrong with is kept by the base rate alone`() {
        #expect(tracing().reason(for: outcome()) == nil)
        #expect(tracing().reason(for: outcome(sampled: true)) == .base)
        #expect(tracing().reason(for: outcome(.upstreamError, sampled: true)) == .base)
    }

    @Test(
        arguments: [
            (.internalError, .error), (.upstreamTimeout, .error), (.upstreamRateLimited, .error),
            (.budgetExceeded, .blocked), (.badRequest, nil), (.clientGone, nil), (.upstreamRejected, nil),
            (.unauthenticated, nil),
        ] as [(FailureReason, SamplingReason?)])
    func `Failures are kept, the client's own mistakes are not`(failure: FailureReason, reason: SamplingReason?) {
        #expect(tracing().reason(for: outcome(failure)) == reason)
        let all = tracing { $0.clientErrors = true }
        #expect(all.reason(for: outcome(failure)) == reason ?? .error)
        let none = tracing { rules in
            rules.errors = false
            rules.blocked = false
        }
        #expect(none.reason(for: outcome(failure)) == nil)
    }

    @Test func `What was moved, slow or dear is kept, in that order`() {
        var moved = outcome()
        moved.moved = .fallback
        let strict = tracing { rules in
            rules.slowerThanSeconds = 0.1
            rules.dearerThan = Money("0.00001")
        }
        #expect(strict.reason(for: moved) == .moved)
        #expect(strict.reason(for: outcome()) == .slow)
        let dear = tracing { $0.dearerThan = Money("0.00001") }
        #expect(dear.reason(for: outcome()) == .dear)
        let lax = tracing { rules in
            rules.moved = false
            rules.slowerThanSeconds = 0.113
            rules.dearerThan = Money("0.0000192")
        }
        #expect(lax.reason(for: moved) == nil)
    }

    @Test func `The first exchange of a model is kept, once, whoever kept it`() {
        let fresh = tracing { $0.newModels = true }
        #expect(fresh.reason(for: outcome()) == .firstOfModel)
        #expect(fresh.reason(for: outcome()) == nil)
        var other = outcome()
        other.servedAttempt = 0
        #expect(fresh.reason(for: other) == .firstOfModel)
        let sampled = tracing { $0.newModels = true }
        #expect(sampled.reason(for: outcome(sampled: true)) == .base)
        #expect(sampled.reason(for: outcome()) == nil)
    }

    @Test func `What was seen is bounded`() {
        let models = SeenModels(countMax: 1)
        #expect(models.isFirst(fixture.first))
        #expect(!models.isFirst(fixture.first) && !models.isFirst(fixture.second))
    }

    @Test func `A caller's wish is above all, and without spans nothing but the flag counts`() {
        var wished = outcome(.upstreamError, sampled: true)
        wished.isDebugged = true
        #expect(tracing().reason(for: wished) == .debug)
        var off = tracing()
        off.rules = nil
        #expect(off.reason(for: outcome(.upstreamError)) == nil && off.reason(for: outcome(sampled: true)) == .base)
    }
}
