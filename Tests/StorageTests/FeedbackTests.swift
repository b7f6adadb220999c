import GatewayTypes
import Testing

@testable import Storage

/// What people thought of replies, as the ledger keeps it.
@Suite struct FeedbackTests {
    private func row(_ low: UInt64, at nanoseconds: Int64, score: Double, comment: String? = nil) -> FeedbackRow {
        var row = FeedbackRow(
            exchange: ExchangeID(high: 1, low: low), at: WallTime(nanoseconds: nanoseconds), score: score)
        row.team = "search"
        row.route = "smart"
        row.servedModel = "m"
        row.comment = comment
        return row
    }

    @Test func `A second feedback on an exchange takes the place of the first, which comes back`() throws {
        let directory = try TemporaryDirectory()
        let ledger = try Ledger(path: directory.file("ledger"))
        let first = row(1, at: 10, score: 0.25, comment: "meh")
        #expect(try ledger.keep(first) == nil)
        let second = row(1, at: 20, score: 1)
        #expect(try ledger.keep(second) == first)
        let other = row(2, at: 15, score: 0)
        #expect(try ledger.keep(other) == nil)
        #expect(try ledger.feedback(since: WallTime(nanoseconds: 0)) == [other, second])
        #expect(try ledger.feedback(since: WallTime(nanoseconds: 16)) == [second])
    }

    @Test func `Feedback goes with the rows that it is about`() throws {
        let directory = try TemporaryDirectory()
        let ledger = try Ledger(path: directory.file("ledger"))
        _ = try ledger.keep(row(1, at: 10, score: 0.25, comment: "meh"))
        _ = try ledger.keep(row(2, at: 30, score: 1))
        try ledger.expire(olderThan: WallTime(nanoseconds: 20))
        #expect(try ledger.feedback(since: WallTime(nanoseconds: 0)).map(\.exchange.low) == [2])
    }
}
