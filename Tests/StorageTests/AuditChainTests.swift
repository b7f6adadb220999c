import Crypto
import Foundation
import GRDB
import GatewayTypes
import Testing

@testable import Storage

@Suite struct AuditChainTests {
    private let directory: TemporaryDirectory
    private let path: String
    private let chain = AuditChain(sha256: { SHA256.digest($0) })

    init() throws {
        directory = try TemporaryDirectory()
        path = directory.file("ledger")
    }

    private func event(_ number: Int) -> AuditEvent {
        AuditEvent(
            at: WallTime(nanoseconds: 1_790_000_000_000_000_000 + Int64(number)), actor: "key:env:ADMIN",
            action: .testNotify, subject: "channel \(number)", before: "a", after: number % 2 == 0 ? nil : "b",
            reason: "spent is \(number) USD", exchange: ExchangeID(high: 1, low: UInt64(number)),
            traceID: "0af7651916cd43dd8448eb211c80319c")
    }

    @discardableResult
    private func write(_ count: Int) throws -> [AuditEntry] {
        try Ledger(path: path).append((1...count).map(event), chain: chain)
    }

    private func verify(expected: String? = nil) throws -> AuditVerification {
        try AuditVerification.run(path: path, chain: chain, expected: expected)
    }

    /// Somebody with the file at hand, who knows SQL.
    private func tamper(_ statements: String...) throws {
        let queue = try DatabaseQueue(path: path)
        try queue.write { database in
            try database.execute(sql: "DROP TRIGGER audit_no_update; DROP TRIGGER audit_no_delete")
            for statement in statements { try database.execute(sql: statement) }
        }
    }

    @Test func `The first hash is that of the documented encoding`() throws {
        let event = AuditEvent(
            at: WallTime(nanoseconds: 1), actor: "process", action: .start, subject: "", after: "é")
        let entry = try #require(try Ledger(path: path).append([event], chain: chain).first)
        func text(_ text: String) -> [UInt8] { [0, 0, 0, UInt8(text.utf8.count)] + Array(text.utf8) }
        let absent: [UInt8] = [0xFF, 0xFF, 0xFF, 0xFF]
        var bytes = [UInt8](repeating: 0, count: 32) + [1]
        bytes += [0, 0, 0, 0, 0, 0, 0, 1] + [0, 0, 0, 0, 0, 0, 0, 1]
        bytes += text("process") + text("process.start") + text("") + absent + text("é") + absent + absent + absent
        #expect(entry.hash == SHA256.digest(bytes))
        #expect(try verify().head == entry.hashText)
    }

    @Test func `What was written comes back, in order and by pages`() throws {
        let entries = try write(10)
        let ledger = try Ledger(path: path)
        #expect(try ledger.audit(AuditQuery(limit: 100)) == entries)
        #expect(try ledger.audit(AuditQuery(limit: 3)) == Array(entries.suffix(3)))
        #expect(try ledger.audit(AuditQuery(after: 4, limit: 3)) == Array(entries[4..<7]))
        #expect(try ledger.audit(AuditQuery(since: entries[6].event.at, limit: 100)) == Array(entries[6...]))
        #expect(try ledger.lastAudit(of: .testNotify) == entries.last)
        #expect(try ledger.lastAudit(of: .prices) == nil)
        let result = try verify(expected: entries[5].hashText)
        #expect(result == AuditVerification(entries: 10, head: entries[9].hashText))
    }

    @Test func `The table refuses to change or delete what it holds`() throws {
        try write(3)
        let ledger = try Ledger(path: path)
        for statement in ["UPDATE audit SET actor = 'x'", "DELETE FROM audit WHERE sequence = 3"] {
            #expect(throws: StorageError.self) { try ledger.writing { try $0.execute(sql: statement) } }
        }
        #expect(try verify().entries == 3)
    }

    @Test(arguments: [
        "at_ns = at_ns + 1", "actor = 'key:env:OTHER'", "action = 'process.stop'", "subject = ''", "before = NULL",
        "before = 'b'", "after = 'c'", "after = ''", "reason = reason || ' '", "exchange = NULL", "trace_id = 'x'",
        "hash = zeroblob(32)", "before = after, after = before",
    ])
    func `A changed field is found where it is`(change: String) throws {
        try write(9)
        try tamper("UPDATE audit SET \(change) WHERE sequence = 5")
        let result = try verify()
        #expect(result.firstBreak?.sequence == 5)
        #expect(result.entries == 4)
    }

    @Test func `An entry taken out, swapped or put in is found`() throws {
        try write(9)
        try tamper("DELETE FROM audit WHERE sequence = 4")
        #expect(try verify().firstBreak?.sequence == 4)
        try tamperAgain("UPDATE audit SET sequence = sequence - 1 WHERE sequence > 4")
        #expect(try verify().firstBreak?.sequence == 4)
    }

    @Test func `Two entries that changed places are found`() throws {
        try write(9)
        try tamper(
            "UPDATE audit SET sequence = 100 WHERE sequence = 6", "UPDATE audit SET sequence = 6 WHERE sequence = 7",
            "UPDATE audit SET sequence = 7 WHERE sequence = 100")
        #expect(try verify().firstBreak?.sequence == 6)
    }

    @Test func `An entry put in between is found`() throws {
        try write(9)
        try tamper(
            "UPDATE audit SET sequence = -sequence WHERE sequence >= 5",
            "UPDATE audit SET sequence = 1 - sequence WHERE sequence < 0",
            """
            INSERT INTO audit SELECT 5, at_ns, actor, action, 'forged', before, after, reason, exchange, trace_id, hash
            FROM audit WHERE sequence = 4
            """)
        #expect(try verify().firstBreak?.sequence == 5)
    }

    @Test func `A tail that is cut off is found by its count, and by a hash that somebody kept`() throws {
        let entries = try write(9)
        try tamper("DELETE FROM audit WHERE sequence > 7")
        #expect(try verify().firstBreak?.sequence == 8)
        // Who puts the count right, too, is found only by what was kept outside.
        try tamperAgain("UPDATE sqlite_sequence SET seq = 7 WHERE name = 'audit'")
        #expect(try verify().isSound)
        #expect(try verify(expected: entries[8].hashText).firstBreak?.sequence == 8)
        #expect(try verify(expected: entries[6].hashText).isSound)
    }

    @Test func `A chain that was written anew is found by a hash that somebody kept`() throws {
        let entries = try write(9)
        try tamper("DELETE FROM audit", "DELETE FROM sqlite_sequence")
        var forged = (1...9).map(event)
        forged[3].actor = "key:env:OTHER"
        _ = try Ledger(path: path).append(forged, chain: chain)
        #expect(try verify().isSound)
        #expect(try verify(expected: entries[8].hashText).firstBreak != nil)
        #expect(try verify(expected: entries[2].hashText).isSound)
    }

    @Test func `An empty log is sound, and a file without one is not`() throws {
        _ = try Ledger(path: path)
        #expect(try verify() == AuditVerification())
        let other = directory.file("other")
        try DatabaseQueue(path: other).write { try $0.execute(sql: "CREATE TABLE other (x)") }
        #expect(try AuditVerification.run(path: other, chain: chain).isSound == false)
        #expect(throws: StorageError.self) { try AuditVerification.run(path: directory.file("none"), chain: chain) }
    }

    private func tamperAgain(_ statement: String) throws {
        try DatabaseQueue(path: path).write { try $0.execute(sql: statement) }
    }
}
