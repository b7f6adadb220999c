import Foundation
import GRDB
public import GatewayTypes

extension Ledger {
    /// Networks kept for each key; those met first leave.
    static let keyNetworksMax = 64

    // MARK: Read

    /// All keys, in the order that they were made.
    public func keys() throws(StorageError) -> [StoredKey] {
        try reading { database in
            var secrets: [String: [StoredKey.Secret]] = [:]
            for row in try Row.fetchAll(database, sql: "SELECT * FROM key_secrets ORDER BY created_at_ns, rowid") {
                secrets[row["key_id"], default: []].append(StoredKey.Secret(row))
            }
            return try Row.fetchAll(database, sql: "SELECT * FROM keys ORDER BY created_at_ns, id").map { row in
                var key = try StoredKey(row)
                key.secrets = secrets[key.id] ?? []
                return key
            }
        }
    }

    /// The networks that keys were used from, in the order that they were met; of one key, or of all.
    public func keyNetworks(of subject: String? = nil) throws(StorageError) -> [StoredKeyNetwork] {
        try reading { database in
            try Row.fetchAll(
                database,
                sql: "SELECT * FROM key_networks WHERE ? IS NULL OR subject = ? ORDER BY first_seen_ns, rowid",
                arguments: [subject, subject]
            ).compactMap { row in
                IPNetwork(row["network"] as String).map {
                    StoredKeyNetwork(
                        subject: row["subject"], network: $0, firstSeen: WallTime(nanoseconds: row["first_seen_ns"]))
                }
            }
        }
    }

    // MARK: Write

    /// Writes a key as it is now, new or not; it is on the disk when this returns.
    public func save(_ key: StoredKey) throws(StorageError) {
        try writing { database in
            try database.execute(
                sql: """
                    INSERT INTO keys (id, name, caller, team, plan, expires_at_ns, networks, permissions, created_at_ns,
                    created_by, revoked_at_ns, version) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                    ON CONFLICT (id) DO UPDATE SET name = excluded.name, team = excluded.team, plan = excluded.plan,
                    expires_at_ns = excluded.expires_at_ns, networks = excluded.networks,
                    permissions = excluded.permissions, revoked_at_ns = excluded.revoked_at_ns,
                    version = excluded.version
                    """,
                arguments: [
                    key.id, key.name, key.caller, key.team, key.plan, key.expiresAt?.nanoseconds,
                    key.networks.map(\.description).joined(separator: " "), try KeyPermissionText.text(key.permissions),
                    key.createdAt.nanoseconds, key.createdBy, key.revokedAt?.nanoseconds, key.version,
                ])
            try database.execute(sql: "DELETE FROM key_secrets WHERE key_id = ?", arguments: [key.id])
            for secret in key.secrets {
                try database.execute(
                    sql: """
                        INSERT INTO key_secrets (prefix, key_id, digest, created_at_ns, retires_at_ns)
                        VALUES (?, ?, ?, ?, ?)
                        """,
                    arguments: [
                        secret.prefix, key.id, Data(secret.digest), secret.createdAt.nanoseconds,
                        secret.retiresAt?.nanoseconds,
                    ])
            }
        }
    }

    /// Deletes a key and what is known of its use.
    public func deleteKey(_ id: String, subject: String) throws(StorageError) {
        try writing { database in
            try database.execute(sql: "DELETE FROM key_secrets WHERE key_id = ?", arguments: [id])
            try database.execute(sql: "DELETE FROM keys WHERE id = ?", arguments: [id])
            try database.execute(sql: "DELETE FROM key_networks WHERE subject = ?", arguments: [subject])
        }
    }

    /// Keeps when keys were last used, by id, and the networks that are new, in one transaction.
    public func keep(lastUses: [String: WallTime], networks: [StoredKeyNetwork]) throws(StorageError) {
        guard !lastUses.isEmpty || !networks.isEmpty else { return }
        try writing { database in
            for (id, time) in lastUses {
                try database.execute(
                    sql: "UPDATE keys SET last_used_at_ns = ? WHERE id = ?", arguments: [time.nanoseconds, id])
            }
            for network in networks {
                try database.execute(
                    sql: "INSERT OR IGNORE INTO key_networks (subject, network, first_seen_ns) VALUES (?, ?, ?)",
                    arguments: [network.subject, network.network.description, network.firstSeen.nanoseconds])
            }
            for subject in Set(networks.map(\.subject)) {
                try database.execute(
                    sql: """
                        DELETE FROM key_networks WHERE subject = ? AND rowid NOT IN
                        (SELECT rowid FROM key_networks WHERE subject = ? ORDER BY first_seen_ns DESC, rowid DESC LIMIT ?)
                        """, arguments: [subject, subject, Self.keyNetworksMax])
            }
        }
    }
}

extension StoredKey {
    init(_ row: Row) throws {
        self.init(
            id: row["id"], name: row["name"], caller: row["caller"],
            createdAt: WallTime(nanoseconds: row["created_at_ns"]), createdBy: row["created_by"])
        team = row["team"]
        plan = row["plan"]
        expiresAt = (row["expires_at_ns"] as Int64?).map(WallTime.init)
        networks = (row["networks"] as String).split(separator: " ").compactMap { IPNetwork(String($0)) }
        permissions = try KeyPermissionText.rules(row["permissions"])
        revokedAt = (row["revoked_at_ns"] as Int64?).map(WallTime.init)
        lastUsed = (row["last_used_at_ns"] as Int64?).map(WallTime.init)
        version = row["version"]
    }
}

extension StoredKey.Secret {
    init(_ row: Row) {
        self.init(
            prefix: row["prefix"], digest: Array(row["digest"] as Data),
            createdAt: WallTime(nanoseconds: row["created_at_ns"]),
            retiresAt: (row["retires_at_ns"] as Int64?).map(WallTime.init))
    }
}

/// Permissions in one column, as JSON: by subject what is allowed and what is denied.
enum KeyPermissionText {
    private struct Written: Codable {
        var allow: [String: [String]] = [:]
        var deny: [String: [String]] = [:]
    }

    static func text(_ rules: PermissionRules) throws -> String {
        var written = Written()
        for subject in PermissionSubject.allCases {
            let rule = rules[subject]
            if !rule.allow.isEmpty { written.allow[subject.rawValue] = rule.allow.texts }
            if !rule.deny.isEmpty { written.deny[subject.rawValue] = rule.deny.texts }
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        return String(decoding: try encoder.encode(written), as: UTF8.self)
    }

    /// A column that cannot be read is an error: a key must not lose its restrictions.
    static func rules(_ text: String) throws -> PermissionRules {
        let written = try JSONDecoder().decode(Written.self, from: Data(text.utf8))
        var rules = PermissionRules()
        for name in Set(written.allow.keys).union(written.deny.keys) {
            guard let subject = PermissionSubject(rawValue: name) else {
                throw DatabaseError(message: "a key's permissions name \(name), which this version does not know")
            }
            rules[subject] = PermissionRules.Rule(allow: written.allow[name] ?? [], deny: written.deny[name] ?? [])
        }
        return rules
    }
}
