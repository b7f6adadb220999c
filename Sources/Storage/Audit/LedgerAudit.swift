import Foundation
import GRDB
public import GatewayTypes

/// Which entries to list.
public struct AuditQuery: Sendable {
    /// Entries at this time or later.
    public var since: WallTime?
    /// Entries behind this sequence.
    public var after: Int64?
    /// Entries of these actions; empty: of all.
    public var actions: [AuditAction]
    /// At least 1.
    public var limit: Int

    public init(since: WallTime? = nil, after: Int64? = nil, actions: [AuditAction] = [], limit: Int) {
        self.since = since
        self.after = after
        self.actions = actions
        self.limit = limit
    }
}

extension Ledger {
    /// Writes events behind the last entry, whoever wrote that. All of them, or none.
    func append(_ events: [AuditEvent], chain: AuditChain) throws(StorageError) -> [AuditEntry] {
        var written: [AuditEntry] = []
        // The transaction takes the write lock before it looks at the last entry.
        try writing { database in
            let last = try Row.fetchOne(
                database, sql: "SELECT sequence, hash FROM audit ORDER BY sequence DESC LIMIT 1")
            var sequence = (last?["sequence"] as Int64?) ?? 0
            var hash = (last?["hash"] as Data?).map(Array.init) ?? AuditChain.genesis
            let insert = try database.cachedStatement(
                sql: """
                    INSERT INTO audit (sequence, at_ns, \(LedgerSchema.auditTexts.joined(separator: ", ")), hash)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                    """)
            for event in events {
                sequence += 1
                let fields = AuditChain.Fields(sequence: sequence, event)
                hash = chain.hash(fields, after: hash)
                try insert.execute(
                    arguments: StatementArguments([sequence, event.at.nanoseconds]) + StatementArguments(fields.texts)
                        + StatementArguments([Data(hash)]))
                written.append(AuditEntry(sequence: sequence, event: event, hash: hash))
            }
        }
        return written
    }

    /// Entries in the order of the chain: the first that match where `since` or `after` is given, else the last ones.
    public func audit(_ query: AuditQuery) throws(StorageError) -> [AuditEntry] {
        try reading { database in
            let isBounded = query.since != nil || query.after != nil
            let marks = query.actions.map { _ in "?" }.joined(separator: ", ")
            let rows = try Row.fetchAll(
                database,
                sql: """
                    SELECT * FROM audit
                    WHERE sequence > ? AND at_ns >= ?\(query.actions.isEmpty ? "" : " AND action IN (\(marks))")
                    ORDER BY sequence \(isBounded ? "ASC" : "DESC") LIMIT ?
                    """,
                arguments: StatementArguments([query.after ?? 0, query.since?.nanoseconds ?? .min])
                    + StatementArguments(query.actions.map(\.rawValue)) + StatementArguments([query.limit]))
            let entries = rows.compactMap(AuditEntry.init)
            return isBounded ? entries : entries.reversed()
        }
    }

    /// The last entry of an action; nil: there is none.
    public func lastAudit(of action: AuditAction) throws(StorageError) -> AuditEntry? {
        try reading { database in
            try Row.fetchOne(
                database, sql: "SELECT * FROM audit WHERE action = ? ORDER BY sequence DESC LIMIT 1",
                arguments: [action.rawValue]
            ).flatMap(AuditEntry.init)
        }
    }

    /// Sequence and hash of the last entry; nil: the log is empty.
    public func auditHead() throws(StorageError) -> AuditEntry? {
        try reading { database in
            try Row.fetchOne(database, sql: "SELECT * FROM audit ORDER BY sequence DESC LIMIT 1").flatMap(
                AuditEntry.init)
        }
    }
}

extension AuditEntry {
    /// Nil when the row was not written by this Weir or an earlier one.
    init?(_ row: Row) {
        guard let action = AuditAction(rawValue: row["action"]) else { return nil }
        sequence = row["sequence"]
        hash = Array(row["hash"] as Data)
        event = AuditEvent(
            at: WallTime(nanoseconds: row["at_ns"]), actor: row["actor"], action: action, subject: row["subject"],
            before: row["before"], after: row["after"], reason: row["reason"],
            exchange: (row["exchange"] as String?).flatMap { ExchangeID($0) }, traceID: row["trace_id"])
    }
}
