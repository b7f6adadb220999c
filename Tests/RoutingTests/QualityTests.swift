import GatewayTypes
import Testing

@testable import Routing

/// Scores of replies, and the strategy that goes by them.
@Suite struct QualityTests {
    private let day: Int64 = 86_400_000_000_000

    private func at(_ days: Int64) -> WallTime { WallTime(nanoseconds: (20_000 + days) * day) }

    private func figures(_ costs: [Double?], _ scores: [QualityScore?]) -> [TargetFigures] {
        zip(costs, scores).map { cost, score in
            var figures = TargetFigures()
            figures.cost = cost
            figures.score = score
            return figures
        }
    }

    private func score(_ mean: Double, _ weight: Double = 50) -> QualityScore {
        QualityScore(mean: mean, weight: weight)
    }

    @Test func `A score counts half after a week`() throws {
        var meter = QualityMeter()
        #expect(meter.score(now: at(0)) == nil)
        meter.add(0, at: at(0))
        meter.add(1, at: at(7))
        let score = try #require(meter.score(now: at(7)))
        #expect(abs(score.mean - 2.0 / 3) < 1e-9)
        #expect(abs(score.weight - 1.5) < 1e-9)
        #expect(abs(try #require(meter.score(now: at(14))).weight - 0.75) < 1e-9)
        #expect(meter.score(now: at(700)) == nil)
    }

    @Test func `The order in which scores become known makes no difference, and one can be taken back`() throws {
        var (forwards, backwards) = (QualityMeter(), QualityMeter())
        let given: [(Double, Int64)] = [(0.2, 0), (0.9, 3), (0.4, 5)]
        for (score, day) in given { forwards.add(score, at: at(day)) }
        for (score, day) in given.reversed() { backwards.add(score, at: at(day)) }
        let (left, right) = (try #require(forwards.score(now: at(9))), try #require(backwards.score(now: at(9))))
        #expect(abs(left.mean - right.mean) < 1e-9 && abs(left.weight - right.weight) < 1e-9)
        forwards.remove(0.9, at: at(3))
        forwards.remove(0.4, at: at(5))
        #expect(abs(try #require(forwards.score(now: at(9))).mean - 0.2) < 1e-9)
        forwards.remove(0.2, at: at(0))
        #expect(forwards.score(now: at(9)) == nil)
    }

    @Test func `A later feedback on an exchange takes the place of the first`() throws {
        let now = at(1)
        let book = QualityBook(now: { now })
        var names = NameTable()
        let (route, model) = (names.declare("smart"), names.declare("m0"))
        book.add(QualityBook.Given(0, at: at(0)), route: "smart", servedModel: "m0")
        book.add(
            QualityBook.Given(1, at: at(1)), replacing: QualityBook.Given(0, at: at(0)), route: "smart",
            servedModel: "m0")
        #expect(try #require(book.score(of: model, on: route)).mean == 1)
        #expect(abs(try #require(book.score(of: model, on: route)).weight - 1) < 1e-9)
        #expect(book.score(of: route, on: model) == nil)
    }

    @Test func `The best scored of the affordable ones is first, the others by cost`() {
        let all = figures([0.03, 0.01, 0.02, nil], [score(0.9), score(0.5), score(0.8), score(1)])
        // No draw of these explores: all are well known.
        for draw: UInt64 in 0..<100 {
            #expect(Ranking.byQuality(all, costMax: 0.025, draw: draw).order == [2, 1, 0, 3])
            #expect(Ranking.byQuality(all, costMax: 1, draw: draw).order == [0, 2, 1, 3])
        }
        let (order, reason) = Ranking.byQuality(all, costMax: 0.001, draw: 1)
        #expect(order == [1, 2, 0, 3] && reason == .noneAffordable)
    }

    @Test func `What is little known gets a tenth of the requests and no more`() {
        let all = figures([0.01, 0.01, 0.01], [score(0.9), nil, score(0.1, 2)])
        var firsts = [0, 0, 0]
        for draw: UInt64 in 0..<10_000 { firsts[Ranking.byQuality(all, costMax: 1, draw: draw).order[0]] += 1 }
        #expect((8_850...9_150).contains(firsts[0]))
        #expect(firsts[1] > 350 && firsts[2] > 350)
    }

    @Test func `A request goes to the better scored target, and the trace says why`() async throws {
        let now = at(0)
        let book = QualityBook(now: { now })
        for _ in 0..<10 {
            book.add(QualityBook.Given(0.2, at: now), route: "smart", servedModel: "m0")
            book.add(QualityBook.Given(0.9, at: now), route: "smart", servedModel: "m1")
            book.add(QualityBook.Given(1, at: now), route: "smart", servedModel: "m2")
        }
        let bench = Bench(.bestQualityUnder, costMax: Money("0.01"))
        var exchange = bench.exchange(textBytes: 4000, tools: 0)
        let stage = TargetOrder(pricer: TestPrices(prices: [1_000, 1_000_000, 100_000_000]), quality: book)
        _ = try await stage.enter(&exchange)
        #expect(exchange.targets.map(\.servedModel.text) == ["m1", "m0", "m2"])
        #expect(exchange.choice?.moved == .quality)
        #expect(
            exchange.choice?.text
                == "best_quality_under: sim/m1 (0.9) before sim/m0 (0.2), by mean score, of those that cost at most 0.01 US dollars"
        )
    }
}
