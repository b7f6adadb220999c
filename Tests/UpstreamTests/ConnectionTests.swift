import GatewayTypes
import Listener
import NIOCore
import Testing
import Upstream

@Suite struct ConnectionTests {
    @Test func `A thousand requests one after another use one connection`() async throws {
        let server = try await ScriptedServer([.request, .send(fixed("ok")), .again])
        let bench = try await Bench()
        let request = Endpoint.test(server.port).request()
        let fresh = await bench.run { engine in
            var fresh = 0
            for _ in 0..<1000 {
                let taken = await Taken.all(of: engine.start(request))
                if !taken.phases.reused || taken.body != "ok" { fresh += 1 }
            }
            return fresh
        }
        #expect(fresh == 1)
        #expect(server.seen.connections == 1 && server.seen.requests.count == 1000)
        try await bench.shutDown()
        await server.close()
    }

    @Test func `A pooled connection that the upstream closed meanwhile is replaced without a failure`() async throws {
        let server = try await ScriptedServer([.request, .send(fixed("ok")), .close])
        let bench = try await Bench()
        for _ in 0..<5 {
            let taken = await bench.send(Endpoint.test(server.port).request())
            #expect(taken.failure == nil && taken.body == "ok")
        }
        #expect(server.seen.requests.count == 5)
        try await bench.shutDown()
        await server.close()
    }

    @Test func `A request that a dying pooled connection swallowed is sent once more`() async throws {
        let server = try await ScriptedServer(
            [.request, .send(fixed("one")), .request, .close], [.request, .send(fixed("two")), .again])
        let bench = try await Bench()
        let endpoint = Endpoint.test(server.port)
        #expect(await bench.send(endpoint.request()).body == "one")
        let second = await bench.send(endpoint.request("the body"))
        #expect(second.failure == nil && second.body == "two" && !second.phases.reused)
        #expect(server.seen.requests.count == 3 && server.seen.requests.last?.hasSuffix("the body") == true)
        try await bench.shutDown()
        await server.close()
    }

    @Test func `A pool full of dying connections costs one more connection, not a failure`() async throws {
        let dying: [Step] = [.request, .pause(milliseconds: 100), .send(fixed("old")), .request, .close]
        let healthy: [Step] = [.request, .send(fixed("new")), .again]
        let server = try await ScriptedServer(
            dying, dying, dying, dying, dying, dying, dying, dying, dying, dying, healthy)
        let bench = try await Bench()
        let endpoint = Endpoint.test(server.port)
        let old = await withTaskGroup(of: Taken.self) { group in
            for _ in 0..<10 { group.addTask { await bench.send(endpoint.request()) } }
            return await group.reduce(into: 0) { $0 += $1.body == "old" ? 1 : 0 }
        }
        #expect(old == 10 && server.seen.connections == 10)
        let taken = await bench.send(endpoint.request())
        #expect(taken.failure == nil && taken.body == "new" && !taken.phases.reused)
        // The next request may use the fresh connection: only the one that was sent again had to have its own.
        let connections = server.seen.connections
        #expect(connections == 11)
        try await bench.shutDown()
        await server.close()
    }

    @Test func `A fresh connection that closes without a reply fails and is not tried again`() async throws {
        let server = try await ScriptedServer([.request, .close])
        let bench = try await Bench()
        let taken = await bench.send(Endpoint.test(server.port).request())
        #expect(taken.failure?.reason == .upstreamCut && taken.failure?.retryable == true)
        #expect(server.seen.requests.count == 1)
        try await bench.shutDown()
        await server.close()
    }

    @Test func `Nobody listening is a failure to connect that names the host and nothing secret`() async throws {
        let held = try HeldPort()
        let bench = try await Bench()
        let failure = try #require(await bench.send(Endpoint.test(held.port).request()).failure)
        #expect(failure.reason == .upstreamConnect && failure.retryable)
        #expect(failure.message.contains("127.0.0.1:\(held.port)"))
        #expect(!failure.message.contains("secret") && !failure.message.contains("q=1"))
        try await bench.shutDown()
        held.close()
    }

    @Test func `An upstream that went away between two requests is a failure to connect`() async throws {
        let server = try await ScriptedServer([.request, .send(fixed("ok")), .close])
        let bench = try await Bench()
        let endpoint = Endpoint.test(server.port)
        #expect(await bench.send(endpoint.request()).body == "ok")
        while server.seen.closed < 1 { try await Task.sleep(for: .milliseconds(2)) }
        await server.close()
        // So that no other test's server gets the port.
        let held = try HeldPort(server.port)
        #expect(await bench.send(endpoint.request()).failure?.reason == .upstreamConnect)
        try await bench.shutDown()
        held.close()
    }

    @Test func `A name that does not resolve is a failure to connect`() async throws {
        let bench = try await Bench()
        let endpoint = Endpoint.test(80, host: "nowhere.invalid") { $0.connectSeconds = 3 }
        let failure = try #require(await bench.send(endpoint.request()).failure)
        #expect(failure.retryable && failure.message.contains("nowhere.invalid"))
        #expect(failure.reason == .upstreamConnect || failure.reason == .upstreamTimeout)
        try await bench.shutDown()
    }

    @Test func `Two hundred requests at once all get their own reply`() async throws {
        let server = try await ScriptedServer([.request, .pause(milliseconds: 20), .send(fixed("ok")), .again])
        let bench = try await Bench()
        let endpoint = Endpoint.test(server.port)
        let bodies = await withTaskGroup(of: Taken.self) { group in
            for number in 0..<200 { group.addTask { await bench.send(endpoint.request("\(number)")) } }
            return await group.reduce(into: 0) { $0 += $1.body == "ok" && $1.ended ? 1 : 0 }
        }
        #expect(bodies == 200)
        #expect(Set(server.seen.requests.compactMap { $0.split(separator: "\r\n").last }).count == 200)
        #expect(await bench.run { $0.exchangesUnderWay } == 0)
        try await bench.shutDown()
        await server.close()
    }

    @Test func `Without Linux AIO a waiter thread does the same`() async throws {
        let server = try await ScriptedServer([
            .request, .send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n"),
            .pause(milliseconds: 5), .send("2\r\ncd\r\n0\r\n\r\n"), .again,
        ])
        let bench = try await Bench(.threaded)
        #expect(await bench.run { $0.usesWaiterThread })
        let endpoint = Endpoint.test(server.port)
        for _ in 0..<50 { #expect(await bench.send(endpoint.request()).body == "abcd") }
        #expect(server.seen.connections == 1)
        let whole = await withTaskGroup(of: Taken.self) { group in
            for _ in 0..<50 { group.addTask { await bench.send(endpoint.request()) } }
            return await group.reduce(into: 0) { $0 += $1.body == "abcd" ? 1 : 0 }
        }
        #expect(whole == 50)
        try await bench.shutDown()
        await server.close()
    }

    @Test func `Linux AIO wakes the loop where the kernel has it`() async throws {
        let bench = try await Bench()
        #expect(await bench.run { $0.usesWaiterThread } == false)
        try await bench.shutDown()
    }

    @Test func `Endpoints are prepared anew when their place is taken by another or they are forgotten`() async throws {
        let first = try await ScriptedServer([.request, .send(fixed("first")), .again])
        let second = try await ScriptedServer([.request, .send(fixed("second")), .again])
        let bench = try await Bench()
        #expect(await bench.send(Endpoint.test(first.port, id: 3).request()).body == "first")
        #expect(await bench.send(Endpoint.test(second.port, id: 3).request()).body == "second")
        await bench.run { $0.forget(endpoints: [3, 99]) }
        #expect(await bench.send(Endpoint.test(first.port, id: 3).request()).body == "first")
        try await bench.shutDown()
        await first.close()
        await second.close()
    }

    @Test func `Shutting down ends what is under way and refuses what comes later`() async throws {
        let server = try await ScriptedServer([.request, .stall])
        let bench = try await Bench()
        let request = Endpoint.test(server.port).request()
        async let hanging = bench.send(request)
        while server.seen.requests.isEmpty { try await Task.sleep(for: .milliseconds(2)) }
        try await bench.engine.shutDown().get()
        #expect(await hanging.failure?.reason == .interrupted)
        #expect(await bench.send(request).failure?.reason == .interrupted)
        try await bench.engine.shutDown().get()
        try await bench.workers.shutDown()
        await server.close()
    }
}
