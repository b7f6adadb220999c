import GatewayTypes
import Testing

@testable import Limits

/// How limits stand for an exchange that is not made.
@Suite struct StandingTests {
    @Test func `A look at the limits takes nothing, and says what would refuse`() async throws {
        var town = Town()
        let clock = TestClock()
        let book = LimitBook(clock: { clock.now })
        let limit = try town.limit(requests: ["2/minute"], maxTokens: 10, over: .refuse)
        let stage = LimitStage(book: book, set: book.adopt([limit], names: town.names), pricer: FourBytes())
        var exchange = town.exchange()
        for _ in 0..<5 {
            let standing = try #require(stage.standing(for: exchange).first)
            #expect(standing.refusal == nil && standing.requestsLeft == 2)
        }
        _ = try await stage.enter(&exchange)
        #expect(stage.standing(for: exchange).first?.requestsLeft == 1)
        _ = try await stage.enter(&exchange)
        let full = try #require(stage.standing(for: exchange).first)
        #expect(full.refusal != nil && full.waitSeconds > 0)
        #expect(book.rejections().isEmpty)
        let long = try #require(stage.standing(for: town.exchange(maxTokens: 11)).first)
        #expect(long.refusal == "11 output tokens are more than 10")
    }
}
