import GatewayTypes
import NIOCore
import ProxyCore
import Testing

/// A target of another dialect is reached by way of the neutral form.
@Suite struct TranslationTests {
    private func sent(_ house: TestHouse, _ index: Int = 0) -> String {
        String(buffer: house.upstream.requests[index].body)
    }

    @Test func `Request and reply go through the neutral form`() async throws {
        let house = TestHouse(scripts: [[.head(200), .body("hello;done;"), .end]], translatesFirst: true)
        await house.send("smart hi")
        #expect(sent(house) == "neutral")
        #expect(house.writer.text == "<hello>.")
        #expect(house.writer.field("content-type") == "text/words")
        #expect(house.writer.field("x-returned") == nil)
        #expect(house.journal.outcomes.first?.reply.outputTextBytes == 5)
    }

    @Test(arguments: ["seed", "odd"])
    func `What the target cannot be told is refused, and the next target that can is tried`(word: String) async throws {
        let house = TestHouse(scripts: [[.head(200), .body("t1;done;"), .end]], translatesFirst: true)
        await house.send("smart \(word)")
        #expect(house.upstream.requests.count == 1)
        #expect(sent(house) == "smart \(word)")
        let outcome = try #require(house.journal.outcomes.first)
        #expect(outcome.target?.servedModel.text == "second")
        #expect(outcome.attempts.count == 1, "a refused translation is no attempt")
        #expect(house.gate.granted == house.gate.settled)
    }

    @Test func `Where the configuration says so it is left out, and the reply says what`() async throws {
        let house = TestHouse(scripts: [[.head(200), .body("hello;done;"), .end]], translatesFirst: true, drops: true)
        await house.send("smart seed odd")
        #expect(sent(house) == "neutral")
        #expect(house.writer.field("x-weir-dropped") == "odd, seed")
        #expect(house.journal.outcomes.first?.dropped == ["odd", "seed"])
    }

    @Test func `Nothing is said to be dropped by the target that served untranslated`() async throws {
        let house = TestHouse(
            scripts: [[.head(500), .end], [.head(200), .body("t1;done;"), .end]], translatesFirst: true, drops: true)
        await house.send("smart seed")
        #expect(house.writer.text == "t1;done;")
        #expect(house.writer.field("x-weir-dropped") == nil)
        #expect(house.journal.outcomes.first?.dropped.isEmpty == true)
    }

    @Test func `A request that the provider rejected keeps its status through a translation`() async throws {
        let house = TestHouse(scripts: [[.head(400), .end]], translatesFirst: true)
        await house.send("smart hi")
        #expect(house.journal.outcomes.first?.failure?.rejectedStatus == 400)
    }

    @Test func `A credential signs what goes out, fields and body as they are`() async throws {
        let house = TestHouse(scripts: [[.head(200), .body("done;"), .end]], credential: Signer())
        await house.send("smart hi")
        let fields = house.upstream.requests[0].fields
        #expect(fields.first { $0.name == "x-signed" }?.value == "POST http://127.0.0.1:1/ smart hi")
        #expect(fields.first { $0.name == "x-version" }?.value == "1")
    }

    @Test func `A credential that cannot be had is a failure of the attempt, and another target is tried`() async throws
    {
        let house = TestHouse(scripts: [], credential: Signer(fails: true))
        await house.send("smart hi")
        let outcome = try #require(house.journal.outcomes.first)
        #expect(outcome.attempts.map { $0.failure?.reason } == [.upstreamUnauthenticated, .upstreamUnauthenticated])
        #expect(house.upstream.requests.isEmpty)
        #expect(house.gate.granted == house.gate.settled)
    }
}

private struct Signer: Credential {
    var fails = false

    func fields(
        method: GatewayTypes.Method, url: String, fields: [ReplyField], body: ByteBuffer, at time: WallTime
    ) async throws(Failure) -> [ReplyField] {
        if fails { throw Failure(.upstreamUnauthenticated, "no token", retryable: true) }
        return [ReplyField("x-signed", "\(method.rawValue) \(url) \(String(buffer: body))")]
    }
}
