import GRDB
import GatewayTypes

/// The ledger's tables. A migration that has been released is never changed; a new one is added behind it.
enum LedgerSchema {
    /// By column of `exchanges`: its type. In the order of `LedgerRow.bind`.
    static let exchangeColumns = firstColumns + overrideColumns

    /// Those of migration 2: what a budget decided.
    private static let overrideColumns: [(name: String, type: String)] = [
        ("budget", "TEXT"), ("rule", "TEXT"), ("rerouted_to", "TEXT"), ("demand", "TEXT"),
    ]

    /// Those of migration 1.
    private static let firstColumns: [(name: String, type: String)] =
        [
            ("id", "TEXT NOT NULL PRIMARY KEY"),
            ("arrived_at_ns", "INTEGER NOT NULL"),
            ("duration_ns", "INTEGER NOT NULL"),
            ("instance", "INTEGER NOT NULL"),
            ("worker", "INTEGER NOT NULL"),
            ("operation", "TEXT NOT NULL"),
            ("surface", "TEXT NOT NULL"),
            ("route", "TEXT NOT NULL"),
            ("team", "TEXT NOT NULL"),
            ("caller", "TEXT NOT NULL"),
            ("key_alias", "TEXT NOT NULL"),
            ("provider", "TEXT NOT NULL"),
            ("provider_key_alias", "TEXT NOT NULL"),
            ("asked_model", "TEXT NOT NULL"),
            ("served_model", "TEXT NOT NULL"),
            ("response_model", "TEXT"),
            ("provider_request_id", "TEXT"),
            ("outcome", "TEXT NOT NULL"),
            ("status", "INTEGER NOT NULL"),
            ("moved", "TEXT NOT NULL"),
            ("stream", "INTEGER NOT NULL"),
            ("attempts", "INTEGER NOT NULL"),
        ]
        + tokenColumns.map { ($0, "INTEGER") } + [
            ("cache_write_1h", "INTEGER NOT NULL"),
            ("reported_total", "INTEGER"),
            ("usage_source", "TEXT NOT NULL"),
            ("cost_hi", "INTEGER NOT NULL"),
            ("cost_lo", "INTEGER NOT NULL"),
            ("cost_status", "TEXT NOT NULL"),
            ("cost_lines", "TEXT NOT NULL"),
            ("tier", "TEXT NOT NULL"),
            ("catalog_hash", "TEXT NOT NULL"),
            ("purpose", "TEXT NOT NULL"),
            ("abort_billing", "TEXT"),
            ("ttft_ns", "INTEGER"),
            ("trace_id", "TEXT NOT NULL"),
            ("span_id", "TEXT NOT NULL"),
            ("reported_cost", "TEXT"),
            ("reserved", "TEXT"),
        ]

    /// A column for each disjoint kind of token, in the order of `TokenType`. NULL: nobody reported it.
    static let tokenColumns = TokenType.allCases.map { "tokens_\($0.rawValue)" }

    /// What the hourly sums are kept apart by, after the hour.
    static let hourlyLabels = ["team", "caller", "route", "provider", "served_model", "outcome", "purpose"]

    static let insertExchange: String = {
        let names = exchangeColumns.map(\.name).joined(separator: ", ")
        let marks = exchangeColumns.map { _ in "?" }.joined(separator: ", ")
        return "INSERT OR IGNORE INTO exchanges (\(names)) VALUES (\(marks))"
    }()

    /// Adds to an hour's sums. The low part of the cost carries into the high one: both are below 10¹⁸, so that their
    /// sum is below 2⁶³.
    static let addToHour: String = {
        let names = ["hour"] + hourlyLabels + ["exchanges"] + tokenColumns + ["cost_hi", "cost_lo"]
        let sums = (["exchanges"] + tokenColumns).map { "\($0) = \($0) + excluded.\($0)" }.joined(separator: ", ")
        return """
            INSERT INTO hourly (\(names.joined(separator: ", "))) VALUES (\(names.map { _ in "?" }.joined(separator: ", ")))
            ON CONFLICT DO UPDATE SET \(sums),
            cost_hi = cost_hi + excluded.cost_hi + (cost_lo + excluded.cost_lo) / 1000000000000000000,
            cost_lo = (cost_lo + excluded.cost_lo) % 1000000000000000000
            """
    }()

    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1 exchanges and hourly sums") { database in
            let columns = firstColumns.map { "\($0.name) \($0.type)" }.joined(separator: ", ")
            try database.execute(sql: "CREATE TABLE exchanges (\(columns)) STRICT")
            let labels = hourlyLabels.map { "\($0) TEXT NOT NULL" }.joined(separator: ", ")
            let tokens = tokenColumns.map { "\($0) INTEGER NOT NULL" }.joined(separator: ", ")
            try database.execute(
                sql: """
                    CREATE TABLE hourly (hour INTEGER NOT NULL, \(labels), exchanges INTEGER NOT NULL, \(tokens),
                    cost_hi INTEGER NOT NULL, cost_lo INTEGER NOT NULL,
                    PRIMARY KEY (hour, \(hourlyLabels.joined(separator: ", ")))) STRICT, WITHOUT ROWID
                    """)
        }
        migrator.registerMigration("2 what budgets decided") { database in
            for column in overrideColumns {
                try database.execute(sql: "ALTER TABLE exchanges ADD COLUMN \(column.name) \(column.type)")
            }
        }
        migrator.registerMigration("3 what outlives a restart") { database in
            try database.execute(sql: "CREATE TABLE memory (key TEXT NOT NULL PRIMARY KEY, bytes BLOB NOT NULL) STRICT")
        }
        migrator.registerMigration("4 audit log") { database in
            // AUTOINCREMENT remembers the highest sequence ever given, so that a tail that is cut off is missed.
            try database.execute(
                sql: """
                    CREATE TABLE audit (sequence INTEGER PRIMARY KEY AUTOINCREMENT, at_ns INTEGER NOT NULL,
                    actor TEXT NOT NULL, action TEXT NOT NULL, subject TEXT NOT NULL, before TEXT, after TEXT,
                    reason TEXT, exchange TEXT, trace_id TEXT, hash BLOB NOT NULL) STRICT
                    """)
            for change in ["UPDATE", "DELETE"] {
                try database.execute(
                    sql: """
                        CREATE TRIGGER audit_no_\(change.lowercased()) BEFORE \(change) ON audit
                        BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END
                        """)
            }
        }
        migrator.registerMigration("5 keys") { database in
            try database.execute(
                sql: """
                    CREATE TABLE keys (id TEXT NOT NULL PRIMARY KEY, name TEXT NOT NULL UNIQUE, caller TEXT NOT NULL,
                    team TEXT, plan TEXT, expires_at_ns INTEGER, networks TEXT NOT NULL, permissions TEXT NOT NULL,
                    created_at_ns INTEGER NOT NULL, created_by TEXT NOT NULL, revoked_at_ns INTEGER,
                    last_used_at_ns INTEGER, version INTEGER NOT NULL) STRICT;
                    CREATE TABLE key_secrets (prefix TEXT NOT NULL PRIMARY KEY, key_id TEXT NOT NULL, digest BLOB NOT NULL,
                    created_at_ns INTEGER NOT NULL, retires_at_ns INTEGER) STRICT;
                    CREATE INDEX key_secrets_by_key ON key_secrets (key_id);
                    CREATE TABLE key_networks (subject TEXT NOT NULL, network TEXT NOT NULL,
                    first_seen_ns INTEGER NOT NULL, PRIMARY KEY (subject, network)) STRICT;
                    """)
        }
        migrator.registerMigration("6 feedback") { database in
            try database.execute(
                sql: """
                    CREATE TABLE feedback (exchange TEXT NOT NULL PRIMARY KEY, at_ns INTEGER NOT NULL,
                    team TEXT NOT NULL, caller TEXT NOT NULL, route TEXT NOT NULL, provider TEXT NOT NULL,
                    served_model TEXT NOT NULL, score REAL NOT NULL, comment TEXT) STRICT, WITHOUT ROWID
                    """)
        }
        migrator.registerMigration("7 what the admin API keeps") { database in
            try database.execute(
                sql: """
                    CREATE TABLE resources (kind TEXT NOT NULL, name TEXT NOT NULL, version INTEGER NOT NULL,
                    spec TEXT NOT NULL, changed_at_ns INTEGER NOT NULL, changed_by TEXT NOT NULL,
                    expires_at_ns INTEGER, PRIMARY KEY (kind, name)) STRICT, WITHOUT ROWID
                    """)
        }
        return migrator
    }

    /// The texts of an audit entry, in the order of its encoding.
    static let auditTexts = ["actor", "action", "subject", "before", "after", "reason", "exchange", "trace_id"]
}
