import Foundation
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

    private var parts: [(column: String, names: [String])] {
        [("team", teams), ("caller", callers), ("route", routes)].filter { !$0.1.isEmpty }
    }

    /// What to add to a query's conditions.
    fileprivate var condition: String {
        parts.map { " AND \($0.column) IN (\($0.names.map { _ in "?" }.joined(separator: ", ")))" }.joined()
    }

    /// The bounds of a query, and the names of `condition`.
    fileprivate func arguments(_ from: Int64, _ to: Int64) -> StatementArguments {
        let bounds: [any DatabaseValueConvertible] = [from, to]
        return StatementArguments(bounds + parts.flatMap(\.names))
    }
}

/// What a scope spent at one time.
public struct LedgerSpending: Sendable, Equatable {
    public let at: WallTime
    public let amount: Money
    /// As if no budget had moved anything.
    public let demand: Money
}

extension Ledger {
    /// What a scope has spent since `start` (nil: since ever), which a budget begins from after a restart.
    ///
    /// Whole hours come as one sum each, from the hourly table, which outlives the raw rows; the hour before `now` and
    /// what follows it, from the raw rows, by the second. What a process was doing when it was killed counts with what
    /// was reserved for it: nobody knows what it used.
    public func spending(
        since start: WallTime?, scope: LedgerScope, now: WallTime
    ) throws(StorageError) -> [LedgerSpending] {
        let hour = Self.hourNanoseconds
        let border = (now.nanoseconds / hour - 1) * hour
        let begin = start?.nanoseconds ?? 0
        return try reading { database in
            var found: [LedgerSpending] = []
            let hours = try Row.fetchAll(
                database,
                sql: """
                    SELECT hour, \(LedgerAmount.sumColumns) FROM hourly
                    WHERE hour >= ? AND hour < ?\(scope.condition) GROUP BY hour
                    """,
                arguments: scope.arguments(begin / hour * hour / 1_000_000_000, border / 1_000_000_000))
            for row in hours {
                let amount = Self.cost(row)
                let at = WallTime(nanoseconds: (row["hour"] as Int64) * 1_000_000_000)
                found.append(LedgerSpending(at: max(at, WallTime(nanoseconds: begin)), amount: amount, demand: amount))
            }
            let seconds = try Row.fetchAll(
                database,
                sql: """
                    SELECT arrived_at_ns / 1000000000 AS second, \(LedgerAmount.sumColumns) FROM exchanges
                    WHERE arrived_at_ns >= ? AND arrived_at_ns < ? AND demand IS NULL\(scope.condition) GROUP BY second
                    """, arguments: scope.arguments(max(begin, border), .max))
            for row in seconds {
                let amount = Self.cost(row)
                let at = WallTime(nanoseconds: (row["second"] as Int64) * 1_000_000_000)
                found.append(LedgerSpending(at: max(at, WallTime(nanoseconds: begin)), amount: amount, demand: amount))
            }
            return try found + special(database, since: begin, border: max(begin, border), scope)
        }
    }

    /// Exchanges that a budget moved, whose demand is not their cost, and those that were cut off.
    private func special(
        _ database: Database, since begin: Int64, border: Int64, _ scope: LedgerScope
    ) throws -> [LedgerSpending] {
        let moved = try Row.fetchAll(
            database,
            sql: """
                SELECT arrived_at_ns, cost_hi, cost_lo, demand FROM exchanges
                WHERE arrived_at_ns >= ? AND arrived_at_ns < ? AND demand IS NOT NULL\(scope.condition)
                """, arguments: scope.arguments(border, .max)
        ).map { row in
            let cost = LedgerAmount(hi: row["cost_hi"], lo: row["cost_lo"]).money
            return LedgerSpending(
                at: WallTime(nanoseconds: row["arrived_at_ns"]), amount: cost,
                demand: Money(row["demand"] as String) ?? cost)
        }
        let interrupted = try Row.fetchAll(
            database,
            sql: """
                SELECT arrived_at_ns, reserved FROM exchanges WHERE arrived_at_ns >= ? AND arrived_at_ns < ?
                AND reserved IS NOT NULL AND outcome = 'interrupted'\(scope.condition)
                """, arguments: scope.arguments(begin, .max)
        ).compactMap { row in
            Money(row["reserved"] as String).map { amount in
                LedgerSpending(at: WallTime(nanoseconds: row["arrived_at_ns"]), amount: amount, demand: amount)
            }
        }
        return moved + interrupted
    }

    /// What a scope has used since `start` of models that had no price: when, and what was used.
    public func unpriced(
        since start: WallTime?, scope: LedgerScope
    ) throws(StorageError) -> [(at: WallTime, usage: Usage)] {
        try reading { database in
            try Row.fetchAll(
                database,
                sql: """
                    SELECT * FROM exchanges
                    WHERE arrived_at_ns >= ? AND arrived_at_ns < ? AND cost_status = 'unpriced'\(scope.condition)
                    """, arguments: scope.arguments(start?.nanoseconds ?? 0, .max)
            ).compactMap { row in LedgerRow(row).map { ($0.arrivedAt, $0.usage) } }
        }
    }

    // MARK: What outlives a restart beside the exchanges

    /// Keeps bytes under a key, in place of those before.
    public func remember(_ key: String, _ bytes: [UInt8]) throws(StorageError) {
        try writing { database in
            try database.execute(
                sql: "INSERT INTO memory (key, bytes) VALUES (?, ?) ON CONFLICT DO UPDATE SET bytes = excluded.bytes",
                arguments: [key, Data(bytes)])
        }
    }

    /// What was kept under a key last; nil: nothing.
    public func recall(_ key: String) throws(StorageError) -> [UInt8]? {
        try reading { database in
            try Data.fetchOne(database, sql: "SELECT bytes FROM memory WHERE key = ?", arguments: [key]).map(Array.init)
        }
    }
}
