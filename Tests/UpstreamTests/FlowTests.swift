import GatewayTypes
import NIOCore
import Synchronization
import Testing
import Upstream

@Suite struct FlowTests {
    private static let blocks = 800
    private static let blockBytes = 65_536

    private func flooding() async throws -> ScriptedServer {
        let length = Self.blocks * Self.blockBytes
        return try await ScriptedServer([
            .request, .send("HTTP/1.1 200 OK\r\nContent-Length: \(length)\r\n\r\n"),
            .flood(count: Self.blocks, size: Self.blockBytes), .again,
        ])
    }

    @Test func `A slow reader holds the upstream back and gets every byte`() async throws {
        let server = try await flooding()
        let bench = try await Bench()
        let endpoint = Endpoint.test(server.port) { $0.idleSeconds = 0.1 }
        let settled = await bench.run { engine in
            let exchange = engine.start(endpoint.request())
            guard case .head = try? await exchange.next() else { return -1 }
            // Longer than the idle timeout: silence of our own making does not count.
            try? await Task.sleep(for: .milliseconds(400))
            let early = server.seen.bytesWritten
            var total = 0
            var largest = 0
            do throws(Failure) {
                while case .body(let bytes) = try await exchange.next() {
                    total += bytes.readableBytes
                    largest = max(largest, bytes.readableBytes)
                }
            } catch { return -2 }
            guard total == Self.blocks * Self.blockBytes else { return -3 }
            guard largest <= 256 * 1024 + 16 * 1024 else { return -4 }
            return early
        }
        // What was written while nobody read: sockets' buffers (a few MiB) and the engine's bound.
        #expect((1...16 * 1024 * 1024).contains(settled))
        try await bench.shutDown()
        await server.close()
    }

    @Test func `A cancelled exchange closes its connection and leaves nothing behind`() async throws {
        let server = try await flooding()
        let bench = try await Bench()
        let endpoint = Endpoint.test(server.port)
        let reason = await bench.run { engine -> FailureReason? in
            let exchange = engine.start(endpoint.request())
            guard case .head = try? await exchange.next() else { return nil }
            _ = try? await exchange.next()
            exchange.cancel()
            exchange.cancel()
            return await Taken.all(of: exchange).failure?.reason
        }
        #expect(reason == .interrupted)
        #expect(await bench.run { $0.exchangesUnderWay } == 0)
        while server.seen.closed < 1 { try await Task.sleep(for: .milliseconds(2)) }
        try await bench.shutDown()
        await server.close()
    }

    @Test func `Cancelling wakes a reader that is suspended`() async throws {
        let server = try await ScriptedServer([.request, .stall])
        let bench = try await Bench()
        let request = Endpoint.test(server.port).request()
        let taken = await bench.run { engine in
            let exchange = engine.start(request)
            bench.cancel(exchange, afterMilliseconds: 20)
            return await Taken.all(of: exchange)
        }
        #expect(taken.failure?.reason == .interrupted)
        #expect(await bench.run { $0.exchangesUnderWay } == 0)
        try await bench.shutDown()
        await server.close()
    }

    @Test func `Exchanges can be started and cancelled while another is read`() async throws {
        let server = try await flooding()
        let small = try await ScriptedServer([.request, .send(fixed("ok")), .again])
        let bench = try await Bench()
        let (large, other) = (Endpoint.test(server.port), Endpoint.test(small.port, id: 1))
        let result = await bench.run { engine in
            let exchange = engine.start(large.request())
            var total = 0
            var oks = 0
            do throws(Failure) {
                loop: while true {
                    switch try await exchange.next() {
                    case .head: continue
                    case .body(let bytes):
                        total += bytes.readableBytes
                        let dropped = engine.start(other.request())
                        if await Taken.all(of: engine.start(other.request())).body == "ok" { oks += 1 }
                        dropped.cancel()
                        if oks > 40 { exchange.cancel() }
                    case .end: break loop
                    }
                }
            } catch { return error.reason == .interrupted ? oks : -1 }
            return total == Self.blocks * Self.blockBytes ? oks : -2
        }
        #expect(result > 0)
        #expect(await bench.run { $0.exchangesUnderWay } == 0)
        try await bench.shutDown()
        await server.close()
        await small.close()
    }

    @Test func `Pieces that arrive together are read together`() async throws {
        let pieces = (0..<100).map { _ in "4\r\nabcd\r\n" }.joined()
        let reply = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + pieces + "0\r\n\r\n"
        let server = try await ScriptedServer([.request, .send(reply), .again])
        let bench = try await Bench()
        let taken = await bench.send(Endpoint.test(server.port).request())
        #expect(taken.body.utf8.count == 400 && taken.pieces <= 3)
        try await bench.shutDown()
        await server.close()
    }

    @Test func `A fetcher takes whole small replies from any task and refuses long ones`() async throws {
        let small = try await ScriptedServer([.request, .send(fixed("ok")), .again])
        let large = try await flooding()
        let stalled = try await ScriptedServer([.request, .stall])
        let bench = try await Bench()
        let fetcher = LoopFetcher(engine: bench.engine, replyBytesMax: 1 << 20)
        let reply = try await fetcher.fetch(Endpoint.test(small.port).request())
        #expect(reply.head.status == 200 && String(buffer: reply.body) == "ok")

        let long = await failure { () async throws(Failure) in
            try await fetcher.fetch(Endpoint.test(large.port, id: 1).request())
        }
        #expect(long?.reason == .upstreamProtocol)

        let task = Task {
            await failure { () async throws(Failure) in
                try await fetcher.fetch(Endpoint.test(stalled.port, id: 2).request())
            }
        }
        while stalled.seen.requests.isEmpty { try await Task.sleep(for: .milliseconds(2)) }
        task.cancel()
        #expect(await task.value?.reason == .interrupted)
        #expect(await bench.run { $0.exchangesUnderWay } == 0)
        try await bench.shutDown()
        for server in [small, large, stalled] { await server.close() }
    }

    private func failure(
        _ fetch: () async throws(Failure) -> (head: UpstreamHead, body: ByteBuffer)
    ) async -> Failure? {
        do throws(Failure) {
            _ = try await fetch()
            return nil
        } catch { return error }
    }
}
