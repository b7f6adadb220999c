import GatewayTypes
import NIOCore
import Testing
import Upstream

@Suite struct TimeoutTests {
    private let streamed = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n"

    @Test func `An upstream that does not begin to reply is given up`() async throws {
        let server = try await ScriptedServer([.request, .stall])
        let bench = try await Bench()
        let began = Moment.now()
        let taken = await bench.send(Endpoint.test(server.port) { $0.firstByteSeconds = 0.2 }.request())
        #expect(taken.failure?.reason == .upstreamTimeout && taken.failure?.retryable == true)
        #expect(taken.failure?.message == "127.0.0.1:\(server.port) did not begin to reply within 0.2 s.")
        #expect((0.15...5).contains(Moment.now().seconds(since: began)))
        try await bench.shutDown()
        await server.close()
    }

    @Test func `A reply that stops in the middle keeps what came and is given up`() async throws {
        let server = try await ScriptedServer([.request, .send(streamed), .stall])
        let bench = try await Bench()
        let began = Moment.now()
        let taken = await bench.send(Endpoint.test(server.port) { $0.idleSeconds = 0.2 }.request())
        #expect(taken.head?.status == 200 && taken.body == "ab")
        #expect(taken.failure?.message == "127.0.0.1:\(server.port) did not send more of its reply within 0.2 s.")
        #expect(Moment.now().seconds(since: began) < 4)
        try await bench.shutDown()
        await server.close()
    }

    @Test func `A slow reply that keeps moving is not idle`() async throws {
        let piece: [Step] = [.send("2\r\nab\r\n"), .pause(milliseconds: 60)]
        let pieces = (0..<20).flatMap { _ in piece }
        let server = try await ScriptedServer([.request, .send(streamed)] + pieces + [.send("0\r\n\r\n"), .again])
        let bench = try await Bench()
        let endpoint = Endpoint.test(server.port) {
            $0.idleSeconds = 1
            $0.firstByteSeconds = 1
        }
        let taken = await bench.send(endpoint.request())
        #expect(taken.failure == nil && taken.body.utf8.count == 42)
        #expect(taken.phases.stream > 1_000_000_000)
        try await bench.shutDown()
        await server.close()
    }

    @Test func `The whole exchange has a limit of its own, which the request or a later word can bring nearer`()
        async throws
    {
        let piece: [Step] = [.send("2\r\nab\r\n"), .pause(milliseconds: 20)]
        let pieces = (0..<300).flatMap { _ in piece }
        let server = try await ScriptedServer([.request, .send(streamed)] + pieces)
        let bench = try await Bench()
        let total = await bench.send(Endpoint.test(server.port) { $0.totalSeconds = 0.2 }.request())
        #expect(total.failure?.message == "127.0.0.1:\(server.port) did not finish its reply within 0.2 s.")

        let endpoint = Endpoint.test(server.port, id: 1)
        let deadline = Moment.now().advanced(bySeconds: 0.6)
        let asked = await bench.send(endpoint.request(deadline: deadline))
        #expect(asked.failure?.reason == .upstreamTimeout && asked.body.hasPrefix("ab"))

        let limited = await bench.run { engine in
            let exchange = engine.start(endpoint.request())
            exchange.limit(to: Moment.now().advanced(bySeconds: 0.2))
            exchange.limit(to: Moment.now().advanced(bySeconds: 30))
            return await Taken.all(of: exchange)
        }
        #expect(limited.failure?.reason == .upstreamTimeout)
        #expect(await bench.run { $0.exchangesUnderWay } == 0)
        try await bench.shutDown()
        await server.close()
    }

    @Test
    func `A token that does not come in time ends it, however much else comes; one that was told is not waited for`()
        async throws
    {
        let piece: [Step] = [.send("2\r\nab\r\n"), .pause(milliseconds: 20)]
        let pieces = (0..<40).flatMap { _ in piece }
        let server = try await ScriptedServer(
            [.request, .send(streamed)] + pieces + [.send("0\r\n\r\n"), .again],
            [.request, .send(streamed)] + pieces + [.send("0\r\n\r\n"), .again])
        let bench = try await Bench()
        let endpoint = Endpoint.test(server.port)
        let late = await bench.run { engine in
            let exchange = engine.start(endpoint.request())
            exchange.expectToken(by: Moment.now().advanced(bySeconds: 0.2))
            return await Taken.all(of: exchange)
        }
        #expect(late.failure?.reason == .upstreamTimeout && late.failure?.retryable == true)
        #expect(late.failure?.message.contains("did not send its first token within 0.2") == true)
        #expect(late.body.hasPrefix("ab"))
        let told = await bench.run { engine in
            let exchange = engine.start(endpoint.request())
            exchange.expectToken(by: Moment.now().advanced(bySeconds: 0.2))
            exchange.expectToken(by: nil)
            return await Taken.all(of: exchange)
        }
        #expect(told.failure == nil && told.ended)
        try await bench.shutDown()
        await server.close()
    }

    @Test func `An address that answers nothing is given up after the time to connect`() async throws {
        // A listener whose queue is full drops further attempts to connect.
        let full = try FullListener()
        let bench = try await Bench()
        let taken = await bench.send(Endpoint.test(full.port) { $0.connectSeconds = 0.2 }.request())
        #expect(taken.failure?.reason == .upstreamTimeout && taken.failure?.retryable == true)
        #expect(taken.failure?.message == "127.0.0.1:\(full.port) did not accept a connection within 0.2 s.")
        try await bench.shutDown()
        full.close()
    }

    @Test func `A reply cut in the middle is a failure after what came`() async throws {
        let server = try await ScriptedServer(
            [.request, .send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"), .close],
            [.request, .send(streamed), .close])
        let bench = try await Bench()
        for expected in ["half", "ab"] {
            let taken = await bench.send(Endpoint.test(server.port).request())
            #expect(taken.body == expected && !taken.ended)
            #expect(taken.failure?.reason == .upstreamCut)
            #expect(taken.failure?.message.contains("in the middle of its reply") == true)
        }
        try await bench.shutDown()
        await server.close()
    }

    @Test(arguments: [
        "SSH-2.0-OpenSSH_9.2\r\n", "HTTP/1.1 abc\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nab\r\n", "HTTP/1.1 101 Switching Protocols\r\n\r\n",
    ])
    func `What is not HTTP is called so`(reply: String) async throws {
        let server = try await ScriptedServer([.request, .send(reply), .close])
        let bench = try await Bench()
        let taken = await bench.send(Endpoint.test(server.port).request())
        #expect(taken.failure?.reason == .upstreamProtocol)
        try await bench.shutDown()
        await server.close()
    }

    @Test func `A head without end is refused at its limit`() async throws {
        let line = "X-Padding: " + String(repeating: "p", count: 1000) + "\r\n"
        let steps = (0..<100).map { _ in Step.send(line) }
        let server = try await ScriptedServer([.request, .send("HTTP/1.1 200 OK\r\n")] + steps + [.stall])
        let bench = try await Bench()
        let taken = await bench.send(Endpoint.test(server.port).request())
        #expect(taken.failure?.reason == .upstreamProtocol)
        #expect(taken.failure?.message.contains("65536") == true)
        try await bench.shutDown()
        await server.close()
    }
}
