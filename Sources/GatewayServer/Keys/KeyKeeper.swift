import Authentication
import Crypto
import GatewayTypes
import Storage

/// Changes stored keys: on the disk first, then for every request. One change at a time, off the event loops.
actor KeyKeeper {
    /// Why a change was not made.
    enum Problem: Error {
        case notFound
        /// Another key has the name, or the key's state forbids it; a sentence.
        case conflict(String)
        /// The key is at another version than the one that was meant; a sentence.
        case outdated(String)
        case storage(StorageError)
    }

    /// Secrets of one key that are valid at once.
    private static let secretsMax = 5

    private let registry: KeyRegistry
    private let ledger: Ledger
    private let executor = QueueExecutor(label: "weir.keys")

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    init(registry: KeyRegistry, ledger: Ledger) {
        self.registry = registry
        self.ledger = ledger
    }

    /// What a new key is to be.
    struct Order: Sendable {
        var name: String?
        var caller: String
        var team: String?
        var plan: String?
        var expiresAt: WallTime?
        var networks: [IPNetwork] = []
        var permissions = PermissionRules()
    }

    /// The key itself is in the result, once.
    func create(_ order: Order, by actor: String, now: WallTime = .now()) throws(Problem) -> (StoredKey, String) {
        guard registry.count < KeyRegistry.keysMax else {
            throw .conflict("There are \(KeyRegistry.keysMax) keys; delete those that nobody uses.")
        }
        let (secret, text) = try makeSecret(now)
        // The prefix was free just now, so that the id is; it stays the key's when its secrets change.
        let id = "key_" + secret.prefix.dropFirst("wk_".count)
        let name = order.name ?? id
        guard !registry.isTaken(name: name) else { throw .conflict("Another key is called \"\(name)\".") }
        var key = StoredKey(id: id, name: name, caller: order.caller, createdAt: now, createdBy: actor)
        key.team = order.team
        key.plan = order.plan
        key.expiresAt = order.expiresAt
        key.networks = order.networks
        key.permissions = order.permissions
        key.secrets = [secret]
        try keep(key)
        return (key, text)
    }

    /// Changes a key, if it is at the version that is meant. The result: before and after.
    func change(
        _ id: String, meant: VersionCondition, _ change: @Sendable (inout StoredKey) -> Void
    ) throws(Problem) -> (StoredKey, StoredKey) {
        let old = try existing(id, meant)
        var new = old
        change(&new)
        guard new != old else { return (old, old) }
        if new.name != old.name, registry.isTaken(name: new.name) {
            throw .conflict("Another key is called \"\(new.name)\".")
        }
        new.version += 1
        try keep(new)
        return (old, new)
    }

    /// Makes a new secret; the ones before it end after the overlap, or earlier where that was settled already.
    func rotate(
        _ id: String, meant: VersionCondition, overlapSeconds: Double, now: WallTime = .now()
    ) throws(Problem) -> (StoredKey, String) {
        var key = try existing(id, meant)
        guard key.revokedAt == nil else { throw .conflict("The key was revoked; create another one.") }
        if let end = key.expiresAt, now >= end {
            throw .conflict("The key has expired; give it another expires_at first, or create another one.")
        }
        key.secrets.removeAll { secret in secret.retiresAt.map { $0 <= now } ?? false }
        guard key.secrets.count < Self.secretsMax else {
            throw .conflict(
                "\(Self.secretsMax) secrets of the key are valid; wait until one retires, or revoke the key.")
        }
        let end = now.advanced(byNanoseconds: Int64(overlapSeconds * 1e9))
        for index in key.secrets.indices {
            key.secrets[index].retiresAt = min(key.secrets[index].retiresAt ?? end, end)
        }
        let (secret, text) = try makeSecret(now)
        key.secrets.append(secret)
        key.version += 1
        try keep(key)
        return (key, text)
    }

    /// Deletes a key and all that is known of it; the result is what it was.
    func delete(_ id: String, meant: VersionCondition) throws(Problem) -> StoredKey {
        let key = try existing(id, meant)
        do {
            try ledger.deleteKey(key.id, subject: KeyRegistry.subject(of: key.id))
        } catch {
            throw .storage(error)
        }
        registry.remove(key.id)
        return key
    }

    private func existing(_ id: String, _ meant: VersionCondition) throws(Problem) -> StoredKey {
        guard let key = registry.key(id) else { throw .notFound }
        guard meant.allows(key.tag) else {
            throw .outdated("The key was changed meanwhile and is \(key.tag) now; read it again.")
        }
        return key
    }

    private func keep(_ key: StoredKey) throws(Problem) {
        do { try ledger.save(key) } catch { throw .storage(error) }
        registry.put([key])
    }

    private func makeSecret(_ now: WallTime) throws(Problem) -> (StoredKey.Secret, String) {
        do throws(RandomBytes.Unavailable) {
            var key = try VirtualKey(random: RandomBytes.make)
            while registry.isTaken(prefix: key.prefix) { key = try VirtualKey(random: RandomBytes.make) }
            let secret = StoredKey.Secret(
                prefix: key.prefix.description, digest: SHA256.digest(key.text), createdAt: now)
            return (secret, key.text)
        } catch {
            throw .conflict(error.description)
        }
    }
}

extension StoredKey {
    /// Its `ETag`.
    var tag: String { "\"\(version)\"" }
}
