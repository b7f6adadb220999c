import Authentication
import GatewayTypes
import Storage
import Synchronization

/// The stored keys in memory: as they are in the ledger, and as each configuration in force sees them.
///
/// Nothing here waits for the disk, and no request asks here: requests read the roll of their configuration.
final class KeyRegistry: Sendable {
    /// A roll lives as long as the configuration that it was made for.
    private struct Reader {
        weak var roll: KeyRoll?
        let desk: CallerDesk
    }

    private struct State {
        var keys: [String: StoredKey] = [:]
        var idByName: [String: String] = [:]
        var idByPrefix: [KeyPrefix: String] = [:]
        var readers: [Reader] = []
    }

    /// More than this are refused: each is held in memory.
    static let keysMax = 50_000

    let watch = KeyWatch()
    private let state = Mutex(State())

    init() {}

    /// As an earlier process left them.
    convenience init(_ ledger: Ledger) throws(StorageError) {
        self.init()
        let keys = try ledger.keys()
        let networks = Dictionary(grouping: try ledger.keyNetworks(), by: \.subject)
        let lastUses = Dictionary(
            keys.map { (Self.subject(of: $0.id), $0.lastUsed) }, uniquingKeysWith: { first, _ in first })
        watch.restore(
            Set(networks.keys).union(lastUses.keys).map { subject in
                KeySighting(
                    subject: subject, networks: networks[subject]?.map(\.network) ?? [],
                    lastUsed: lastUses[subject] ?? nil)
            })
        put(keys)
    }

    /// A stored key's name in the audit log.
    static func subject(of id: String) -> String { "key:" + id }

    // MARK: What there is

    /// In no order.
    var all: [StoredKey] { state.withLock { Array($0.keys.values) } }

    var count: Int { state.withLock { $0.keys.count } }

    /// By its id, else by its name.
    func key(_ text: String) -> StoredKey? {
        state.withLock { state in state.keys[text] ?? state.idByName[text].flatMap { state.keys[$0] } }
    }

    func isTaken(name: String) -> Bool { state.withLock { $0.idByName[name] != nil } }
    func isTaken(prefix: KeyPrefix) -> Bool { state.withLock { $0.idByPrefix[prefix] != nil } }

    /// When a key was last used, to the minute.
    func lastUsed(_ id: String) -> WallTime? { watch.sighting(of: Self.subject(of: id))?.lastUsed }

    // MARK: Changes

    /// The keys as a configuration sees them, kept up to date as long as somebody holds the roll.
    func roll(for desk: CallerDesk) -> KeyRoll {
        state.withLock { state in
            var identities: [KeyPrefix: KeyIdentity] = [:]
            for key in state.keys.values { identities.merge(self.identities(of: key, desk)) { _, new in new } }
            let roll = KeyRoll(identities)
            state.readers.removeAll { $0.roll == nil }
            state.readers.append(Reader(roll: roll, desk: desk))
            return roll
        }
    }

    /// Puts keys in the place of those with their ids; every request that is read from now on sees them.
    func put(_ keys: [StoredKey]) {
        state.withLock { state in
            var gone: [KeyPrefix] = []
            for key in keys {
                let old = state.keys.updateValue(key, forKey: key.id)
                Self.forget(old, &state)
                gone += Self.prefixes(of: old)
                state.idByName[key.name] = key.id
                for prefix in Self.prefixes(of: key) { state.idByPrefix[prefix] = key.id }
            }
            for reader in state.readers {
                guard let roll = reader.roll else { continue }
                var identities: [KeyPrefix: KeyIdentity] = [:]
                for key in keys { identities.merge(self.identities(of: key, reader.desk)) { _, new in new } }
                roll.change(removing: gone, adding: identities)
            }
        }
    }

    func remove(_ id: String) {
        state.withLock { state in
            let old = state.keys.removeValue(forKey: id)
            Self.forget(old, &state)
            for reader in state.readers { reader.roll?.change(removing: Self.prefixes(of: old), adding: [:]) }
        }
        watch.forget(Self.subject(of: id))
    }

    private static func forget(_ key: StoredKey?, _ state: inout State) {
        guard let key else { return }
        state.idByName[key.name] = nil
        for prefix in prefixes(of: key) { state.idByPrefix[prefix] = nil }
    }

    private static func prefixes(of key: StoredKey?) -> [KeyPrefix] {
        key?.secrets.compactMap { KeyPrefix($0.prefix) } ?? []
    }

    private func identities(of key: StoredKey, _ desk: CallerDesk) -> [KeyPrefix: KeyIdentity] {
        let caller = desk.caller(key.callerTerms)
        var terms = KeyIdentity.Terms()
        terms.isRevoked = key.revokedAt != nil
        terms.isOrphaned = caller == nil
        terms.expiresAt = key.expiresAt
        terms.networks = key.networks
        let sighting = watch.sighting(of: Self.subject(of: key.id))
        var identities: [KeyPrefix: KeyIdentity] = [:]
        for secret in key.secrets {
            guard let prefix = KeyPrefix(secret.prefix) else { continue }
            terms.retiresAt = secret.retiresAt
            identities[prefix] = KeyIdentity(
                caller: caller ?? Caller(name: .other, team: .other, keyAlias: key.name), terms: terms,
                digest: secret.digest, sighting: sighting)
        }
        return identities
    }
}

extension StoredKey {
    var callerTerms: CallerDesk.Terms {
        CallerDesk.Terms(caller: caller, alias: name, team: team, plan: plan, permissions: permissions)
    }
}
