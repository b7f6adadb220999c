import GatewayTypes
import Testing

@testable import Notifications

@Suite struct SnapshotTests {
    private let begin = Sample.begin

    private func book() -> AlertBook { AlertBook(rhythms: ["am": .alertmanager, "hook": .messages]) }

    /// One alert told everywhere, one told nowhere, one resolved.
    private func used() -> AlertBook {
        var book = book()
        for name in ["told", "ended"] {
            _ = book.take(Sample.notice(.firing, budget: name, to: "am", "hook"), at: begin)
        }
        for channel in ["am", "hook"] {
            book.answered(channel, book.due(for: channel, batchMax: 9, at: begin) ?? [], at: begin)
        }
        _ = book.take(Sample.notice(.resolved, budget: "ended", to: "hook"), at: begin + 1)
        _ = book.take(Sample.notice(.firing, budget: "untold", to: "am", "hook"), at: begin + 2)
        return book
    }

    @Test func `A restart repeats no page and loses none`() throws {
        let before = used()
        var after = book()
        try after.restore(before.snapshot())
        #expect(after.entries == before.entries)
        #expect(after.snapshot() == before.snapshot())
        let due = try #require(after.due(for: "hook", batchMax: 9, at: begin + 3))
        #expect(due.map { $0.labels["budget"] } == ["ended", "untold"])
        #expect(due.map(\.state) == [.resolved, .firing])
        let same = before.due(for: "hook", batchMax: 9, at: begin + 3)
        #expect(due.map(\.fingerprint) == same?.map(\.fingerprint))
    }

    @Test func `An alert whose channels are all gone is forgotten`() throws {
        var after = AlertBook(rhythms: ["hook": .messages])
        try after.restore(used().snapshot())
        #expect(after.count == 3)
        #expect(after.entries.values.allSatisfy { Array($0.channels.keys) == ["hook"] })
        var none = AlertBook(rhythms: ["pager": .messages])
        try none.restore(used().snapshot())
        #expect(none.count == 0)
    }

    @Test func `Bytes that were cut off or changed are refused and change nothing`() {
        let bytes = used().snapshot()
        var book = used()
        let known = book.entries
        for length in bytes.indices {
            #expect(throws: AlertSnapshotError.self) { try book.restore(Array(bytes.prefix(length))) }
        }
        for position in bytes.indices {
            var changed = bytes
            changed[position] ^= 0x10
            #expect(throws: AlertSnapshotError.self) { try book.restore(changed) }
        }
        #expect(book.entries == known)
    }

    @Test func `A snapshot of a later version is named as such`() {
        var bytes = used().snapshot()
        bytes[10] = 2
        var book = book()
        let error = #expect(throws: AlertSnapshotError.self) { try book.restore(bytes) }
        guard case .unknownVersion(2)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }
}
