import GatewayTypes
import Testing

@testable import Storage

@Suite struct MappedJournalTests {
    @Test func `Slots are lent and given back`() throws {
        let directory = try TemporaryDirectory()
        let journal = try MappedJournal(path: directory.file("journal"), slots: 4, workers: 2, whenFull: .refuse)
        var exchanges = Exchanges()
        #expect([journal.capacity, journal.openSlots, journal.closedSlots] == [4, 0, 0])
        let entry = exchanges.entry()
        let slot = try #require(try journal.open(entry, worker: 1))
        #expect([journal.openSlots, journal.closedSlots] == [1, 0])
        journal.close(slot, exchanges.outcome(of: entry))
        #expect([journal.openSlots, journal.closedSlots] == [0, 1])
        journal.close(slot, exchanges.outcome(of: entry))
        let waiting = journal.takeClosed()
        #expect(waiting.map(\.index) == [slot.index])
        let expected = LedgerRow(exchanges.outcome(of: entry), instance: journal.instance, worker: 1)
        #expect(journal.contents(of: slot.index) == .closed(expected))
        journal.release([slot.index])
        #expect([journal.openSlots, journal.closedSlots] == [0, 0])
    }

    @Test(arguments: [1, 2, 3]) func `A worker may use every slot, and a full journal refuses`(workers: Int) throws {
        let directory = try TemporaryDirectory()
        let journal = try MappedJournal(path: directory.file("j"), slots: 7, workers: workers, whenFull: .refuse)
        var exchanges = Exchanges()
        var slots: Set<Int> = []
        for _ in 0..<7 { slots.insert(try #require(try journal.open(exchanges.entry(), worker: 0)).index) }
        #expect(slots == Set(0..<7))
        let failure = #expect(throws: Failure.self) { try journal.open(exchanges.entry(), worker: 0) }
        #expect(failure?.reason == .storageFull)
        #expect(journal.unaccounted == 0)
    }

    @Test func `A full journal may let exchanges go on unaccounted, and counts them`() throws {
        let directory = try TemporaryDirectory()
        let journal = try MappedJournal(
            path: directory.file("journal"), slots: 1, workers: 1, whenFull: .continueUnaccounted)
        var exchanges = Exchanges()
        #expect(try journal.open(exchanges.entry(), worker: 0) != nil)
        #expect(try journal.open(exchanges.entry(), worker: 0) == nil)
        #expect(try journal.open(exchanges.entry(), worker: 0) == nil)
        #expect(journal.unaccounted == 2)
    }

    @Test func `Two processes cannot share a journal`() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("journal")
        let journal = try MappedJournal(path: path, slots: 1, workers: 1, whenFull: .refuse)
        let error = #expect(throws: StorageError.self) {
            try MappedJournal(path: path, slots: 1, workers: 1, whenFull: .refuse)
        }
        #expect(error?.description == "journal \(path): another Weir uses it; give each its own storage directory")
        // A lock of flock(2) is held by an open file, so that a second one in this process stands for another process.
        withExtendedLifetime(journal) {}
    }

    @Test func `The lock ends with the journal`() throws {
        let directory = try TemporaryDirectory()
        for _ in 0..<2 {
            _ = try MappedJournal(path: directory.file("journal"), slots: 1, workers: 1, whenFull: .refuse)
        }
    }

    @Test func `Another number of slots holds once no slot is in use`() async throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("journal")
        var exchanges = Exchanges()
        do {
            let journal = try MappedJournal(path: path, slots: 8, workers: 2, whenFull: .refuse)
            _ = try journal.open(exchanges.entry(), worker: 0)
        }
        do {
            let journal = try MappedJournal(path: path, slots: 20, workers: 3, whenFull: .refuse)
            #expect(journal.capacity == 8)
            #expect(journal.closedSlots == 1)
            let ledger = try Ledger(path: directory.file("ledger"))
            #expect(try await LedgerWriter(journal: journal, ledger: ledger).recover().interrupted == 1)
        }
        #expect(try MappedJournal(path: path, slots: 20, workers: 3, whenFull: .refuse).capacity == 20)
        #expect(try MappedJournal(path: path, slots: 3, workers: 3, whenFull: .refuse).capacity == 3)
    }

    @Test func `What is no journal is refused and left alone`() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("journal")
        let text = Array("something else, and longer than the head of a journal".utf8)
        try directory.write(text, to: "journal")
        #expect(throws: StorageError.self) {
            try MappedJournal(path: path, slots: 1, workers: 1, whenFull: .refuse)
        }
        #expect(try directory.bytes(of: "journal") == text)
        let error = #expect(throws: StorageError.self) {
            try MappedJournal(path: directory.file("none/journal"), slots: 1, workers: 1, whenFull: .refuse)
        }
        #expect(error?.description.contains("No such file or directory") == true)
    }

    @Test func `A damaged head is refused`() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("journal")
        _ = try MappedJournal(path: path, slots: 2, workers: 1, whenFull: .refuse)
        var bytes = try directory.bytes(of: "journal")
        for (offset, word) in [(8, "format"), (16, "damaged"), (24, "damaged"), (0, "some other file")] {
            bytes[offset] ^= 0x40
            try directory.write(bytes, to: "journal")
            let error = #expect(throws: StorageError.self) {
                try MappedJournal(path: path, slots: 2, workers: 1, whenFull: .refuse)
            }
            #expect(error?.description.contains(word) == true)
            bytes[offset] ^= 0x40
        }
        try directory.write(Array(bytes.dropLast()), to: "journal")
        #expect(throws: StorageError.self) {
            try MappedJournal(path: path, slots: 2, workers: 1, whenFull: .refuse)
        }
    }

    @Test func `Loops and the writer at once lose no slot and no exchange`() async throws {
        let directory = try TemporaryDirectory()
        let journal = try MappedJournal(
            path: directory.file("j"), slots: 64, workers: 4, whenFull: .continueUnaccounted)
        let ledger = try Ledger(path: directory.file("ledger"))
        let writer = LedgerWriter(journal: journal, ledger: ledger)
        let lent = await withTaskGroup(of: Int.self) { group in
            for worker in 0..<4 {
                group.addTask {
                    var exchanges = Exchanges()
                    var lent = 0
                    for _ in 0..<300 {
                        let entry = exchanges.entry()
                        guard let slot = try? journal.open(entry, worker: worker) else {
                            await Task.yield()
                            continue
                        }
                        lent += 1
                        journal.close(slot, exchanges.outcome(of: entry))
                    }
                    return lent
                }
            }
            group.addTask {
                for _ in 0..<20 { await writer.tick(now: .zero, wall: WallTime(nanoseconds: 0)) }
                return 0
            }
            return await group.reduce(0, +)
        }
        #expect(await writer.flush())
        #expect(try ledger.totals(instance: journal.instance).exchanges == lent)
        #expect([journal.openSlots, journal.closedSlots] == [0, 0])
        #expect(lent + journal.unaccounted == 1200)
    }
}
