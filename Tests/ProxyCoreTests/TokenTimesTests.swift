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

    // MARK: What the client sees

    private func since(_ moment: Moment?, _ outcome: Outcome) -> Int64? {
        moment?.nanoseconds(since: outcome.attempts[0].began)
    }

    /// Times of the client's side count from the attempt, which on this clock begins with the exchange.
    @Test func `Role-only, empty and usage-only frames are no token`() async throws {
        let outcome = try await outcome { clock in
            [
                .head(200), clock.wait(10), .body("role;"), clock.wait(20), .body("empty;"), clock.wait(30),
                .body("u3,4;"), clock.wait(40), .body("t1;"), clock.wait(50), .body("empty;"), clock.wait(60),
                .body("t2;"), clock.wait(70), .body("u3,4;done;"), .end,
            ]
        }
        #expect(since(outcome.attempts[0].firstToken, outcome) == 100_000_000)
        #expect(since(outcome.firstTokenSent, outcome) == 100_000_000)
        #expect(since(outcome.firstVisibleTokenSent, outcome) == 100_000_000)
        #expect(outcome.attempts[0].gaps.count == 1)
        #expect(outcome.attempts[0].gaps.nanoseconds == 110_000_000)
    }

    @Test func `Hidden reasoning delays both, shown reasoning the visible token alone`() async throws {
        let hidden = try await outcome { clock in
            [.head(200), .body("role;"), clock.wait(5_000), .body("t1;"), clock.wait(20), .body("done;"), .end]
        }
        #expect(since(hidden.firstTokenSent, hidden) == 5_000_000_000)
        #expect(since(hidden.firstVisibleTokenSent, hidden) == 5_000_000_000)
        let shown = try await outcome { clock in
            [
                .head(200), .body("role;"), clock.wait(500), .body("r1;"), clock.wait(4_500), .body("t1;"),
                .body("done;"), .end,
            ]
        }
        #expect(since(shown.firstTokenSent, shown) == 500_000_000)
        #expect(since(shown.firstVisibleTokenSent, shown) == 5_000_000_000)
        #expect(since(shown.attempts[0].firstVisibleToken, shown) == 5_000_000_000)
    }

    @Test func `A whole stream in one read has its token when it leaves`() async throws {
        let outcome = try await outcome { clock in
            [.head(200), clock.wait(250), .body("role;t1;t2;t3;u3,4;done;"), .end]
        }
        #expect(since(outcome.attempts[0].firstToken, outcome) == 250_000_000)
        #expect(since(outcome.firstTokenSent, outcome) == 250_000_000)
        #expect(outcome.attempts[0].gaps.count == 0)
    }

    @Test func `Where a filter holds the reply back, the client's first token is later than the provider's`()
        async throws
    {
        let clock = HandClock()
        let house = TestHouse(
            scripts: [
                [
                    .head(200), clock.wait(100), .body("t1;"), clock.wait(40), .body("t2;"), clock.wait(60),
                    .body("t3;"), clock.wait(20), .body("done;"), .end,
                ]
            ], holdsBack: 2, now: { clock.now })
        await house.send("smart hello stream")
        let outcome = try #require(house.journal.outcomes.first)
        #expect(since(outcome.attempts[0].firstToken, outcome) == 100_000_000)
        #expect(since(outcome.firstTokenSent, outcome) == 200_000_000)
        #expect(since(outcome.firstVisibleTokenSent, outcome) == 200_000_000)
        #expect(outcome.attempts[0].gaps.nanoseconds == 100_000_000)
    }

    @Test func `A client that left before the first token got none`() async throws {
        let house = TestHouse(scripts: [])
        house.upstream.scripts = [
            [.head(200), .body("role;"), .act { house.writer.leave() }, .body("t1;u3,9;"), .body("done;"), .end]
        ]
        await house.send("smart hello stream")
        let outcome = try #require(house.journal.outcomes.first)
        #expect(outcome.attempts[0].firstToken != nil)
        #expect(outcome.firstTokenSent == nil)
    }

    @Test func `After a fallback the provider's side counts from its own attempt, the client's from the arrival`()
        async throws
    {
        let clock = HandClock()
        let house = TestHouse(
            scripts: [
                [.head(500), clock.wait(300), .end],
                [.head(200), clock.wait(50), .body("t1;"), .body("done;"), .end],
            ], now: { clock.now })
        await house.send("smart hello stream")
        let outcome = try #require(house.journal.outcomes.first)
        let served = outcome.attempts[1]
        #expect(served.firstToken?.nanoseconds(since: served.began) == 50_000_000)
        #expect(since(outcome.firstTokenSent, outcome) == 350_000_000)
    }
}
