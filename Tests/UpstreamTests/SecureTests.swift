import GatewayTypes
import Testing
import Upstream

@Suite struct SecureTests {
    @Test func `A certificate counts only when its authority is known`() async throws {
        let server = try SecureServer()
        defer { server.stop() }
        let bench = try await Bench()
        let known = Endpoint.test(server.port, method: .get, scheme: "https", caFile: server.caFile)
        let taken = await bench.send(known.request(""))
        #expect(taken.failure == nil && taken.head?.status == 200 && taken.phases.tls > 0)

        let unknown = Endpoint.test(server.port, method: .get, scheme: "https", id: 1)
        let refused = try #require(await bench.send(unknown.request("")).failure)
        #expect(refused.reason == .upstreamTLS && refused.retryable)
        #expect(refused.message.contains("127.0.0.1:\(server.port)") && refused.message.contains("certificate"))

        let wrongName = Endpoint.test(
            server.port, method: .get, scheme: "https", host: "localhost", caFile: server.caFile, id: 2)
        #expect(await bench.send(wrongName.request("")).failure?.reason == .upstreamTLS)
        try await bench.shutDown()
    }

    @Test func `An upstream that does not speak TLS is a failure of TLS`() async throws {
        let server = try await ScriptedServer([.send("HTTP/1.1 400 Bad Request\r\n\r\n"), .close])
        let bench = try await Bench()
        let taken = await bench.send(Endpoint.test(server.port, scheme: "https").request())
        #expect(taken.failure?.reason == .upstreamTLS)
        try await bench.shutDown()
        await server.close()
    }

    @Test func `Secure requests leave through the proxy of the environment but for the hosts it excepts`() async throws
    {
        let proxy = try await ScriptedServer([
            .request, .send("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"), .close,
        ])
        var settings = UpstreamSettings.direct
        settings.proxies = ProxySettings(variables: [
            "HTTPS_PROXY": "http://127.0.0.1:\(proxy.port)", "HTTP_PROXY": "http://127.0.0.1:1",
            "NO_PROXY": "127.0.0.1",
        ])
        let bench = try await Bench(settings)
        let taken = await bench.send(Endpoint.test(443, scheme: "https", host: "api.example").request())
        #expect(taken.failure?.reason == .upstreamConnect && taken.head == nil)
        #expect(proxy.seen.requests.count == 1)
        #expect(proxy.seen.requests.first?.hasPrefix("CONNECT api.example:443 HTTP/1.1\r\n") == true)
        #expect(proxy.seen.requests.first?.contains("secret") == false)

        let direct = try await ScriptedServer([.request, .send(fixed("ok")), .again])
        #expect(await bench.send(Endpoint.test(direct.port, id: 1).request()).body == "ok")
        let excepted = Endpoint.test(direct.port, scheme: "https", id: 2) { $0.connectSeconds = 0.2 }
        _ = await bench.send(excepted.request())
        #expect(proxy.seen.requests.count == 1)
        try await bench.shutDown()
        await proxy.close()
        await direct.close()
    }
}
