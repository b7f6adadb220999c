import GRDB
public import GatewayTypes

/// Sums over exchanges.
public struct LedgerTotals: Sendable, Equatable {
    public var exchanges = 0
    /// By `TokenType.index`.
    public var tokens = [Int64](repeating: 0, count: TokenType.count)
    public var cost = Money.zero

    public init() {}

    public subscript(type: TokenType) -> Int64 { tokens[type.index] }
}

extension Ledger {
    public func exchange(_ id: ExchangeID) throws(StorageError) -> LedgerRow? {
        try reading { database in
            try Row.fetchOne(database, sql: "SELECT * FROM exchanges WHERE id = ?", arguments: [id.description])
                .flatMap(LedgerRow.init)
        }
    }

    /// The latest exchanges first.
    public func recent(_ limit: Int) throws(StorageError) -> [LedgerRow] {
        try reading { database in
            try Row.fetchAll(database, sql: "SELECT * FROM exchanges ORDER BY id DESC LIMIT ?", arguments: [limit])
                .compactMap(LedgerRow.init)
        }
    }

    /// Sums over the raw rows of one process; of all when `instance` is nil.
    public func totals(instance: UInt64? = nil) throws(StorageError) -> LedgerTotals {
        try reading { database in
            let all = "SELECT COUNT(*) AS exchanges, \(Self.sums) FROM exchanges"
            guard let instance else {
                return try Row.fetchOne(database, sql: all).map(LedgerTotals.init) ?? LedgerTotals()
            }
            return try Row.fetchOne(
                database, sql: all + " WHERE instance = ?", arguments: [Int64(bitPattern: instance)]
            ).map(LedgerTotals.init) ?? LedgerTotals()
        }
    }

    /// Sums of the hourly table, which outlives the raw rows.
    public func hourlyTotals() throws(StorageError) -> LedgerTotals {
        try reading { database in
            try Row.fetchOne(
                database, sql: "SELECT COALESCE(SUM(exchanges), 0) AS exchanges, \(Self.sums) FROM hourly"
            ).map(LedgerTotals.init) ?? LedgerTotals()
        }
    }

    /// What each team has spent on exchanges that arrived at `time` or later: whole hours from the hourly sums, the
    /// broken hour at the beginning from its raw rows.
    public func spend(since time: WallTime) throws(StorageError) -> [String: Money] {
        let past = time.nanoseconds % Self.hourNanoseconds
        let whole = past == 0 ? time.nanoseconds : time.nanoseconds - past + Self.hourNanoseconds
        // Identifiers sort by time of arrival; the arrival itself decides.
        let bounds = [-Self.hourNanoseconds, 2 * Self.hourNanoseconds].map {
            Self.firstID(at: WallTime(nanoseconds: time.nanoseconds + $0))
        }
        return try reading { database in
            var spent: [String: Money] = [:]
            let hourly = try Row.fetchAll(
                database,
                sql: "SELECT team, \(LedgerAmount.sumColumns) FROM hourly WHERE hour >= ? GROUP BY team",
                arguments: [whole / 1_000_000_000])
            let broken = try Row.fetchAll(
                database,
                sql: """
                    SELECT team, \(LedgerAmount.sumColumns) FROM exchanges
                    WHERE id >= ? AND id < ? AND arrived_at_ns >= ? AND arrived_at_ns < ? GROUP BY team
                    """, arguments: [bounds[0], bounds[1], time.nanoseconds, whole])
            for row in hourly + broken { spent[row["team"], default: .zero] += Self.cost(row) }
            return spent
        }
    }

    private static let sums =
        LedgerSchema.tokenColumns.map { "COALESCE(SUM(\($0)), 0) AS \($0)" }.joined(separator: ", ")
        + ", " + LedgerAmount.sumColumns

    static func cost(_ row: Row) -> Money {
        LedgerAmount.sum(hi: row["sum_hi"], middle: row["sum_middle"], low: row["sum_low"])
    }
}

extension LedgerTotals {
    fileprivate init(_ row: Row) {
        exchanges = row["exchanges"]
        tokens = LedgerSchema.tokenColumns.map { row[$0] }
        cost = Ledger.cost(row)
    }
}
