import GatewayTypes
import NIOCore
import Testing
import Upstream

@Suite struct ExchangeTests {
    @Test func `A reply of known length arrives whole with its head and phases`() async throws {
        let server = try await ScriptedServer([
            .request, .send("HTTP/1.1 201 Created\r\nX-Request-ID: r-1\r\nContent-Length: 5\r\n\r\nhello"), .again,
        ])
        let bench = try await Bench()
        let endpoint = Endpoint.test(server.port)
        let taken = await bench.send(endpoint.request())
        #expect(taken.failure == nil)
        #expect(taken.head?.status == 201)
        #expect(taken.head?["x-request-id"] == "r-1")
        #expect(taken.body == "hello")
        #expect(taken.phases.reused == false && taken.phases.connect > 0 && taken.phases.wait > 0)
        let again = await bench.send(endpoint.request())
        #expect(again.body == "hello" && again.phases.reused && again.phases.connect == 0)
        try await bench.shutDown()
        await server.close()
    }

    @Test func `The request is framed by the engine and carries the fields of endpoint and attempt`() async throws {
        let server = try await ScriptedServer([.request, .send(fixed("ok")), .again])
        let bench = try await Bench()
        let fields = [
            ReplyField("content-type", "application/json"), ReplyField("Accept-Encoding", "gzip"),
            ReplyField("traceparent", "00-1"), ReplyField("Content-Length", "999"), ReplyField("x-empty", ""),
        ]
        _ = await bench.send(Endpoint.test(server.port).request(#"{"a":1}"#, fields))
        let text = try #require(server.seen.requests.first)
        #expect(text.hasPrefix("POST /v1/chat?q=1 HTTP/1.1\r\n"))
        let lines = text.split(separator: "\r\n").map(String.init)
        #expect(lines.contains("Authorization: Bearer secret"))
        #expect(lines.contains("content-type: application/json"))
        #expect(lines.contains("traceparent: 00-1"))
        #expect(lines.contains("x-empty:"))
        #expect(lines.contains("User-Agent: weir"))
        #expect(lines.filter { $0.lowercased().hasPrefix("accept-encoding") } == ["Accept-Encoding: identity"])
        #expect(lines.filter { $0.lowercased().hasPrefix("content-length") } == ["Content-Length: 7"])
        #expect(!text.lowercased().contains("expect:"))
        #expect(text.hasSuffix("\r\n\r\n{\"a\":1}"))
        try await bench.shutDown()
        await server.close()
    }

    @Test(arguments: [Method.get, .head, .put, .patch, .delete, .options])
    func `Every method is sent as it is called`(method: GatewayTypes.Method) async throws {
        let reply = method == .head ? "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n" : fixed("ok")
        let server = try await ScriptedServer([.request, .send(reply), .again])
        let bench = try await Bench()
        let endpoint = Endpoint.test(server.port, method: method)
        let taken = await bench.send(endpoint.request(""))
        #expect(taken.failure == nil && taken.body == (method == .head ? "" : "ok"))
        #expect(server.seen.requests.first?.hasPrefix("\(method.rawValue) /v1/chat?q=1 ") == true)
        if method == .put || method == .patch {
            _ = await bench.send(endpoint.request("body"))
            #expect(server.seen.requests.last?.hasSuffix("\r\n\r\nbody") == true)
            _ = await bench.send(endpoint.request(""))
            #expect(server.seen.requests.last?.hasSuffix("\r\n\r\n") == true)
        }
        try await bench.shutDown()
        await server.close()
    }

    @Test func `A request's own method and path go in the place of the endpoint's, and no further`() async throws {
        let server = try await ScriptedServer([.request, .send(fixed("ok")), .again])
        let bench = try await Bench()
        let endpoint = Endpoint(
            id: 0, method: .post, url: "http://127.0.0.1:\(server.port)/v1", serverAddress: "127.0.0.1",
            serverPort: server.port, fields: [], timeouts: Endpoint.Timeouts(), http2: false, caFile: nil)
        let asked: [(GatewayTypes.Method, suffix: String, body: String)] = [
            (.get, "/a%2Fb/./c?x=%20&y", ""), (.post, "/p", "body"), (.delete, "/d", ""), (.put, "/u", "put"),
            (.get, "/with", "a body"), (.patch, "", "patch"), (.get, "/", ""),
        ]
        for (method, suffix, body) in asked {
            let request = UpstreamRequest(
                endpoint: endpoint, fields: [], body: ByteBuffer(string: body), deadline: .distantFuture,
                resource: UpstreamResource(method: method, suffix: suffix))
            #expect(await bench.send(request).body == "ok")
            let text = try #require(server.seen.requests.last)
            #expect(text.hasPrefix("\(method.rawValue) /v1\(suffix) HTTP/1.1\r\n"), "\(text)")
            #expect(text.hasSuffix("\r\n\r\n" + (method == .get ? "" : body)))
            #expect(await bench.send(endpoint.request("own")).body == "ok")
            let own = try #require(server.seen.requests.last)
            #expect(own.hasPrefix("POST /v1 HTTP/1.1\r\n") && own.hasSuffix("\r\n\r\nown"))
        }
        try await bench.shutDown()
        await server.close()
    }

    @Test func `A large body and an empty one arrive as they are`() async throws {
        let server = try await ScriptedServer([.request, .send(fixed("ok")), .again])
        let bench = try await Bench()
        let large = String(repeating: "y", count: 3_000_000)
        for body in [large, "", "small"] {
            let taken = await bench.send(Endpoint.test(server.port).request(body))
            #expect(taken.body == "ok")
            #expect(server.seen.requests.last?.hasSuffix("\r\n\r\n" + body) == true)
        }
        try await bench.shutDown()
        await server.close()
    }

    @Test func `A chunked reply cut at odd places is put together, with trailers ignored`() async throws {
        let reply =
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n7;x=y\r\n, world\r\n0\r\nX-Sum: 1\r\n\r\n"
        let steps = reply.utf8.flatMap { [Step.sendBytes([$0]), .pause(milliseconds: 1)] }
        let server = try await ScriptedServer([.request] + steps + [.again])
        let bench = try await Bench()
        for _ in 0..<2 {
            let taken = await bench.send(Endpoint.test(server.port).request())
            #expect(taken.body == "hello, world" && taken.ended)
            #expect(taken.head?.fields.contains { $0.name == "x-sum" } == false)
        }
        #expect(server.seen.connections == 1)
        try await bench.shutDown()
        await server.close()
    }

    @Test func `Interim replies are read over, and a reply may end with its connection`() async throws {
        let server = try await ScriptedServer([
            .request, .send("HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n"), .pause(milliseconds: 5),
            .send("HTTP/1.1 200 OK\r\nX-A: 1\r\n\r\nto the end"), .close,
        ])
        let bench = try await Bench()
        let taken = await bench.send(Endpoint.test(server.port).request())
        #expect(taken.head?.status == 200 && taken.head?["link"] == nil)
        #expect(taken.body == "to the end" && taken.ended)
        try await bench.shutDown()
        await server.close()
    }

    @Test func `A reply that comes compressed without having been asked for is decoded`() async throws {
        let gzip = GzipFixture.bytes
        let head = "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: \(gzip.count)\r\n\r\n"
        let server = try await ScriptedServer([.request, .send(head), .sendBytes(gzip), .again])
        let bench = try await Bench()
        let taken = await bench.send(Endpoint.test(server.port).request())
        #expect(taken.body == "hello, compressed world")
        #expect(taken.head?["content-encoding"] == nil && taken.head?["content-length"] == nil)
        try await bench.shutDown()
        await server.close()
    }

    @Test func `Redirects are handed on, not followed`() async throws {
        let server = try await ScriptedServer([
            .request, .send("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"), .again,
        ])
        let bench = try await Bench()
        let taken = await bench.send(Endpoint.test(server.port).request())
        #expect(taken.head?.status == 302 && taken.ended)
        try await bench.shutDown()
        await server.close()
    }

    @Test func `A reader that asks again after the end or a failure gets the same answer`() async throws {
        let server = try await ScriptedServer([.request, .send(fixed("ok"))], [.request, .close])
        let bench = try await Bench()
        let request = Endpoint.test(server.port).request()
        let ends = await bench.run { engine in
            let exchange = engine.start(request)
            _ = await Taken.all(of: exchange)
            return await Taken.all(of: exchange).ended
        }
        #expect(ends)
        let reasons = await bench.run { engine in
            let exchange = engine.start(Endpoint.test(1, id: 5).request())
            return [await Taken.all(of: exchange).failure?.reason, await Taken.all(of: exchange).failure?.reason]
        }
        #expect(reasons == [.upstreamConnect, .upstreamConnect])
        try await bench.shutDown()
        await server.close()
    }

    @Test func `A field with a line break in it is refused before anything is sent`() async throws {
        let server = try await ScriptedServer([.request, .send(fixed("ok")), .again])
        let bench = try await Bench()
        let endpoint = Endpoint.test(server.port)
        let taken = await bench.send(endpoint.request("", [ReplyField("x-a", "1\r\nX-Evil: 1")]))
        #expect(taken.failure?.reason == .internalError)
        #expect(server.seen.connections == 0)
        #expect(await bench.send(endpoint.request()).body == "ok")
        try await bench.shutDown()
        await server.close()
    }
}
