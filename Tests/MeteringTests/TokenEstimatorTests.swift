import GatewayTypes
import Metering
import Testing

@Suite struct TokenEstimatorTests {
    private func fixtures() -> Fixtures {
        var fixtures = Fixtures()
        fixtures.target("openai", "gpt-4o")
        fixtures.target("openai", "gpt-4o-mini")
        return fixtures
    }

    @Test func `Before anything is learned a token is four bytes`() throws {
        let fixtures = fixtures()
        let book = try fixtures.book()
        #expect(book.estimateTokens(textBytes: 4000, target: fixtures.targets[0], output: true) == 1000)
        #expect(book.estimateTokens(textBytes: 1, target: fixtures.targets[0], output: false) == 1)
        #expect(book.estimateTokens(textBytes: 0, target: fixtures.targets[0], output: false) == 0)
    }

    @Test func `The estimate nears what the provider counts, for that model and direction alone`() throws {
        let fixtures = fixtures()
        let book = try fixtures.book()
        for _ in 0..<200 { book.observe(textBytes: 900, tokens: 300, target: fixtures.targets[0], output: true) }
        let learned = book.estimateTokens(textBytes: 30_000, target: fixtures.targets[0], output: true)
        #expect((9900...10_000).contains(learned))
        #expect(book.estimateTokens(textBytes: 30_000, target: fixtures.targets[0], output: false) == 7500)
        #expect(book.estimateTokens(textBytes: 30_000, target: fixtures.targets[1], output: true) == 7500)
    }

    @Test func `What was learned long ago fades`() throws {
        let fixtures = fixtures()
        let book = try fixtures.book()
        for _ in 0..<2000 { book.observe(textBytes: 2000, tokens: 1000, target: fixtures.targets[0], output: true) }
        for _ in 0..<4000 { book.observe(textBytes: 2000, tokens: 400, target: fixtures.targets[0], output: true) }
        let estimate = book.estimateTokens(textBytes: 10_000, target: fixtures.targets[0], output: true)
        #expect((2000...2100).contains(estimate))
    }

    @Test func `Senseless counts teach nothing, and huge texts do not overflow`() throws {
        let fixtures = fixtures()
        let book = try fixtures.book()
        for (bytes, tokens) in [(0, 5), (5, 0), (-1, 5), (10, 1000), (10, -3)] as [(Int, Int64)] {
            book.observe(textBytes: bytes, tokens: tokens, target: fixtures.targets[0], output: true)
        }
        #expect(book.estimateTokens(textBytes: 4000, target: fixtures.targets[0], output: true) == 1000)
        book.observe(textBytes: 1 << 39, tokens: 1 << 37, target: fixtures.targets[0], output: true)
        #expect(book.estimateTokens(textBytes: .max, target: fixtures.targets[0], output: true) > 1 << 37)
    }

    @Test func `A reload keeps what was learned`() throws {
        let estimator = TokenEstimator()
        let before = fixtures()
        let book = try before.book(estimator: estimator)
        for _ in 0..<200 { book.observe(textBytes: 900, tokens: 300, target: before.targets[1], output: true) }
        var after = Fixtures()
        after.target("openai", "gpt-4o-mini")
        let next = try after.book(estimator: estimator)
        #expect(next.estimateTokens(textBytes: 30_000, target: after.targets[0], output: true) > 9900)
    }

    @Test func `Loops that teach at once lose no sense`() async throws {
        let fixtures = fixtures()
        let book = try fixtures.book()
        let target = fixtures.targets[0]
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    for _ in 0..<2000 { book.observe(textBytes: 500, tokens: 100, target: target, output: true) }
                }
            }
        }
        let estimate = book.estimateTokens(textBytes: 10_000, target: target, output: true)
        #expect((2000...2010).contains(estimate))
    }
}
