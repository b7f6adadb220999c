import Foundation
import GRDB
import GatewayTypes

/// What came of verifying an audit log.
public struct AuditVerification: Sendable, Equatable {
    public struct Break: Sendable, Equatable {
        /// Of the first entry that is not as it was written, or is missing.
        public let sequence: Int64
        /// A sentence for people.
        public let what: String
    }

    /// Entries that are sound, up to the first break.
    public internal(set) var entries: Int64 = 0
    /// Hash of the last sound entry as hexadecimal digits; empty where there is none.
    public internal(set) var head = ""
    public internal(set) var firstBreak: Break?

    public var isSound: Bool { firstBreak == nil }

    /// Reads the audit log of a ledger's file, which a gateway may be using.
    ///
    /// - Parameter expected: a hash that an entry must have, as hexadecimal digits; nil: none is known.
    public static func run(
        path: String, chain: AuditChain, expected: String? = nil
    ) throws(StorageError) -> AuditVerification {
        do {
            var configuration = Configuration()
            configuration.readonly = true
            configuration.busyMode = .timeout(5)
            let queue = try DatabaseQueue(path: path, configuration: configuration)
            return try queue.read { database in
                guard try database.tableExists("audit") else {
                    return AuditVerification(
                        firstBreak: Break(sequence: 1, what: "there is no audit log in this file"))
                }
                return try walk(database, chain, expected)
            }
        } catch {
            throw StorageError("ledger \(path): cannot be verified: \(error)")
        }
    }

    private static func walk(
        _ database: Database, _ chain: AuditChain, _ expected: String?
    ) throws -> AuditVerification {
        var verification = AuditVerification()
        var hash = AuditChain.genesis
        var isExpectedFound = expected == nil
        let rows = try Row.fetchCursor(database, sql: "SELECT * FROM audit ORDER BY sequence")
        while let row = try rows.next() {
            let wanted = verification.entries + 1
            guard let fields = AuditChain.Fields(row), let stored = (row["hash"] as Data?).map(Array.init) else {
                verification.firstBreak = Break(sequence: wanted, what: "its row cannot be read")
                return verification
            }
            guard fields.sequence == wanted else {
                let what = "entry \(wanted) is missing: \(fields.sequence) follows \(verification.entries)"
                verification.firstBreak = Break(sequence: wanted, what: what)
                return verification
            }
            hash = chain.hash(fields, after: hash)
            guard hash == stored else {
                verification.firstBreak = Break(
                    sequence: wanted, what: "its hash does not follow from its fields and the entry before it")
                return verification
            }
            verification.entries = wanted
            verification.head = Hex.text(hash)
            if verification.head == expected { isExpectedFound = true }
        }
        verification.firstBreak = try tail(database, verification, expected, isExpectedFound)
        return verification
    }

    /// Entries that are missing at the end.
    private static func tail(
        _ database: Database, _ verification: AuditVerification, _ expected: String?, _ isExpectedFound: Bool
    ) throws -> Break? {
        let given = try Int64.fetchOne(database, sql: "SELECT seq FROM sqlite_sequence WHERE name = 'audit'") ?? 0
        let next = verification.entries + 1
        if given != verification.entries {
            return Break(
                sequence: next, what: "\(given) entries were written, but the log ends with \(verification.entries)")
        }
        if let expected, !isExpectedFound {
            return Break(
                sequence: next,
                what: "no entry has the hash \(expected): what ended with it was cut off or written anew")
        }
        return nil
    }
}

extension AuditChain.Fields {
    /// Nil when a column holds what no column of the table may hold.
    fileprivate init?(_ row: Row) {
        guard let sequence = Int64.fromDatabaseValue(row["sequence"]), let at = Int64.fromDatabaseValue(row["at_ns"])
        else { return nil }
        var texts: [String?] = []
        for column in LedgerSchema.auditTexts {
            let value: DatabaseValue = row[column]
            if value.isNull {
                texts.append(nil)
            } else if let text = String.fromDatabaseValue(value) {
                texts.append(text)
            } else {
                return nil
            }
        }
        self.init(sequence: sequence, at: at, texts: texts)
    }
}
