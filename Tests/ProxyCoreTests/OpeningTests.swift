import GatewayTypes
import ProxyCore
import Testing

/// What a stream begins with, before it has said anything.
@Suite struct OpeningTests {
    private static var served: [ScriptedUpstream.Step] { [.head(200), .body("t1;u3,4;"), .body("done;"), .end] }

    @Test func `A stream that breaks off after its role alone is served by the next target, and nothing of it is seen`()
        async throws
    {
        for end: ScriptedUpstream.Step in [
            .fail(.upstreamCut, retryable: true), .fail(.upstreamTimeout, retryable: true),
        ] {
            let house = TestHouse(scripts: [[.head(200), .body("role;"), .body("role;"), end], Self.served])
            await house.send("smart hello stream")
            #expect(house.writer.text == "t1;u3,4;done;")
            #expect(house.writer.ended && !house.writer.aborted)
            #expect(house.journal.outcomes.first?.moved == .fallback)
        }
        let ended = TestHouse(scripts: [[.head(200), .body("role;"), .end], Self.served])
        await ended.send("smart hello stream")
        #expect(ended.writer.text == "t1;u3,4;done;")
    }

    @Test func `What was held leaves with the first token, in order`() async {
        let house = TestHouse(scripts: [[.head(200), .body("role;"), .body("t1;"), .body("t2;done;"), .end]])
        await house.send("smart hello stream")
        #expect(house.writer.text == "role;t1;t2;done;")
        let empty = TestHouse(scripts: [[.head(200), .body("role;"), .body("done;"), .end]])
        await empty.send("smart hello stream")
        #expect(empty.writer.text == "role;done;")
    }

    @Test func `The last target's beginning passes at once, and one that is too long or too slow does too`() async {
        let last = TestHouse(
            scripts: [[.head(500), .end], [.head(200), .body("role;"), .fail(.upstreamCut, retryable: true)]])
        await last.send("smart hello stream")
        #expect(last.writer.text == "role;!upstream_cut")
        var limits = ExchangeLimits()
        limits.heldOpeningBytesMax = 4
        let long = TestHouse(
            scripts: [[.head(200), .body("role;"), .body("role;"), .fail(.upstreamCut, retryable: true)]],
            limits: limits)
        await long.send("smart hello stream")
        #expect(long.writer.text.hasPrefix("role;") && long.writer.aborted)
        limits = ExchangeLimits()
        limits.heldOpeningSeconds = 0
        let slow = TestHouse(
            scripts: [[.head(200), .body("role;"), .fail(.upstreamCut, retryable: true)]], limits: limits)
        await slow.send("smart hello stream")
        #expect(slow.writer.text == "role;!upstream_cut")
    }

    @Test func `The first token is waited for until it has come, where the provider has such a limit`() async {
        var timeouts = Endpoint.Timeouts()
        timeouts.firstTokenSeconds = 1
        let house = TestHouse(
            scripts: [[.head(200), .body("role;"), .body("t1;"), .body("t2;done;"), .end]], timeouts: timeouts)
        await house.send("smart hello stream")
        #expect(house.upstream.exchanges.first?.tokenWaits == [true, false])
        let whole = TestHouse(scripts: [Self.served], timeouts: timeouts)
        await whole.send("smart hello")
        #expect(whole.upstream.exchanges.first?.tokenWaits == [])
    }
}
