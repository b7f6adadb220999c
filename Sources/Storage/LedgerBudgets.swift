import GRDB
public import GatewayTypes

/// Whose exchanges to sum up; an empty list means all.
public struct LedgerScope: Sendable {
    public var teams: [String]
    public var callers: [String]
    public var routes: [String]

    public init(teams: [String] = [], callers: [String] = [], routes: [String] = []) {
        self.teams = teams
        self.callers = callers
        self.routes = routes
    }

    /// A condition for SQL, and its arguments.
    fileprivate var condition: (sql: String, arguments: [String]) {
        let parts = [("team", teams), ("caller", callers), ("route", routes)].filter { !$0.1.isEmpty }
        let sql = parts.map { column, names in
            " AND \(column) IN (\(names.map { _ in "?" }.joined(separator: ", ")))"
        }
        return (sql.joined(), parts.flatMap(\.1))
    }
}

extension Ledger {
    /// What a scope has spent since `time`, which a budget begins from after a restart. What a process was doing when it
    /// was killed counts with what was reserved for it: nobody knows what it used.
    ///
    /// Windows of the calendar begin with a whole hour, whose sums outlive the raw rows; a rolling window is read from
    /// the raw rows.
    public func spent(since time: WallTime, scope: LedgerScope) throws(StorageError) -> Money {
        let (condition, names) = scope.condition
        let isWholeHour = time.nanoseconds % Self.hourNanoseconds == 0
        return try reading { database in
            let table = isWholeHour ? "hourly WHERE hour >= ?" : "exchanges WHERE arrived_at_ns >= ?"
            let start = isWholeHour ? time.nanoseconds / 1_000_000_000 : time.nanoseconds
            var arguments: [(any DatabaseValueConvertible)?] = [start]
            arguments += names
            let sums = try Row.fetchOne(
                database, sql: "SELECT \(LedgerAmount.sumColumns) FROM \(table)\(condition)",
                arguments: StatementArguments(arguments))
            var since: [(any DatabaseValueConvertible)?] = [time.nanoseconds]
            since += names
            let reserved = try String.fetchAll(
                database,
                sql: """
                    SELECT reserved FROM exchanges
                    WHERE reserved IS NOT NULL AND outcome = 'interrupted' AND arrived_at_ns >= ?\(condition)
                    """, arguments: StatementArguments(since))
            let settled = sums.map { LedgerAmount.sum(hi: $0["sum_hi"], middle: $0["sum_middle"], low: $0["sum_low"]) }
            return reserved.compactMap { Money($0) }.reduce(settled ?? .zero, +)
        }
    }
}
