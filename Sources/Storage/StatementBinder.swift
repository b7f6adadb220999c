import GRDB
import GRDBSQLite

/// Binds a statement's arguments one behind another, without the boxes that GRDB's argument lists need: a row of the
/// ledger has nearly fifty.
struct StatementBinder {
    private let statement: Statement
    private var position: Int32 = 0

    /// Clears what was bound before.
    init(_ statement: Statement) {
        statement.setUncheckedArguments(StatementArguments())
        self.statement = statement
    }

    mutating func bind(_ value: Int64) {
        position += 1
        check(sqlite3_bind_int64(statement.sqliteStatement, position, value))
    }

    mutating func bind(_ value: Int) { bind(Int64(value)) }

    mutating func bind(_ value: Int64?) { if let value { bind(value) } else { bindNull() } }

    mutating func bind(_ text: String) {
        position += 1
        var text = text
        // SQLITE_TRANSIENT: SQLite keeps a copy of its own.
        let transient = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
        let code = text.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) {
                // An empty text has no address, and no address would mean NULL.
                $0.isEmpty
                    ? sqlite3_bind_text(statement.sqliteStatement, position, "", 0, transient)
                    : sqlite3_bind_text(
                        statement.sqliteStatement, position, $0.baseAddress, Int32(clamping: $0.count), transient)
            }
        }
        check(code)
    }

    mutating func bind(_ text: String?) { if let text { bind(text) } else { bindNull() } }

    private mutating func bindNull() {
        position += 1
        check(sqlite3_bind_null(statement.sqliteStatement, position))
    }

    /// Binding fails only for a wrong position or without memory: a mistake in this room, not in its data.
    private func check(_ code: Int32) { precondition(code == SQLITE_OK, "SQLite refused argument \(position)") }
}
