import GRDB
public import GatewayTypes

/// Something that the admin API keeps: what it is called, and what it says as JSON.
public struct StoredResource: Sendable, Equatable {
    /// `teams`, `routes`, `drains`, …
    public let kind: String
    public let name: String
    /// From 1; each change counts one up.
    public let version: Int64
    public let spec: String
    public let changedAt: WallTime
    /// Who, as the audit log has it.
    public let changedBy: String
    /// When it ends by itself; nil: it does not.
    public let expiresAt: WallTime?

    public init(
        kind: String, name: String, version: Int64, spec: String, changedAt: WallTime, changedBy: String,
        expiresAt: WallTime? = nil
    ) {
        self.kind = kind
        self.name = name
        self.version = version
        self.spec = spec
        self.changedAt = changedAt
        self.changedBy = changedBy
        self.expiresAt = expiresAt
    }
}

extension Ledger {
    /// All of them, by kind and name.
    public func resources() throws(StorageError) -> [StoredResource] {
        try reading { database in
            try Row.fetchAll(database, sql: "SELECT * FROM resources ORDER BY kind, name").map { row in
                StoredResource(
                    kind: row["kind"], name: row["name"], version: row["version"], spec: row["spec"],
                    changedAt: WallTime(nanoseconds: row["changed_at_ns"]), changedBy: row["changed_by"],
                    expiresAt: (row["expires_at_ns"] as Int64?).map { WallTime(nanoseconds: $0) })
            }
        }
    }

    /// Keeps it, in place of the one of that kind and name.
    public func put(_ resource: StoredResource) throws(StorageError) {
        try writing { database in
            try database.execute(
                sql: """
                    INSERT OR REPLACE INTO resources
                    (kind, name, version, spec, changed_at_ns, changed_by, expires_at_ns) VALUES (?, ?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    resource.kind, resource.name, resource.version, resource.spec, resource.changedAt.nanoseconds,
                    resource.changedBy, resource.expiresAt?.nanoseconds,
                ])
        }
    }

    public func deleteResource(kind: String, name: String) throws(StorageError) {
        try writing { database in
            try database.execute(
                sql: "DELETE FROM resources WHERE kind = ? AND name = ?", arguments: [kind, name])
        }
    }
}
