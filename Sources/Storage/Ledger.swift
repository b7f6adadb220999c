import GRDB
public import GatewayTypes

/// The sums and rows of all exchanges, in SQLite.
///
/// A commit is on the disk when it returns (WAL with `synchronous=FULL`). Rows are keyed by exchange, and a second row
/// of the same exchange is ignored, so that whoever is not sure may insert again. Raw rows live as long as the
/// retention says; the hourly sums, updated in the same transaction, stay.
public final class Ledger: Sendable {
    let pool: DatabasePool
    private let path: String

    static let hourNanoseconds: Int64 = 3_600_000_000_000

    public init(path: String) throws(StorageError) {
        self.path = path
        do {
            var configuration = Configuration()
            configuration.label = "ledger"
            configuration.busyMode = .timeout(5)
            configuration.maximumReaderCount = 4
            configuration.prepareDatabase { database in
                // Heard only before the first table is made.
                if !database.configuration.readonly { try database.execute(sql: "PRAGMA auto_vacuum = INCREMENTAL") }
            }
            pool = try DatabasePool(path: path, configuration: configuration)
            // The pool chooses NORMAL for itself, which may lose commits with the power.
            try pool.writeWithoutTransaction { try $0.execute(sql: "PRAGMA synchronous = FULL") }
            try LedgerSchema.migrator.migrate(pool)
        } catch {
            throw Self.failure("cannot be opened", path, error)
        }
    }

    /// Inserts rows in one transaction and adds those that were new to the hourly sums. The result: how many were new.
    @discardableResult
    public func insert(_ rows: [LedgerRow]) throws(StorageError) -> Int {
        guard !rows.isEmpty else { return 0 }
        do {
            return try pool.write { database in
                let insert = try database.cachedStatement(sql: LedgerSchema.insertExchange)
                var hours: [HourKey: HourSum] = [:]
                var inserted = 0
                for row in rows {
                    var binder = StatementBinder(insert)
                    row.bind(to: &binder)
                    try insert.execute()
                    guard database.changesCount > 0 else { continue }
                    inserted += 1
                    hours[HourKey(row), default: HourSum()].add(row)
                }
                let add = try database.cachedStatement(sql: LedgerSchema.addToHour)
                for (key, sum) in hours {
                    var binder = StatementBinder(add)
                    key.bind(to: &binder)
                    sum.bind(to: &binder)
                    try add.execute()
                }
                return inserted
            }
        } catch {
            throw Self.failure("cannot take \(rows.count) exchanges", path, error)
        }
    }

    /// Deletes raw rows of exchanges that arrived before `time`, and gives their pages back. The hourly sums stay. The
    /// result: how many were deleted.
    @discardableResult
    public func expire(olderThan time: WallTime) throws(StorageError) -> Int {
        // Identifiers sort by time (UUID version 7), so that the primary key finds the old ones.
        let bound = Self.firstID(at: time)
        var total = 0
        do {
            while true {
                let deleted = try pool.write { database in
                    try database.execute(
                        sql: """
                            DELETE FROM exchanges WHERE id IN
                            (SELECT id FROM exchanges WHERE id < ? AND arrived_at_ns < ? ORDER BY id LIMIT 2000)
                            """, arguments: [bound, time.nanoseconds])
                    return database.changesCount
                }
                total += deleted
                if deleted == 0 { break }
            }
            // What people wrote is kept no longer than what it is about.
            try pool.write { database in
                try database.execute(sql: "DELETE FROM feedback WHERE at_ns < ?", arguments: [time.nanoseconds])
            }
            if total > 0 {
                try pool.writeWithoutTransaction { database in
                    // Bounded, because it blocks the next batch; pages not given back are used again.
                    _ = try Row.fetchAll(database, sql: "PRAGMA incremental_vacuum(5000)")
                }
            }
        } catch {
            throw Self.failure("cannot delete old exchanges", path, error)
        }
        return total
    }

    /// The lowest identifier that an exchange which arrived at `time` can have.
    static func firstID(at time: WallTime) -> String {
        let milliseconds = UInt64(max(0, time.nanoseconds / 1_000_000)) & 0xFFFF_FFFF_FFFF
        return ExchangeID(high: milliseconds << 16, low: 0).description
    }

    func writing(_ write: (Database) throws -> Void) throws(StorageError) {
        do { try pool.write(write) } catch { throw Self.failure("cannot be written", path, error) }
    }

    func reading<Value>(_ read: (Database) throws -> Value) throws(StorageError) -> Value {
        do { return try pool.read(read) } catch { throw Self.failure("cannot be read", path, error) }
    }

    private static func failure(_ what: String, _ path: String, _ error: any Error) -> StorageError {
        let reason = (error as? DatabaseError).map { "\($0.message ?? "unknown") (SQLite \($0.resultCode.rawValue))" }
        return StorageError("ledger \(path): \(what): \(reason ?? "\(error)")")
    }
}

private struct HourKey: Hashable {
    let hour: Int64
    let labels: [String]

    init(_ row: LedgerRow) {
        let nanoseconds = row.arrivedAt.nanoseconds
        hour = nanoseconds / Ledger.hourNanoseconds * Ledger.hourNanoseconds / 1_000_000_000
        labels = [row.team, row.caller, row.route, row.provider, row.servedModel, row.outcome, row.purpose]
    }

    func bind(to binder: inout StatementBinder) {
        binder.bind(hour)
        for label in labels { binder.bind(label) }
    }
}

private struct HourSum {
    var exchanges = 0
    var tokens = [Int64](repeating: 0, count: TokenType.count)
    var cost = Money.zero

    mutating func add(_ row: LedgerRow) {
        exchanges += 1
        for type in TokenType.allCases { tokens[type.index] += row.usage[type] ?? 0 }
        cost += row.cost.total
    }

    func bind(to binder: inout StatementBinder) {
        let amount = LedgerAmount(cost)
        binder.bind(exchanges)
        for count in tokens { binder.bind(count) }
        binder.bind(amount.hi)
        binder.bind(amount.lo)
    }
}
