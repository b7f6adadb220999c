import Crypto
import GatewayTypes
import Synchronization

/// What an admin key may do; each may do what those before it may.
public enum AdminRole: String, CaseIterable, Sendable, Comparable {
    /// Reads.
    case viewer
    /// Also steers what runs: overrides, drains, reloads, tests of notifications.
    case `operator`
    /// Also changes what is declared: teams, routes, budgets, keys.
    case admin

    private var rank: Int {
        switch self {
        case .viewer: 0
        case .operator: 1
        case .admin: 2
        }
    }

    public static func < (left: AdminRole, right: AdminRole) -> Bool { left.rank < right.rank }
}

/// Who asks the admin API.
struct AdminActor: Sendable {
    /// As the audit log has it: `key:` and the key's name, else where it comes from.
    let name: String
    let role: AdminRole
}

/// The keys of the admin API; a reload may change them.
final class AdminKeys: Sendable {
    private struct Entry {
        let digest: [UInt8]
        let actor: AdminActor
    }

    private let entries: Mutex<[Entry]>

    init(_ admin: Configuration.Admin) { entries = Mutex(Self.entries(of: admin)) }

    func adopt(_ admin: Configuration.Admin) {
        let new = Self.entries(of: admin)
        entries.withLock { $0 = new }
    }

    /// Nil: no key has that value.
    func actor(showing value: Substring) -> AdminActor? {
        let digest = SHA256.digest(Array(value.utf8))
        // Every key is compared, so that the time tells nothing about which one nearly fitted.
        return entries.withLock { $0 }.filter { ConstantTime.equals($0.digest, digest) }.first?.actor
    }

    private static func entries(of admin: Configuration.Admin) -> [Entry] {
        let alone = admin.wholeKeys.map { Configuration.AdminKey(key: $0) }
        return (alone + admin.keys).compactMap { key in
            guard let value = key.key.exposed else { return nil }
            let name = "key:" + (key.name ?? key.key.origin)
            return Entry(
                digest: SHA256.digest(Array(value.utf8)), actor: AdminActor(name: name, role: key.role))
        }
    }
}
