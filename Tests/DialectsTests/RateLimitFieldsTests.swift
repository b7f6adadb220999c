import GatewayTypes
import Testing

@testable import Dialects

@Suite struct RateLimitFieldsTests {
    private func read(_ fields: [(String, String)]) -> [RateLimit] {
        RateLimitFields.read(
            UpstreamHead(status: 200, fields: fields.map { ReplyField($0.0, $0.1) }),
            now: WallTime(nanoseconds: 1_790_000_000_000_000_000))
    }

    @Test func `OpenAI tells requests and tokens, with durations`() {
        let limits = read([
            ("x-ratelimit-limit-requests", "10000"), ("x-ratelimit-remaining-requests", "9999"),
            ("x-ratelimit-reset-requests", "6m0s"), ("x-ratelimit-remaining-tokens", "149984"),
            ("x-ratelimit-reset-tokens", "17.5s"), ("x-ratelimit-remaining-input-images", "3"),
        ])
        #expect(
            limits == [
                RateLimit(kind: .requests, remaining: 9999, limit: 10000, resetSeconds: 360),
                RateLimit(kind: .tokens, remaining: 149_984, limit: nil, resetSeconds: 17.5),
            ])
    }

    @Test func `Anthropic tells input and output tokens apart, with dates`() {
        let limits = read([
            ("anthropic-ratelimit-input-tokens-remaining", "0"), ("anthropic-ratelimit-input-tokens-limit", "400"),
            ("anthropic-ratelimit-input-tokens-reset", "2026-09-21T14:13:30Z"),
            ("anthropic-ratelimit-output-tokens-remaining", "80"),
        ])
        #expect(
            limits == [
                RateLimit(kind: .inputTokens, remaining: 0, limit: 400, resetSeconds: 10),
                RateLimit(kind: .outputTokens, remaining: 80, limit: nil, resetSeconds: nil),
            ])
    }

    @Test(
        arguments: [
            ("12", 12.0), ("2ms", 0.002), ("1h2m3s", 3723), ("1790000005000", 5), ("-1", 0), ("soon", nil), ("", nil),
        ] as [(String, Double?)])
    func `A reset is a number, a duration, a time or a date`(text: String, seconds: Double?) {
        #expect(RateLimitFields.seconds(text, WallTime(nanoseconds: 1_790_000_000_000_000_000)) == seconds)
    }

    @Test func `Mistral's minute and the one limit of OpenRouter are read, other fields are not`() {
        #expect(read([("x-ratelimit-remaining-req-minute", "4")]).map(\.kind) == [.requests])
        #expect(read([("x-ratelimit-remaining", "4"), ("x-ratelimit-limit", "5")]).map(\.limit) == [5])
        #expect(read([("x-request-id", "4"), ("x-ratelimit-remaining-tokens", "many")]).isEmpty)
    }
}
