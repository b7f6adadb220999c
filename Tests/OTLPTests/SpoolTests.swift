import Foundation
import GatewayTypes
import NIOCore
import Synchronization
import Telemetry
import Testing

@testable import OTLP

@Suite struct SpoolTests {
    private let directory = FileManager.default.temporaryDirectory
        .appendingPathComponent("weir-spool-\(UUID().uuidString)").path
    private let time = FakeTime()
    private let wall = Wall()

    private final class Wall: Sendable {
        /// Seconds that it is ahead.
        let ahead = Mutex(0.0)
    }

    private var clock: ServiceClock {
        var clock = time.clock
        let (standard, wall) = (clock.wallNow, wall)
        clock.wallNow = { standard().advanced(byNanoseconds: Int64(wall.ahead.withLock { $0 } * 1e9)) }
        return clock
    }

    private func target(_ encoding: OTLPEncoding = .protobuf) throws -> OTLPTarget {
        var target = OTLPTarget(signal: .traces, url: try #require(OTLPURL("http://127.0.0.1:1/")))
        target.encoding = encoding
        return target
    }

    private func spool(bytesMax: Int = 1 << 20, _ encoding: OTLPEncoding = .protobuf) throws -> (Spool, ExportCounts) {
        let target = try target(encoding)
        let counts = ExportCounts(target, spools: true)
        let settings = SpoolSettings(path: directory, bytesMax: bytesMax, ageSecondsMax: 3_600)
        return (Spool(target, settings, counts: counts, clock: clock), counts)
    }

    /// Bytes that gzip makes no smaller.
    private func noise(_ seed: UInt64, _ count: Int) -> ByteBuffer {
        var state = seed
        return ByteBuffer(
            bytes: (0..<count).map { _ in
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                return UInt8(truncatingIfNeeded: state >> 33)
            })
    }

    private func drain(_ spool: Spool) async -> [Int] {
        var order: [Int] = []
        while let waiting = await spool.lend() {
            order.append(waiting.count)
            await spool.takeBack(waiting, isDone: true)
        }
        return order
    }

    private var files: [String] {
        let place = directory + "/traces.otlp"
        return ((try? FileManager.default.contentsOfDirectory(atPath: place)) ?? []).sorted().map { place + "/" + $0 }
    }

    private func remove() { try? FileManager.default.removeItem(atPath: directory) }

    @Test func `What waits comes back in order, also in the next process`() async throws {
        defer { remove() }
        let (first, _) = try spool()
        for count in 1...5 { await first.append(noise(UInt64(count), 40_000), count: count) }
        #expect(files.count > 1 && first.now.items == 15 && !first.isEmpty)
        let lent = try #require(await first.lend())
        await first.takeBack(lent, isDone: true)
        let again = try #require(await first.lend())
        await first.takeBack(again, isDone: false)

        let (second, _) = try spool()
        #expect(!second.isEmpty)
        #expect(await drain(second) == [2, 3, 4, 5])
        #expect(second.isEmpty && files.isEmpty && second.now.bytes == 0)
    }

    @Test func `A batch is read as it was written`() async throws {
        defer { remove() }
        let (spool, _) = try spool()
        let message = noise(9, 5_000)
        await spool.append(message, count: 1)
        let call = ExportCall(
            target: try target(), endpoint: try target().makeEndpoint(id: 0, version: "1"),
            fetcher: ScriptedCollector([.status(200)]), clock: clock)
        #expect(call.wire(packed: try #require(await spool.lend()).packed) == message)
    }

    @Test func `The oldest make room, and are counted`() async throws {
        defer { remove() }
        let (spool, counts) = try spool(bytesMax: 300_000)
        for count in 1...9 { await spool.append(noise(UInt64(count), 60_000), count: count) }
        #expect(spool.now.bytes <= 300_000)
        let left = await drain(spool)
        let dropped = Int(counts.now.dropped[.spoolFull] ?? 0)
        #expect(left.last == 9 && left == Array((10 - left.count)...9))
        #expect(dropped == (1...9).reduce(0, +) - left.reduce(0, +) && dropped > 0)
        await spool.append(noise(1, 400_000), count: 7)
        #expect(Int(counts.now.dropped[.spoolFull] ?? 0) == dropped + 7)
    }

    @Test func `A batch that is under way while its place is taken is counted once`() async throws {
        defer { remove() }
        let (spool, counts) = try spool(bytesMax: 200_000)
        await spool.append(noise(1, 90_000), count: 1)
        let lent = try #require(await spool.lend())
        for count in 2...4 { await spool.append(noise(UInt64(count), 90_000), count: count) }
        #expect(counts.now.dropped[.spoolFull] == 2)
        await spool.takeBack(lent, isDone: false)
        #expect(counts.now.dropped[.spoolFull] == 3)
        #expect(await drain(spool) == [3, 4])
    }

    @Test func `A torn tail is dropped and counted, at every place where it may be torn`() async throws {
        defer { remove() }
        let (first, _) = try spool()
        await first.append(noise(1, 300), count: 1)
        let whole = try FileManager.default.attributesOfItem(atPath: files[0])[.size] as? Int ?? 0
        await first.append(noise(2, 300), count: 2)
        let bytes = try Data(contentsOf: URL(fileURLWithPath: files[0]))
        for cut in stride(from: whole + 1, to: bytes.count, by: 37) {
            try bytes.prefix(cut).write(to: URL(fileURLWithPath: files[0]))
            let (next, _) = try spool()
            let lent = try #require(await next.lend())
            #expect(lent.count == 1 && next.now.items == 1 && next.now.errors[.damaged] == 1)
            #expect(next.now.bytes == whole)
            // What comes next is found behind it.
            await next.takeBack(lent, isDone: false)
            await next.append(noise(3, 100), count: 3)
            let (last, _) = try spool()
            #expect(await last.lend()?.count == 1 && last.now.items == 4 && last.now.errors.isEmpty)
        }
    }

    @Test func `A damaged record is not sent`() async throws {
        defer { remove() }
        let (first, _) = try spool()
        await first.append(noise(1, 300), count: 1)
        var bytes = try Data(contentsOf: URL(fileURLWithPath: files[0]))
        bytes[bytes.count - 10] ^= 1
        try bytes.write(to: URL(fileURLWithPath: files[0]))
        let (next, _) = try spool()
        #expect(await next.lend() == nil)
        #expect(next.now.errors[.damaged] == 1 && next.isEmpty && files.isEmpty)
    }

    @Test func `What waited too long, or was written for another protocol, is dropped`() async throws {
        defer { remove() }
        let (first, counts) = try spool()
        await first.append(noise(1, 300), count: 4)
        wall.ahead.withLock { $0 = 3_700 }
        await first.append(noise(2, 300), count: 5)
        #expect(await drain(first) == [5])
        #expect(counts.now.dropped[.spoolExpired] == 4)
        await first.append(noise(2, 300), count: 6)
        let (other, seen) = try spool(.json)
        #expect(await other.lend() == nil)
        #expect(seen.now.dropped[.spoolUnreadable] == 6)
    }

    @Test func `A disk that refuses is counted and stops nothing`() async throws {
        defer { remove() }
        // A file is where the directory should be.
        try Data().write(to: URL(fileURLWithPath: directory))
        let (spool, counts) = try spool()
        await spool.append(noise(1, 300), count: 4)
        #expect(counts.now.dropped[.writeFailed] == 4 && spool.now.errors[.write] ?? 0 > 0)
        #expect(await spool.lend() == nil)
        try FileManager.default.removeItem(atPath: directory)
        await spool.append(noise(1, 300), count: 5)
        #expect(await drain(spool) == [5])
    }

    @Test func `Only one process has a directory`() throws {
        defer { remove() }
        #expect(SpoolDirectory.claim(directory + "/deep/er"))
        #expect(!SpoolDirectory.claim(directory + "/deep/er"))
    }

    // MARK: With the exporter

    private func exporter(_ collector: ScriptedCollector, queueMax: Int = 2_048) throws -> OTLPExporter {
        var settings = try OTLPSettings.fromEnvironment([:], version: "1")
        settings.spans.batchMax = 10
        settings.spans.queueMax = queueMax
        let target = try target()
        let courier = Courier(
            target, endpoint: target.makeEndpoint(id: 0, version: "1"), fetcher: collector, clock: clock,
            spool: SpoolSettings(path: directory, bytesMax: 1 << 20, ageSecondsMax: 3_600))
        return OTLPExporter(
            limits: settings.spans, envelope: settings.envelope(for: target), courier: courier, clock: clock)
    }

    @Test func `What a collector does not take waits, and is sent in order when it is back`() async throws {
        defer { remove() }
        let away = ScriptedCollector([.status(200), .unreachable])
        let first = try exporter(away)
        await first.offer(Sample.spans(35))
        await first.shutdown(withinSeconds: 5)
        let counts = first.courier.counts.now
        #expect(counts.exported == 10 && counts.dropped.isEmpty && first.courier.spool?.now.items == 25)
        // One try found it away; what follows is not tried.
        #expect(away.requests.count == 2)

        let back = ScriptedCollector([.status(503), .status(200)])
        let second = try exporter(back)
        let replaying = Task { await second.courier.replay() }
        while second.courier.spool?.isEmpty == false { await Task.yield() }
        await second.offer(Sample.spans(5))
        replaying.cancel()
        await replaying.value
        await second.shutdown(withinSeconds: 5)
        #expect(second.courier.counts.now.exported == 30)
        #expect(back.requests.count == 5)
        let resource = try OTLPSettings.fromEnvironment([:], version: "1").resource
        let encoder = BatchEnvelope(.traces, resource: resource, version: "1")
        #expect(back.requests.last?.body == encoder.encode(Sample.spans(5)))
        #expect(back.requests.first?.body == back.requests.dropFirst().first?.body)
    }

    @Test func `What a collector refuses for good does not wait`() async throws {
        defer { remove() }
        let exporter = try exporter(ScriptedCollector([.status(400)]))
        await exporter.offer(Sample.spans(15))
        await exporter.shutdown(withinSeconds: 5)
        #expect(exporter.courier.counts.now.dropped == [.rejected: 15] && exporter.courier.spool?.isEmpty == true)
        #expect(await exporter.courier.spool?.lend() == nil)
    }
}
