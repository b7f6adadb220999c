import GatewayTypes
import Testing

@testable import Storage

@Suite struct JournalSlotTests {
    private final class Memory {
        let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: JournalSlotBytes.byteCount, alignment: 64)
        let slot: JournalSlotBytes

        init() throws {
            bytes.initializeMemory(as: UInt8.self, repeating: 0)
            slot = JournalSlotBytes(try #require(bytes.baseAddress))
        }

        deinit { bytes.deallocate() }

        var contents: JournalSlotBytes.Contents { JournalSlotBytes.contents(of: UnsafeRawBufferPointer(bytes)) }
        var snapshot: [UInt8] { Array(bytes) }
        func restore(_ snapshot: [UInt8]) { bytes.copyBytes(from: snapshot) }
    }

    /// Contents that tell the truth of an exchange, or admit to know nothing.
    private func isHonest(_ found: JournalSlotBytes.Contents, entry: LedgerRow, row: LedgerRow) -> Bool {
        switch found {
        case .closed(let found): found == row
        case .open(let found): found == entry
        case .free, .damaged: true
        }
    }

    private func rows(_ exchanges: inout Exchanges) -> (entry: LedgerRow, row: LedgerRow) {
        let entry = exchanges.entry(reserved: Money(picodollars: 5))
        return (
            LedgerRow(interrupted: entry, instance: 4, worker: 1),
            LedgerRow(exchanges.outcome(of: entry), instance: 4, worker: 1)
        )
    }

    @Test func `A slot is free, then open, then closed, then free`() throws {
        var exchanges = Exchanges()
        let memory = try Memory()
        for _ in 0..<3 {
            let (entry, row) = rows(&exchanges)
            #expect(memory.contents == .free)
            memory.slot.open(entry)
            #expect(memory.contents == .open(entry))
            memory.slot.close(row)
            #expect(memory.contents == .closed(row))
            memory.slot.free()
        }
    }

    @Test func `An exchange with endless names still fits, entry and row`() throws {
        var exchanges = Exchanges(
            team: String(repeating: "t", count: 9000), model: String(repeating: "é", count: 9000))
        let memory = try Memory()
        let (entry, row) = rows(&exchanges)
        memory.slot.open(entry)
        guard case .open(let foundEntry) = memory.contents else {
            Issue.record("the slot is not open")
            return
        }
        memory.slot.close(row)
        guard case .closed(let foundRow) = memory.contents else {
            Issue.record("the slot is not closed")
            return
        }
        for found in [foundEntry, foundRow] {
            #expect(found.id == entry.id)
            #expect(entry.team.hasPrefix(found.team) && found.team.count > 50)
            #expect(entry.servedModel.hasPrefix(found.servedModel) && found.servedModel.count > 25)
        }
        #expect(foundRow.cost == row.cost)
    }

    @Test func `A bit flipped anywhere in a closed slot never makes a wrong row`() throws {
        var exchanges = Exchanges()
        let memory = try Memory()
        let earlier = rows(&exchanges)
        memory.slot.open(earlier.entry)
        memory.slot.close(earlier.row)
        memory.slot.free()
        let (entry, row) = rows(&exchanges)
        memory.slot.open(entry)
        let open = memory.snapshot
        memory.slot.close(row)
        let closed = memory.snapshot
        for snapshot in [open, closed] {
            for offset in snapshot.indices {
                for bit in [0, 3, 7] as [UInt8] {
                    memory.restore(snapshot)
                    memory.bytes[offset] ^= 1 << bit
                    #expect(isHonest(memory.contents, entry: entry, row: row), "offset \(offset), bit \(bit)")
                }
            }
        }
    }

    @Test func `A row of which only a part was written is not believed, whatever the slot held before`() throws {
        var exchanges = Exchanges()
        let memory = try Memory()
        let earlier = rows(&exchanges)
        memory.slot.open(earlier.entry)
        memory.slot.close(earlier.row)
        memory.slot.free()
        let (entry, row) = rows(&exchanges)
        memory.slot.open(entry)
        let open = memory.snapshot
        memory.slot.close(row)
        let closed = memory.snapshot
        for cut in closed.indices {
            // Killed: the state is still the old one.
            memory.restore(Array(open[..<4] + closed[4..<max(4, cut)] + open[max(4, cut)...]))
            #expect(memory.contents == .open(entry))
            // Power lost: the state got to the disk, the rest did not, from either end.
            memory.restore(Array(closed[..<cut] + open[cut...]))
            #expect(isHonest(memory.contents, entry: entry, row: row))
            memory.restore(Array(closed[..<4] + open[4..<max(4, cut)] + closed[max(4, cut)...]))
            #expect(isHonest(memory.contents, entry: entry, row: row))
        }
    }

    @Test func `An entry of which only a part was written leaves the slot free`() throws {
        var exchanges = Exchanges()
        let memory = try Memory()
        let earlier = rows(&exchanges)
        memory.slot.open(earlier.entry)
        memory.slot.close(earlier.row)
        memory.slot.free()
        let free = memory.snapshot
        let (entry, _) = rows(&exchanges)
        memory.slot.open(entry)
        let open = memory.snapshot
        for cut in 4..<open.count {
            memory.restore(Array(free[..<4] + open[4..<cut] + free[cut...]))
            #expect(memory.contents == .free)
        }
    }

    @Test func `The row of an earlier exchange is not taken for the present one's`() throws {
        var exchanges = Exchanges()
        let memory = try Memory()
        let earlier = rows(&exchanges)
        memory.slot.open(earlier.entry)
        memory.slot.close(earlier.row)
        let closedState = memory.snapshot[..<4]
        memory.slot.free()
        let (entry, _) = rows(&exchanges)
        memory.slot.open(entry)
        memory.restore(Array(closedState) + memory.snapshot[4...])
        #expect(memory.contents == .open(entry))
    }
}
