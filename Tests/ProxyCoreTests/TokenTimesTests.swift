import GatewayTypes
import Testing

/// Times of tokens on a clock that only the script moves.
@Suite struct TokenTimesTests {
    private func outcome(_ script: (HandClock) -> [ScriptedUpstream.Step]) async throws -> Outcome {
        let clock = HandClock()
        let house = TestHouse(scripts: [script(clock)], now: { clock.now })
        await house.send("smart hello stream")
        return try #require(house.journal.outcomes.first)
    }

    private func bucket(_ bound: Double, _ gaps: TokenGaps) throws -> UInt32 {
        gaps.bucketCounts[try #require(TokenGaps.bounds.firstIndex(of: bound))]
    }

    @Test func `Gaps lie between pieces of text, not between reads`() async throws {
        let outcome = try await outcome { clock in
            [
                .head(200), clock.wait(300), .body("role;"), clock.wait(200), .body("t1;"), clock.wait(20),
                .body("t2;"),
                clock.wait(1), .body("ping;"), clock.wait(4), .body("t3;t4;"), clock.wait(1_000), .body("u3,4;"),
                .body("done;"), .end,
            ]
        }
        let attempt = outcome.attempts[0]
        #expect(attempt.firstToken?.nanoseconds(since: attempt.began) == 500_000_000)
        #expect(attempt.gaps.count == 2)
        #expect(attempt.gaps.nanoseconds == 25_000_000)
        #expect(try bucket(0.02, attempt.gaps) == 1)
        #expect(try bucket(0.005, attempt.gaps) == 1)
    }

    @Test func `Reasoning counts as text before a reader sees any`() async throws {
        let outcome = try await outcome { clock in
            [
                .head(200), clock.wait(100), .body("r1;"), clock.wait(50), .body("r2;"), clock.wait(50),
                .body("t1;done;"),
                .end,
            ]
        }
        let attempt = outcome.attempts[0]
        #expect(attempt.firstToken?.nanoseconds(since: attempt.began) == 100_000_000)
        #expect(attempt.firstVisibleToken?.nanoseconds(since: attempt.began) == 200_000_000)
        #expect(attempt.gaps.count == 2)
        #expect(try bucket(0.05, attempt.gaps) == 2)
    }

    @Test func `A stream that is cut keeps the gaps that it had`() async throws {
        let outcome = try await outcome { clock in
            [
                .head(200), .body("t1;"), clock.wait(75), .body("t2;"), clock.wait(500),
                .fail(.upstreamCut, retryable: true),
            ]
        }
        #expect(outcome.result == "upstream_cut")
        #expect(outcome.attempts[0].gaps.count == 1)
        #expect(outcome.attempts[0].gaps.nanoseconds == 75_000_000)
    }

    @Test func `A whole reply has no gaps`() async throws {
        let clock = HandClock()
        let house = TestHouse(
            scripts: [[.head(200), .body("t1;"), clock.wait(10), .body("t2;done;"), .end]], now: { clock.now })
        await house.send("smart hello")
        #expect(house.journal.outcomes.first?.attempts[0].gaps.count == 0)
    }
}
