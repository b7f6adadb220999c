import Authentication
import GatewayTypes
import Storage

/// Stored keys as the admin API shows them; never the key itself, but in the one reply to who made it.
struct KeyReport {
    let registry: KeyRegistry
    let callers: CallerDesk

    /// `text`: the key itself, just made. `seen`: the networks that it was used from; nil: not asked for.
    func object(
        _ key: StoredKey, text: String? = nil, seen: [StoredKeyNetwork]? = nil, now: WallTime = .now()
    ) -> JSONObject {
        let state = KeyState(of: key, at: now, callers: callers)
        let lastUsed = [registry.lastUsed(key.id), key.lastUsed].compactMap { $0 }.max()
        return JSONObject([
            ("id", .string(key.id)), ("name", .string(key.name)), ("origin", .string("api")),
            ("key", text.map { .string($0) }),
            ("status", .string(state.rawValue)), ("caller", .string(key.caller)),
            ("team", key.team.map { .string($0) }), ("plan", key.plan.map { .string($0) }),
            ("networks", .strings(key.networks.map(\.description))),
            ("permissions", .object(Self.object(key.permissions))),
            ("expires_at", key.expiresAt.map { .string(Timestamp.text($0)) }),
            ("created_at", .string(Timestamp.text(key.createdAt))), ("created_by", .string(key.createdBy)),
            ("revoked_at", key.revokedAt.map { .string(Timestamp.text($0)) }),
            ("last_used_at", lastUsed.map { .string(Timestamp.text($0)) }),
            ("secrets", .list(key.secrets.map(Self.object))),
            ("seen_networks", seen.map { .list($0.map(Self.object)) }),
            ("version", .number(key.version)),
        ])
    }

    /// A key of the configuration: it is changed there. Neither it nor its digest is told.
    func object(_ key: Configuration.Key, seen: [StoredKeyNetwork]? = nil) -> JSONObject {
        let alias = Identities.alias(of: key)
        let subject = Identities.subjectPrefix + alias
        let lastUsed = registry.watch.sighting(of: subject)?.lastUsed
        return JSONObject([
            ("id", .string(subject)), ("name", .string(alias)), ("origin", .string("file")),
            ("status", .string(KeyState.active.rawValue)), ("caller", .string(key.caller)),
            ("plan", key.plan.map { .string($0) }), ("networks", .strings(key.networks.map(\.description))),
            ("permissions", .object(Self.object(key.permissions?.rules ?? PermissionRules()))),
            ("last_used_at", lastUsed.map { .string(Timestamp.text($0)) }),
            ("secrets", .list([])), ("seen_networks", seen.map { .list($0.map(Self.object)) }),
        ])
    }

    /// What may change of a key, on one line for the audit log.
    static func summary(_ key: StoredKey) -> String {
        var parts = ["name \(key.name)", "caller \(key.caller)"]
        if let team = key.team { parts.append("team \(team)") }
        if let plan = key.plan { parts.append("plan \(plan)") }
        if let end = key.expiresAt { parts.append("expires \(Timestamp.text(end))") }
        if !key.networks.isEmpty { parts.append("networks \(key.networks.map(\.description).joined(separator: " "))") }
        if !key.permissions.isEmpty { parts.append("permissions \(object(key.permissions).text)") }
        return parts.joined(separator: ", ")
    }

    private static func object(_ rules: PermissionRules) -> JSONObject {
        func lists(_ list: (PermissionRules.Rule) -> NamePatterns) -> [(String, JSONObject.Value?)] {
            PermissionSubject.allCases.map { subject in
                let names = list(rules[subject])
                return (subject.rawValue, names.isEmpty ? nil : .strings(names.texts))
            }
        }
        let isDenying = PermissionSubject.allCases.contains { !rules[$0].deny.isEmpty }
        return JSONObject(lists(\.allow) + [("deny", isDenying ? .object(JSONObject(lists(\.deny))) : nil)])
    }

    private static func object(_ secret: StoredKey.Secret) -> JSONObject {
        JSONObject([
            ("prefix", .string(secret.prefix)), ("created_at", .string(Timestamp.text(secret.createdAt))),
            ("retires_at", secret.retiresAt.map { .string(Timestamp.text($0)) }),
        ])
    }

    private static func object(_ network: StoredKeyNetwork) -> JSONObject {
        JSONObject([
            ("network", .string(network.network.description)),
            ("first_seen_at", .string(Timestamp.text(network.firstSeen))),
        ])
    }
}
