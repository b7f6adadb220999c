import Foundation
import GatewayTypes
import NIOCore
import Storage
import Testing

@Suite struct ReplyFileTests {
    private let path = FileManager.default.temporaryDirectory.appending(path: "weir-\(UUID().uuidString)-cache").path()

    private func key(_ number: Int) -> CacheKey { CacheKey(UInt64(number), 2, 3, .max) }

    private func entry(
        _ number: Int, bytes: Int = 100, at second: Int64 = 10, ttl: Double = 60, route: String = "smart",
        team: String = "search"
    ) -> CacheEntry {
        let reply = StoredReply(
            origin: ExchangeID(high: 7, low: UInt64(number)),
            originSpan: TraceLink(traceHigh: .max, traceLow: 2, spanID: 1 << 63),
            storedAt: WallTime(nanoseconds: second * 1_000_000_000),
            source: StoredReply.Source(
                provider: "openai", servedModel: "gpt", surface: .geminiGenerate, isTranslated: true, stream: true,
                framing: .array, contentType: nil),
            body: ByteBuffer(repeating: UInt8(number % 256), count: bytes),
            pieces: [StoredReply.Piece(end: 10, milliseconds: 0), StoredReply.Piece(end: bytes, milliseconds: 70_000)],
            price: StoredReply.Price(cost: Money("0.000012"), tokens: 42, nanoseconds: 5))
        return CacheEntry(key: key(number), reply: reply, route: route, team: team, ttlSeconds: ttl)
    }

    @Test func `A reply comes back as it was, from another process too`() async throws {
        do {
            let file = try ReplyFile(path: path, bytesMax: 1 << 20)
            file.keep(entry(1))
            file.keep(entry(1, bytes: 200))
            await file.flush()
            #expect(file.reading.entries == 1)
        }
        let file = try ReplyFile(path: path, bytesMax: 1 << 20)
        let (found, kept) = (try #require(await file.find(key(1))), entry(1, bytes: 200).reply)
        #expect(found.origin == kept.origin && found.originSpan == kept.originSpan && found.storedAt == kept.storedAt)
        #expect(found.source == kept.source && found.body == kept.body && found.pieces == kept.pieces)
        #expect(found.price == kept.price)
        #expect(await file.find(key(2)) == nil)
        #expect(file.reading.entries == 1 && file.reading.bytes == kept.bytes)
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        #expect(mode == 0o600)
    }

    @Test func `What is too old goes, and the oldest make room`() async throws {
        let file = try ReplyFile(path: path, bytesMax: 20_000)
        for number in 0..<10 { file.keep(entry(number, bytes: 1_000, at: Int64(number), ttl: 5)) }
        await file.flush()
        #expect(file.reading.entries == 6 && file.reading.expired == 4)
        for number in 10..<60 { file.keep(entry(number, bytes: 1_000, at: 9)) }
        await file.flush()
        #expect(file.reading.bytes <= 20_000 && file.reading.entries > 8 && file.reading.evicted > 0)
        #expect(await file.find(key(0)) == nil)
        file.keep(entry(99, bytes: 30_000))
        await file.flush()
        #expect(await file.find(key(99)) == nil && file.reading.dropped == 1)
    }

    @Test func `It forgets a route, a team, or all`() async throws {
        let file = try ReplyFile(path: path, bytesMax: 1 << 20)
        file.keep(entry(1, route: "a", team: "x"))
        file.keep(entry(2, route: "a", team: "y"))
        file.keep(entry(3, route: "b", team: "x"))
        file.keep(entry(4, route: "b", team: "y"))
        #expect(await file.purge(route: "a", team: "x") == 1)
        #expect(await file.purge(route: nil, team: "x") == 1)
        #expect(await file.find(key(4)) != nil && file.reading.entries == 2)
        #expect(await file.purge(route: nil, team: nil) == 2)
        #expect(file.reading.entries == 0 && file.reading.bytes == 0)
    }
}
