import GRDB
import GatewayTypes
import Testing

@testable import Storage

@Suite struct LedgerTests {
    @Test func `A row comes back as it went in`() throws {
        let directory = try TemporaryDirectory()
        let ledger = try Ledger(path: directory.file("ledger"))
        var exchanges = Exchanges()
        var row = exchanges.row(instance: .max)
        row.reserved = Money("0.000000000001")
        row.usage[.image] = 12
        row.usage.cacheWriteHourTokens = 2
        var bare = LedgerRow(id: ExchangeID(high: 1, low: 2), arrivedAt: exchanges.time, instance: 1, worker: 0)
        bare.moved = "no"
        try ledger.insert([row, bare])
        #expect(try ledger.exchange(row.id) == row)
        #expect(try ledger.exchange(bare.id) == bare)
        #expect(try ledger.exchange(ExchangeID(high: 9, low: 9)) == nil)
        #expect(try ledger.recent(10) == [row, bare])
        #expect(try ledger.recent(1) == [row])
    }

    @Test func `The second row of an exchange is ignored, in the hourly sums too`() throws {
        let directory = try TemporaryDirectory()
        let ledger = try Ledger(path: directory.file("ledger"))
        var exchanges = Exchanges()
        let row = exchanges.row()
        let other = exchanges.row()
        #expect(try ledger.insert([row, row]) == 1)
        #expect(try ledger.insert([row, other]) == 1)
        #expect(try ledger.totals().exchanges == 2)
        #expect(try ledger.hourlyTotals() == ledger.totals())
    }

    @Test func `Commits are synchronous, the log is written ahead, pages can be given back`() throws {
        let directory = try TemporaryDirectory()
        let ledger = try Ledger(path: directory.file("ledger"))
        let pragmas = try ledger.pool.writeWithoutTransaction { database in
            try ["synchronous", "journal_mode", "auto_vacuum"].map {
                try String.fetchOne(database, sql: "PRAGMA \($0)") ?? ""
            }
        }
        #expect(pragmas == ["2", "wal", "2"])
    }

    @Test func `A ledger is made from nothing, and opened again as it is`() throws {
        let directory = try TemporaryDirectory()
        var exchanges = Exchanges()
        let row = exchanges.row()
        do { try Ledger(path: directory.file("ledger")).insert([row]) }
        let ledger = try Ledger(path: directory.file("ledger"))
        #expect(try ledger.exchange(row.id) == row)
        let error = #expect(throws: StorageError.self) { try Ledger(path: directory.file("none/ledger")) }
        #expect(error?.description.hasPrefix("ledger \(directory.file("none/ledger")): cannot be opened") == true)
    }

    @Test func `Sums far beyond 64 bits of picodollars are exact`() throws {
        let directory = try TemporaryDirectory()
        let ledger = try Ledger(path: directory.file("ledger"))
        var exchanges = Exchanges()
        let rows = (0..<40).map { _ in exchanges.row(input: 7, price: "123456789012345678.900000000001") }
        try ledger.insert(rows)
        let sum = rows.reduce(Money.zero) { $0 + $1.cost.total }
        #expect(sum.picodollars > Int128(Int64.max) * 100)
        #expect(try ledger.totals().cost == sum)
        #expect(try ledger.hourlyTotals().cost == sum)
        #expect(try ledger.spend(since: WallTime(nanoseconds: 0)) == ["search": sum])
    }

    @Test func `The hourly sums equal the sums of the raw rows`() throws {
        let directory = try TemporaryDirectory()
        let ledger = try Ledger(path: directory.file("ledger"))
        var random = SystemRandomNumberGenerator()
        var teams = [Exchanges(team: "search"), Exchanges(team: "ads"), Exchanges(team: "ads", model: "gpt-4o-mini")]
        for _ in 0..<20 {
            var batch: [LedgerRow] = []
            for _ in 0..<30 {
                let team = Int.random(in: 0..<3, using: &random)
                teams[team].time.nanoseconds += Int64.random(in: 0...600_000_000_000, using: &random)
                batch.append(teams[team].row(instance: UInt64(team), input: .random(in: 1...1_000_000, using: &random)))
            }
            try ledger.insert(batch)
        }
        let totals = try ledger.totals()
        #expect(totals.exchanges == 600)
        #expect(try ledger.hourlyTotals() == totals)
        let parts = try (0..<3).map { try ledger.totals(instance: $0) }
        #expect(parts.reduce(Money.zero) { $0 + $1.cost } == totals.cost)
        #expect(parts.reduce(0) { $0 + $1[.input] } == totals[.input])
        let spend = try ledger.spend(since: WallTime(nanoseconds: 0))
        #expect(spend == ["search": parts[0].cost, "ads": parts[1].cost + parts[2].cost])
    }

    @Test func `Spend begins at the very nanosecond asked for`() throws {
        let directory = try TemporaryDirectory()
        let ledger = try Ledger(path: directory.file("ledger"))
        var exchanges = Exchanges()
        var rows: [LedgerRow] = []
        for _ in 0..<12 {
            rows.append(exchanges.row())
            exchanges.time.nanoseconds += 1_000_000_000_000
        }
        try ledger.insert(rows)
        for (index, row) in rows.enumerated() {
            for (delta, first) in [(0, index), (1, index + 1)] as [(Int64, Int)] {
                let expected = rows[first...].reduce(Money.zero) { $0 + $1.cost.total }
                let spend = try ledger.spend(since: row.arrivedAt.advanced(byNanoseconds: delta))
                #expect(spend["search", default: .zero] == expected)
            }
        }
    }

    @Test func `Raw rows expire and give their pages back, the hourly sums stay`() throws {
        let directory = try TemporaryDirectory()
        let ledger = try Ledger(path: directory.file("ledger"))
        var exchanges = Exchanges()
        let old = (0..<3000).map { _ in exchanges.row() }
        let bound = exchanges.time.advanced(byNanoseconds: 5_000_000)
        exchanges.time.nanoseconds += 5_000_000
        let young = exchanges.row()
        try ledger.insert(old + [young])
        let sums = try ledger.totals()
        func pages() throws -> Int {
            try ledger.pool.read { try Int.fetchOne($0, sql: "PRAGMA page_count") ?? 0 }
        }
        let before = try pages()
        #expect(try ledger.expire(olderThan: bound) == 3000)
        #expect(try pages() < before / 4)
        #expect(try ledger.recent(10) == [young])
        #expect(try ledger.hourlyTotals() == sums)
        #expect(try ledger.expire(olderThan: bound) == 0)
    }
}
