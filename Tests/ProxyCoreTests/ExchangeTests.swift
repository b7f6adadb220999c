import GatewayTypes
import NIOCore
import ProxyCore
import Testing

@Suite struct ExchangeTests {
    @Test func `A streamed reply passes untouched, and is booked before its last bytes leave`() async throws {
        let house = TestHouse(scripts: [[.head(200), .body("t1;"), .body("t2;u3,4;"), .body("done;"), .end]])
        var bookedAtLastWrite = -1
        house.writer.onWrite = { text in
            if text.contains("done") { bookedAtLastWrite = house.journal.outcomes.count }
        }
        await house.send("smart hello stream")
        #expect(house.writer.text == "t1;t2;u3,4;done;")
        #expect(house.writer.ended)
        #expect(bookedAtLastWrite == 1)
        let outcome = try #require(house.journal.outcomes.first)
        #expect(outcome.result == "completed")
        #expect(outcome.usage[.input] == 3)
        #expect(outcome.cost.total == Money("0.000007"))
        #expect(outcome.purpose == .served)
        #expect(outcome.attempts.first?.firstToken != nil)
        #expect(house.writer.field("x-weir-exchange-id") == outcome.id.description)
        #expect(house.journal.openCount == 0)
    }

    @Test func `A whole reply tells its cost in a field`() async throws {
        let house = TestHouse(scripts: [[.head(200), .body("t1;u3,4;"), .body("done;"), .end]])
        await house.send("smart hello")
        #expect(house.writer.field("x-weir-cost-usd") == "0.000007")
        #expect(house.writer.head?.bodyBytes == 13)
    }

    @Test func `The attempt's own span is what the provider receives as parent`() async throws {
        let house = TestHouse(scripts: [[.head(200), .body("done;"), .end]])
        await house.send("smart hello")
        let outcome = try #require(house.journal.outcomes.first)
        let sent = house.upstream.requests[0].fields.first { $0.name == "traceparent" }?.value
        #expect(sent == outcome.trace.traceparent(spanID: outcome.attempts[0].spanID))
        #expect(outcome.attempts[0].spanID != outcome.trace.spanID)
    }

    @Test func `A retryable failure moves to the next target`() async throws {
        let house = TestHouse(scripts: [
            [.head(500), .body("oops"), .end], [.head(200), .body("t1;u1,1;done;"), .end],
        ])
        await house.send("smart hello stream")
        let outcome = try #require(house.journal.outcomes.first)
        #expect(house.writer.text == "t1;u1,1;done;")
        #expect(outcome.attempts.map { $0.failure?.reason } == [.upstreamError, nil])
        #expect(outcome.moved == .fallback)
        #expect(outcome.purpose == .fallback)
        #expect(outcome.target?.servedModel.text == "second")
    }

    @Test func `A request that the provider rejects is not tried again`() async throws {
        let house = TestHouse(scripts: [[.head(400), .end], [.head(200), .body("done;"), .end]])
        await house.send("smart hello")
        #expect(house.upstream.requests.count == 1)
        #expect(house.writer.text == "upstream_rejected")
        #expect(house.journal.outcomes.first?.cost == .nothing)
    }

    @Test func `An error inside the first bytes of a stream still moves to the next target`() async {
        let house = TestHouse(scripts: [[.head(200), .body("e;")], [.head(200), .body("t1;done;"), .end]])
        await house.send("smart hello stream")
        #expect(house.writer.text == "t1;done;")
    }

    @Test func `An error inside a translated stream is told in the client's words, and nothing follows it`()
        async throws
    {
        let house = TestHouse(
            scripts: [[.head(200), .body("t1;"), .body("t2;e;d;t3;"), .end], [.head(200), .end]], translates: true)
        await house.send("smart hello stream")
        #expect(house.writer.text == "<t1><t2>!upstream_error")
        #expect(house.writer.aborted)
        #expect(house.upstream.requests.count == 1)
        #expect(try #require(house.journal.outcomes.first).result == "upstream_error")
    }

    @Test(arguments: ["smart hello", "smart hello stream"])
    func `An error inside a translated reply of which the client has seen nothing is its status`(body: String) async {
        let failing: [ScriptedUpstream.Step] = [.head(200), .body("e;d;"), .end]
        let house = TestHouse(scripts: [failing, failing], translates: true)
        await house.send(body)
        #expect(house.upstream.requests.count == 2)
        #expect(house.writer.head?.status == FailureReason.upstreamError.status)
        #expect(house.writer.text == "upstream_error")
    }

    @Test func `A stream that is cut after its first bytes is not tried again, and is billed by estimate`() async throws
    {
        let house = TestHouse(scripts: [
            [.head(200), .body("t12345;"), .fail(.upstreamCut, retryable: true)], [.head(200)],
        ])
        await house.send("smart hello stream")
        #expect(house.upstream.requests.count == 1)
        #expect(house.writer.text == "t12345;!upstream_cut")
        let outcome = try #require(house.journal.outcomes.first)
        #expect(outcome.result == "upstream_cut")
        #expect(outcome.usage.source == .estimated)
        #expect(outcome.usage[.output] == 2)
    }

    @Test func `A stream that ends before its final event counts as cut`() async throws {
        let house = TestHouse(scripts: [[.head(200), .body("t1;"), .end]])
        await house.send("smart hello stream")
        #expect(house.journal.outcomes.first?.result == "upstream_cut")
    }

    @Test func `A client that leaves is billed by what the provider says while its reply is drained`() async throws {
        let house = TestHouse(scripts: [])
        house.upstream.scripts = [
            [.head(200), .body("t1;"), .act { house.writer.leave() }, .body("t2;u3,9;"), .body("done;"), .end]
        ]
        await house.send("smart hello stream")
        let outcome = try #require(house.journal.outcomes.first)
        #expect(house.writer.text == "t1;")
        #expect(outcome.result == "client_gone")
        #expect(outcome.abortBilling == .drained)
        #expect(outcome.purpose == .aborted)
        #expect(outcome.usage[.output] == 9)
    }

    @Test func `A client that leaves an upstream that never tells its usage is billed by estimate`() async throws {
        let house = TestHouse(scripts: [])
        house.upstream.scripts = [
            [.head(200), .body("t1;"), .act { house.writer.leave() }, .fail(.upstreamTimeout, retryable: true)]
        ]
        await house.send("smart hello stream")
        let outcome = try #require(house.journal.outcomes.first)
        #expect(outcome.result == "client_gone")
        #expect(outcome.abortBilling == .estimated)
        #expect(outcome.cost.total > .zero)
    }

    @Test func `A gate's refusal moves to the next target, and every grant is settled once`() async throws {
        let house = TestHouse(scripts: [[.head(200), .body("done;"), .end]], refusedTarget: 0)
        await house.send("smart hello")
        #expect(house.upstream.requests.count == 1)
        #expect(house.journal.outcomes.first?.target?.servedModel.text == "second")
        #expect(house.gate.granted == 2)
        #expect(house.gate.settled == 2)
    }

    @Test func `Nothing is attempted that cannot be written down`() async {
        let house = TestHouse(scripts: [[.head(200), .body("done;"), .end]], journal: RecordingJournal(refuses: true))
        await house.send("smart hello")
        #expect(house.upstream.requests.isEmpty)
        #expect(house.writer.head?.status == 503)
        #expect(house.gate.granted == house.gate.settled)
    }

    @Test(arguments: [("other hello", 404, "model_not_found"), ("", 400, "bad_request")])
    func `A request that leads nowhere gets its reason`(body: String, status: Int, reason: String) async {
        let house = TestHouse(scripts: [])
        await house.send(body)
        #expect(house.writer.head?.status == status)
        #expect(house.writer.text == reason)
        #expect(house.writer.ended)
    }

    @Test func `A path that no surface serves is not found, and the wrong method is told apart`() async {
        let house = TestHouse(scripts: [])
        await house.send("smart hello", path: "/nowhere")
        #expect(house.writer.head?.status == 404)
        let other = TestHouse(scripts: [])
        await other.send("smart hello", method: .get)
        #expect(other.writer.head?.status == 405)
    }

    @Test func `Filters see the reply in reverse order of entering, and each is settled once`() async {
        let house = TestHouse(scripts: [[.head(200), .body("t1;"), .body("done;"), .end]], follows: true)
        await house.send("smart hello stream")
        #expect(
            house.trail.words == [
                "cache head", "limits head", "cache bytes", "limits bytes", "cache bytes", "limits bytes", "cache end",
                "limits end", "cache settle", "limits settle",
            ])
    }
}
