import GatewayTypes
import Testing

@testable import Cache

@Suite struct ShelfTests {
    private func key(_ number: Int) -> CacheKey { CacheKey(UInt64(number), 0, 0, 0) }

    private func item(_ number: Int, bytes: Int, at second: Int64 = 0, team: String = "t") -> ReplyShelf.Item {
        let reply = CacheBench.stored(
            String(repeating: "x", count: bytes - 528), at: WallTime(nanoseconds: second * 1_000_000_000),
            by: ExchangeID(high: 0, low: UInt64(number)))
        return ReplyShelf.Item(key: key(number), reply: reply, route: "r", team: team)
    }

    private func find(_ shelf: inout ReplyShelf, _ number: Int, at second: Int64 = 0, ttl: Int64 = 100) -> Bool {
        shelf.find(
            key(number), at: WallTime(nanoseconds: second * 1_000_000_000), ageSecondsMax: ttl, ttlSeconds: ttl) != nil
    }

    @Test func `What was not used for longest makes room`() {
        var shelf = ReplyShelf(bytesMax: 3_000)
        for number in 0..<3 { shelf.put(item(number, bytes: 1_000)) }
        #expect(shelf.bytes == 3_000 && shelf.count == 3)
        #expect(find(&shelf, 0))
        shelf.put(item(3, bytes: 1_000))
        #expect(find(&shelf, 0) && !find(&shelf, 1) && find(&shelf, 2) && find(&shelf, 3))
        #expect(shelf.evicted == 1 && shelf.bytes == 3_000)
        shelf.put(item(4, bytes: 2_500))
        #expect(shelf.count == 1 && shelf.bytes == 2_500)
        shelf.put(item(5, bytes: 3_001))
        #expect(!find(&shelf, 5) && find(&shelf, 4))
        shelf.resize(bytesMax: 1_000)
        #expect(shelf.count == 0 && shelf.bytes == 0)
    }

    @Test func `A reply takes the place of an earlier one, and an old one is thrown away`() {
        var shelf = ReplyShelf(bytesMax: 3_000)
        shelf.put(item(1, bytes: 1_000, at: 10))
        shelf.put(item(1, bytes: 2_000, at: 20))
        #expect(shelf.count == 1 && shelf.bytes == 2_000)
        #expect(find(&shelf, 1, at: 120) && !find(&shelf, 1, at: 121))
        #expect(shelf.count == 0 && shelf.expired == 1)
    }

    @Test func `It holds no more than it may, whatever comes and goes`() {
        var random = SystemRandomNumberGenerator()
        var shelf = ReplyShelf(bytesMax: 20_000)
        for round in 0..<3_000 {
            let number = Int.random(in: 0..<60, using: &random)
            switch Int.random(in: 0..<10, using: &random) {
            case 0..<5:
                let bytes = Int.random(in: 600..<3_000, using: &random)
                shelf.put(item(number, bytes: bytes, team: "t\(number % 3)"))
            case 5..<9: _ = find(&shelf, number)
            case _: if round % 97 == 0 { _ = shelf.removeAll { $0.team == "t1" } }
            }
            #expect(shelf.bytes <= 20_000)
        }
        let count = shelf.count
        #expect(shelf.removeAll { _ in true } == count && shelf.bytes == 0)
        #expect(count > 5)
    }

    @Test func `A request's wish is read as HTTP's cache-control`() {
        #expect(CacheWish(nil) == CacheWish(""))
        #expect(CacheWish("no-store").isForbidden && CacheWish("NO-STORE, max-age=5").isForbidden)
        #expect(CacheWish(" max-age = 5 ").ageSecondsMax == 5 && !CacheWish("max-age=5").isForbidden)
        #expect(CacheWish("no-cache").ageSecondsMax == 0)
        #expect(CacheWish("max-age=-1").isForbidden && CacheWish("max-age=soon").isForbidden)
    }
}
