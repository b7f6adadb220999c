import Crypto
import GRDB
import GatewayTypes
import Synchronization
import Testing

@testable import Storage

@Suite struct AuditLogTests {
    private let directory: TemporaryDirectory
    private let path: String

    init() throws {
        directory = try TemporaryDirectory()
        path = directory.file("ledger")
    }

    private func log(_ tell: @escaping @Sendable ([AuditEntry]) async -> Void = { _ in }) throws -> AuditLog {
        AuditLog(ledger: try Ledger(path: path), sha256: { SHA256.digest($0) }, tell: tell)
    }

    private func verified() throws -> AuditVerification {
        try AuditVerification.run(path: path, chain: AuditChain(sha256: { SHA256.digest($0) }))
    }

    private func rename(_ table: String, to name: String) throws {
        try DatabaseQueue(path: path).write { try $0.execute(sql: "ALTER TABLE \(table) RENAME TO \(name)") }
    }

    @Test func `Who records waits for nothing, and a drain writes all of it and tells`() async throws {
        let told = Mutex<[Int64]>([])
        let log = try log { entries in told.withLock { $0 += entries.map(\.sequence) } }
        for _ in 0..<3 { log.record(AuditEvent(actor: "process", action: .start)) }
        #expect(log.waiting == 3 && log.headSequence == 0)
        #expect(await log.drain())
        #expect(told.withLock { $0 } == [1, 2, 3])
        #expect(log.waiting == 0 && log.headSequence == 3)
        #expect(log.counts == [.start: 3])
        #expect(try verified().entries == 3)
    }

    @Test func `Writers at the same time make one chain, over one connection and over several`() async throws {
        let logs = [try log(), try log(), try log()]
        await withTaskGroup(of: Void.self) { group in
            for (number, log) in logs.enumerated() {
                for round in 0..<20 {
                    group.addTask {
                        log.record(AuditEvent(actor: "rule:\(number)/\(round)", action: .rule))
                        await log.drain()
                    }
                }
            }
        }
        for log in logs { #expect(await log.drain()) }
        let result = try verified()
        #expect(result.isSound && result.entries == 60)
        let actors = try Ledger(path: path).audit(AuditQuery(limit: 100)).map(\.event.actor)
        #expect(Set(actors).count == 60)
    }

    @Test func `A ledger that takes nothing keeps events waiting, and what is beyond the bound is told afterwards`()
        async throws
    {
        let log = try log()
        try rename("audit", to: "away")
        for _ in 0..<AuditLog.waitingMax + 7 { log.record(AuditEvent(actor: "process", action: .rule)) }
        #expect(await log.drain() == false)
        #expect(log.problem != nil && log.lost == 7 && log.waiting == AuditLog.waitingMax)
        try rename("away", to: "audit")
        #expect(await log.drain())
        let last = try #require(try Ledger(path: path).audit(AuditQuery(limit: 1)).first)
        #expect(last.event.action == .lost && last.event.after == "7")
        #expect(log.problem == nil && log.waiting == 0)
        #expect(try verified().entries == Int64(AuditLog.waitingMax) + 1)
    }

    @Test func `Texts with zero bytes or without end are kept so that the chain stays sound`() async throws {
        let log = try log()
        log.record(
            AuditEvent(
                actor: "a\u{0}b", action: .reloadFailed, reason: String(repeating: "é", count: 10_000) + "\u{0}"))
        log.record(AuditEvent(actor: "", action: .stop, before: "", after: "\n"))
        #expect(await log.drain())
        #expect(try verified().entries == 2)
        let entries = try Ledger(path: path).audit(AuditQuery(limit: 10))
        #expect(entries[0].event.actor == "a b" && entries[0].event.reason?.utf8.count == 4_096)
        #expect(entries[1].event.before == "" && entries[1].event.reason == nil)
    }
}
