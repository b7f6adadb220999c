import GatewayTypes
import Testing

@testable import Routing

/// The strategies as pure functions.
@Suite struct RankingTests {
    /// Draws as exchange ids are made.
    private func draws(_ count: Int, seed: UInt64 = 7) -> [UInt64] {
        var source = IDSource(seed: seed)
        return (0..<count).map { _ in 0x8000_0000_0000_0000 | source.next() >> 2 }
    }

    private func shares(_ count: Int, of targets: Int, _ rank: (UInt64) -> [Int]) -> [Double] {
        var firsts = [Int](repeating: 0, count: targets)
        for draw in draws(count) { firsts[rank(draw)[0]] += 1 }
        return firsts.map { Double($0) / Double(count) }
    }

    @Test func `Weights are shares, and every target is in the order once`() {
        let shares = shares(20_000, of: 3) { Ranking.weighted([6, 3, 1], draw: $0) }
        #expect(abs(shares[0] - 0.6) < 0.02 && abs(shares[1] - 0.3) < 0.02 && abs(shares[2] - 0.1) < 0.02)
        for draw in draws(50) { #expect(Ranking.weighted([6, 3, 1], draw: draw).sorted() == [0, 1, 2]) }
    }

    @Test func `The lowest latency comes first, and an old one is measured by one in twenty`() {
        var figures = [0.5, 0.2, 0.9].map { TargetFigures(latency: $0) }
        #expect(draws(100).allSatisfy { Ranking.byLatency(figures, draw: $0) == [1, 0, 2] })
        figures[2].isDueToExplore = true
        let shares = shares(20_000, of: 3) { Ranking.byLatency(figures, draw: $0) }
        #expect(abs(shares[2] - 0.05) < 0.01 && shares[0] == 0)
    }

    @Test func `What was never measured is measured at once, but not by a crowd`() {
        var figures = [TargetFigures(latency: 0.1), TargetFigures(isDueToExplore: true)]
        #expect(Ranking.byLatency(figures, draw: 1) == [1, 0])
        figures[1].isDueToExplore = false
        #expect(Ranking.byLatency(figures, draw: 1) == [0, 1], "somebody is on the way already")
    }

    @Test func `The cheapest comes first, as written where two cost the same, and what has no price is last`() {
        let figures = [nil, 0.02, 0.01, 0.01].map { TargetFigures(cost: $0) }
        #expect(Ranking.byCost(figures) == [2, 3, 1, 0])
    }

    @Test func `The fewest under way for its weight comes first`() {
        let figures = [
            TargetFigures(weight: 1, outstanding: 3), TargetFigures(weight: 10, outstanding: 9),
            TargetFigures(weight: 1, outstanding: 1),
        ]
        #expect(Ranking.byLoad(figures, draw: 3) == [1, 2, 0])
    }

    @Test func `Of two choices the better one is taken, the worst of all never`() {
        let figures = [5, 0, 9, 3].map { TargetFigures(outstanding: $0) }
        let shares = shares(12_000, of: 4) { Ranking.byTwoChoices(figures, draw: $0) }
        // The best wins all of its pairs (half of them), the next the pairs without it (a third), …
        #expect(abs(shares[1] - 0.5) < 0.02 && abs(shares[3] - 1.0 / 3) < 0.02 && abs(shares[0] - 1.0 / 6) < 0.02)
        #expect(shares[2] == 0)
        #expect(draws(50).allSatisfy { Ranking.byTwoChoices(figures, draw: $0).sorted() == [0, 1, 2, 3] })
    }

    @Test func `Two choices keep the fullest target near the mean, blind chance does not`() {
        func fullest(_ pick: ([TargetFigures], UInt64) -> Int) -> Int {
            var figures = [TargetFigures](repeating: TargetFigures(), count: 50)
            for draw in draws(5000) { figures[pick(figures, draw)].outstanding += 1 }
            return figures.map(\.outstanding).max() ?? 0
        }
        let blind = fullest { figures, draw in Ranking.weighted(figures.map(\.weight), draw: draw)[0] }
        let drawn = fullest { figures, draw in Ranking.byTwoChoices(figures, draw: draw)[0] }
        #expect(drawn <= 105, "the mean is 100")
        #expect(blind > 110)
    }

    @Test func `A key keeps its target; when one leaves only its own keys move, by weight`() {
        var figures = ["a", "b", "c", "d"].map { TargetFigures(identity: StableHash.of($0)) }
        figures[3].weight = 3
        let keys = draws(12_000)
        let before = keys.map { Ranking.byKey(figures, key: $0) }
        #expect(keys.map { Ranking.byKey(figures, key: $0)[0] } == before.map { $0[0] })
        let share = Double(before.count { $0[0] == 3 }) / Double(keys.count)
        #expect(abs(share - 0.5) < 0.02, "three of six parts")
        let left = Array(figures.dropLast())
        for (key, order) in zip(keys, before) where order[0] != 3 {
            #expect(Ranking.byKey(left, key: key)[0] == order[0])
        }
    }

    @Test func `The hash is that of every other process: FNV-1a's published value`() {
        #expect(StableHash.of("foobar") == 0x8594_4171_F739_67E8)
    }
}
