import GatewayTypes
import Testing

/// What money was spent on: every purpose that exists is reached, and no attempt's money is lost.
@Suite struct PurposeTests {
    private let refused: [ScriptedUpstream.Step] = [.head(500), .end]
    private let served: [ScriptedUpstream.Step] = [.head(200), .body("t1;u3,4;"), .body("done;"), .end]

    private func outcome(_ scripts: [[ScriptedUpstream.Step]], repeats: Bool = false) async throws -> Outcome {
        let house = TestHouse(scripts: scripts, repeats: repeats)
        await house.send("smart hello stream")
        return try #require(house.journal.outcomes.first)
    }

    @Test func `A first attempt serves, another target falls back, the same model again retries`() async throws {
        #expect(try await outcome([served]).purpose == .served)
        #expect(try await outcome([refused, served]).purpose == .fallback)
        #expect(try await outcome([refused, served], repeats: true).purpose == .retry)
    }

    @Test func `A client that left is aborted, and pays`() async throws {
        let house = TestHouse(scripts: [])
        house.upstream.scripts = [
            [.head(200), .body("t1;"), .act { house.writer.leave() }, .body("u3,9;"), .body("done;"), .end]
        ]
        await house.send("smart hello stream")
        let outcome = try #require(house.journal.outcomes.first)
        #expect(outcome.purpose == .aborted)
        #expect(outcome.wholeCost.total == Money("0.000012"))
    }

    @Test func `What a provider billed before it failed is part of what the exchange cost`() async throws {
        let outcome = try await outcome([[.head(200), .body("u5,1;e;"), .end], served])
        #expect(outcome.result == "completed")
        #expect(outcome.cost.total == Money("0.000007"))
        #expect(outcome.abandoned.map(\.cost.total) == [Money("0.000006")])
        #expect(outcome.wholeCost.total == Money("0.000013"))
        #expect(outcome.wholeUsage[.input] == 8)
        #expect(outcome.wholeUsage[.output] == 5)
    }
}
