import GRDB
import GatewayTypes
import Testing

@testable import Storage

@Suite struct LedgerWriterTests {
    private struct House {
        let directory: TemporaryDirectory
        let journal: MappedJournal
        let ledger: Ledger
        let writer: LedgerWriter

        init(slots: Int = 64, retentionSeconds: Int64? = nil) throws {
            directory = try TemporaryDirectory()
            journal = try MappedJournal(path: directory.file("journal"), slots: slots, workers: 2, whenFull: .refuse)
            ledger = try Ledger(path: directory.file("ledger"))
            writer = LedgerWriter(journal: journal, ledger: ledger, retentionSeconds: retentionSeconds)
        }

        /// What the next process makes of the journal when this one is killed now.
        func recoverAfterKill() async throws -> (recovery: Recovery, leftInUse: Int) {
            let copy = try directory.copy("journal", to: "after-kill")
            let journal = try MappedJournal(path: copy, slots: 64, workers: 2, whenFull: .refuse)
            let recovery = try await LedgerWriter(journal: journal, ledger: ledger).recover()
            let third = try directory.copy("after-kill", to: "after-recovery")
            let found = try MappedJournal(path: third, slots: 64, workers: 2, whenFull: .refuse).leftover.count
            return (recovery, journal.openSlots + journal.closedSlots + found)
        }
    }

    private func run(_ house: House, _ exchanges: inout Exchanges, count: Int) throws -> [LedgerRow] {
        try (0..<count).map { _ in
            let entry = exchanges.entry()
            let slot = try #require(try house.journal.open(entry, worker: 0))
            let outcome = exchanges.outcome(of: entry)
            house.journal.close(slot, outcome)
            return LedgerRow(outcome, instance: house.journal.instance, worker: 0)
        }
    }

    @Test func `A tick moves what is closed and leaves what is open`() async throws {
        let house = try House(slots: 2000)
        var exchanges = Exchanges()
        let rows = try run(house, &exchanges, count: 1200)
        _ = try house.journal.open(exchanges.entry(), worker: 1)
        await house.writer.tick(now: .zero, wall: exchanges.time)
        #expect(try house.ledger.totals().exchanges == 1200)
        #expect(try house.ledger.exchange(rows[77].id) == rows[77])
        #expect([house.journal.openSlots, house.journal.closedSlots] == [1, 0])
        let health = house.writer.health(now: .zero)
        #expect(health == LedgerHealth(healthy: true, lagSeconds: 0, failures: 0, problem: nil))
    }

    @Test func `Killed while an exchange is open, it is interrupted, once`() async throws {
        let house = try House()
        var exchanges = Exchanges()
        let entry = exchanges.entry(reserved: Money(picodollars: 77))
        _ = try house.journal.open(entry, worker: 1)
        for _ in 0..<2 {
            let (recovery, left) = try await house.recoverAfterKill()
            #expect(recovery == Recovery(closed: 0, interrupted: 1, damaged: 0))
            #expect(left == 0)
        }
        let row = try #require(try house.ledger.exchange(entry.id))
        #expect(row.outcome == "interrupted")
        #expect(row.instance == house.journal.instance)
        #expect(row.worker == 1)
        #expect(row.usage.isEmpty && row.usage.source == .none)
        #expect(row.cost.status == .nothing && row.cost.total == .zero)
        #expect(row.reserved == Money(picodollars: 77))
        #expect(try house.ledger.totals().exchanges == 1)
    }

    @Test func `Killed before, between and after commit and free, an exchange is in the ledger exactly once`()
        async throws
    {
        let house = try House()
        var exchanges = Exchanges()
        let rows = try run(house, &exchanges, count: 5)
        let cost = rows.reduce(Money.zero) { $0 + $1.cost.total }

        let waiting = house.journal.takeClosed()
        let beforeCommit = try await house.recoverAfterKill()
        #expect(beforeCommit.recovery == Recovery(closed: 5, interrupted: 0, damaged: 0))
        #expect(beforeCommit.leftInUse == 0)
        #expect(try house.ledger.totals().cost == cost)

        try house.ledger.insert(rows)
        _ = try await house.recoverAfterKill()
        house.journal.release(waiting.prefix(2).map(\.index))
        let amidFree = try await house.recoverAfterKill()
        #expect(amidFree.recovery.closed == 3)
        house.journal.release(waiting.dropFirst(2).map(\.index))
        let afterFree = try await house.recoverAfterKill()
        #expect(afterFree.recovery == Recovery())

        #expect(try house.ledger.totals().cost == cost)
        #expect(try house.ledger.totals().exchanges == 5)
        #expect(try house.ledger.hourlyTotals() == house.ledger.totals())
    }

    @Test func `A ledger that refuses loses nothing, is left alone for a while, and catches up`() async throws {
        let house = try House()
        var exchanges = Exchanges()
        _ = try run(house, &exchanges, count: 3)
        try await house.ledger.pool.write { try $0.execute(sql: "ALTER TABLE exchanges RENAME TO elsewhere") }
        let second: UInt64 = 1_000_000_000
        await house.writer.tick(now: Moment(nanoseconds: 10 * second), wall: exchanges.time)
        let health = house.writer.health(now: Moment(nanoseconds: 12 * second + 1000))
        #expect(!health.healthy)
        #expect(health.lagSeconds == 10)
        #expect(health.failures == 1)
        #expect(health.problem?.contains("cannot take 3 exchanges") == true)
        #expect(house.journal.closedSlots == 3)

        await house.writer.tick(now: Moment(nanoseconds: 10 * second + 99_999_999), wall: exchanges.time)
        #expect(house.writer.health().failures == 1)
        await house.writer.tick(now: Moment(nanoseconds: 10 * second + 100_000_000), wall: exchanges.time)
        #expect(house.writer.health().failures == 2)
        #expect(await !house.writer.flush(now: Moment(nanoseconds: 11 * second)))

        try await house.ledger.pool.write { try $0.execute(sql: "ALTER TABLE elsewhere RENAME TO exchanges") }
        _ = try run(house, &exchanges, count: 2)
        await house.writer.tick(now: Moment(nanoseconds: 20 * second), wall: exchanges.time)
        #expect(house.writer.health(now: .zero).healthy)
        #expect(try house.ledger.totals().exchanges == 5)
        #expect(house.journal.closedSlots == 0)
    }

    @Test func `Raw rows are expired once an hour`() async throws {
        let house = try House(retentionSeconds: 86_400)
        var exchanges = Exchanges()
        let second: UInt64 = 1_000_000_000
        let nextDay = exchanges.time.advanced(byNanoseconds: 86_401_000_000_000)
        _ = try run(house, &exchanges, count: 1)
        await house.writer.tick(now: Moment(nanoseconds: second), wall: nextDay)
        #expect(try house.ledger.totals().exchanges == 0)
        _ = try run(house, &exchanges, count: 1)
        await house.writer.tick(now: Moment(nanoseconds: 3600 * second), wall: nextDay)
        #expect(try house.ledger.totals().exchanges == 1)
        await house.writer.tick(now: Moment(nanoseconds: 3601 * second), wall: nextDay)
        #expect(try house.ledger.totals().exchanges == 0)
        #expect(try house.ledger.hourlyTotals().exchanges == 2)
    }

    @Test func `Run works until it is cancelled, flush does the rest`() async throws {
        let house = try House()
        var exchanges = Exchanges()
        let writer = house.writer
        let running = Task { await writer.run() }
        _ = try run(house, &exchanges, count: 10)
        while try house.ledger.totals().exchanges < 10 { await Task.yield() }
        running.cancel()
        await running.value
        _ = try run(house, &exchanges, count: 10)
        #expect(await house.writer.flush())
        #expect(try house.ledger.totals().exchanges == 20)
        #expect([house.journal.openSlots, house.journal.closedSlots] == [0, 0])
    }
}
