import Synchronization

/// The stored keys as one configuration sees them, by prefix.
///
/// Who reads takes one reference to a table that never changes; who changes something makes a new table and swaps it in.
public final class KeyRoll: Sendable {
    private final class Table: Sendable {
        let byPrefix: [KeyPrefix: KeyIdentity]
        init(_ byPrefix: [KeyPrefix: KeyIdentity]) { self.byPrefix = byPrefix }
    }

    private let table: Mutex<Table>

    public init(_ identities: [KeyPrefix: KeyIdentity] = [:]) { table = Mutex(Table(identities)) }

    private var current: Table { table.withLock { $0 } }

    var isEmpty: Bool { current.byPrefix.isEmpty }

    func identity(of prefix: KeyPrefix) -> KeyIdentity? { current.byPrefix[prefix] }

    /// The terms of a secret; nil: it is not known.
    public func terms(of prefix: KeyPrefix) -> KeyIdentity.Terms? { identity(of: prefix)?.terms }

    /// Takes prefixes out and puts others in, at once for every request that is read from now on. One at a time.
    public func change(removing prefixes: [KeyPrefix], adding identities: [KeyPrefix: KeyIdentity]) {
        var changed = current.byPrefix
        for prefix in prefixes { changed[prefix] = nil }
        changed.merge(identities) { _, new in new }
        let next = Table(changed)
        table.withLock { $0 = next }
    }
}
