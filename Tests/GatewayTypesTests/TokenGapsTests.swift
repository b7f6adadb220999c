import GatewayTypes
import Testing

@Suite struct TokenGapsTests {
    private func gaps(_ moments: [UInt64]) -> TokenGaps {
        var gaps = TokenGaps()
        for moment in moments { gaps.piece(at: Moment(nanoseconds: moment)) }
        return gaps
    }

    private func bucket(_ bound: Double) throws -> Int { try #require(TokenGaps.bounds.firstIndex(of: bound)) }

    @Test func `One piece of text has no gap, and takes no memory`() {
        let one = gaps([5_000_000])
        #expect(one.count == 0 && one.nanoseconds == 0)
        #expect(one.bucketCounts.isEmpty && one.slotCounts.isEmpty)
    }

    @Test func `Gaps are counted to the nanosecond, each in the bucket whose bound it does not exceed`() throws {
        let some = gaps([1_000_000, 21_000_000, 41_000_001, 41_000_001, 60_041_000_001])
        #expect(some.count == 4)
        #expect(some.nanoseconds == 60_040_000_001)
        let counts = Array(some.bucketCounts)
        #expect(counts.count == TokenGaps.bounds.count + 1)
        #expect(counts[try bucket(0.02)] == 1)
        #expect(counts[try bucket(0.025)] == 1)
        #expect(counts[0] == 1)
        #expect(counts.last == 1)
        #expect(counts.reduce(0, +) == 4)
        #expect(some.slotCounts.reduce(0, +) == 4)
        #expect(some.slotCounts.first == 1)
    }
}
