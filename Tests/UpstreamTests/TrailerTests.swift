import GatewayTypes
import NIOCore
import Testing
import Upstream

@Suite struct TrailerTests {
    @Test func `Fields behind the body are trailers of the whole reply`() async throws {
        let server = try await ScriptedServer([
            .request,
            .send(
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: x-sum\r\nx-a: 1\r\n\r\n"
                    + "5\r\nhello\r\n0\r\nX-Sum: 9\r\nx-two: b\r\n\r\n"),
            .again,
        ])
        let bench = try await Bench()
        for _ in 0..<2 {
            let (head, body) = try await LoopFetcher(engine: bench.engine).fetch(Endpoint.test(server.port).request())
            #expect(String(buffer: body) == "hello" && head["x-a"] == "1")
            #expect(head.trailers.map { "\($0.name): \($0.value)" } == ["x-sum: 9", "x-two: b"])
            #expect(head.trailer("x-sum") == "9" && head.trailer("x-a") == "1" && head.trailer("x-none") == nil)
        }
        try await bench.shutDown()
        await server.close()
    }

    @Test func `Trailers count towards the bound of a head`() async throws {
        let filler = String(repeating: "x-\(String(repeating: "a", count: 90)): b\r\n", count: 40)
        let server = try await ScriptedServer([
            .request,
            .send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\(filler)\r\n"), .again,
        ])
        var settings = UpstreamSettings.direct
        settings.headBytesMax = 2_000
        let bench = try await Bench(settings)
        let taken = await bench.send(Endpoint.test(server.port).request())
        #expect(taken.failure?.reason == .upstreamProtocol)
        try await bench.shutDown()
        await server.close()
    }

    @Test func `An endpoint of HTTP 2 alone speaks it from the first byte`() async throws {
        let server = try await ScriptedServer([.pause(milliseconds: 200), .close])
        let bench = try await Bench()
        let endpoint = Endpoint(
            id: 3, method: .post, url: "http://127.0.0.1:\(server.port)/s/m", serverAddress: "127.0.0.1",
            serverPort: server.port, fields: [], timeouts: Endpoint.Timeouts(), http2: false, caFile: nil,
            http2Only: true)
        #expect(endpoint.http2)
        let taken = await bench.send(endpoint.request())
        #expect(taken.failure != nil && taken.head == nil)
        try await bench.shutDown()
        await server.close()
    }
}
