import Crypto
import GRDB
import GatewayTypes
import Testing

@testable import Storage

@Suite struct LedgerKeysTests {
    private let directory: TemporaryDirectory
    private let path: String
    private let ledger: Ledger
    private static let noon = WallTime(nanoseconds: 1_800_000_000_000_000_000)

    init() throws {
        directory = try TemporaryDirectory()
        path = directory.file("ledger")
        ledger = try Ledger(path: path)
    }

    private func key(_ number: Int) throws -> StoredKey {
        var key = StoredKey(
            id: "key_\(number)", name: "name \(number)", caller: "alice",
            createdAt: Self.noon.advanced(byNanoseconds: Int64(number)), createdBy: "key:env:ADMIN")
        key.team = "search"
        key.plan = number % 2 == 0 ? "free" : nil
        key.expiresAt = Self.noon.advanced(byNanoseconds: 5)
        key.networks = [try #require(IPNetwork("10.0.0.0/8")), try #require(IPNetwork("2001:db8::/32"))]
        key.permissions.models = PermissionRules.Rule(allow: ["gpt-*"], deny: ["gpt-4"])
        key.permissions.operations = PermissionRules.Rule(deny: ["embeddings"])
        key.secrets = [
            StoredKey.Secret(
                prefix: "wk_\(number)a", digest: SHA256.digest("a\(number)"), createdAt: Self.noon,
                retiresAt: Self.noon.advanced(byNanoseconds: 9)),
            StoredKey.Secret(prefix: "wk_\(number)b", digest: SHA256.digest("b\(number)"), createdAt: Self.noon),
        ]
        return key
    }

    @Test func `A key is read back as it was written, also by the next process`() throws {
        let keys = [try key(1), try key(2)]
        for key in keys { try ledger.save(key) }
        #expect(try ledger.keys() == keys)
        #expect(try Ledger(path: path).keys() == keys)
    }

    @Test func `A change takes the place of what was there, secrets too`() throws {
        var key = try key(1)
        try ledger.save(key)
        key.secrets.removeFirst()
        key.revokedAt = Self.noon
        key.permissions = PermissionRules()
        key.version = 2
        try ledger.save(key)
        #expect(try ledger.keys() == [key])
    }

    @Test func `Two keys cannot have one name, and nothing of the second is kept`() throws {
        try ledger.save(try key(1))
        var second = try key(2)
        second.name = "name 1"
        #expect(throws: StorageError.self) { try ledger.save(second) }
        #expect(try ledger.keys().map(\.id) == ["key_1"])
        let left = try DatabaseQueue(path: path).read { try Int.fetchOne($0, sql: "SELECT COUNT(*) FROM key_secrets") }
        #expect(left == 2)
    }

    @Test func `Uses are kept apart from changes, and go with the key`() throws {
        let key = try key(1)
        try ledger.save(key)
        let network = try #require(IPNetwork("192.0.2.0/24"))
        let seen = StoredKeyNetwork(subject: "key:key_1", network: network, firstSeen: Self.noon)
        let other = StoredKeyNetwork(subject: "config:old", network: network, firstSeen: Self.noon)
        try ledger.keep(lastUses: ["key_1": Self.noon, "gone": Self.noon], networks: [seen, other, seen])
        #expect(try ledger.keys().map(\.lastUsed) == [Self.noon])
        // A change that did not read the use leaves it.
        try ledger.save(key)
        #expect(try ledger.keys().map(\.lastUsed) == [Self.noon])
        #expect(try ledger.keyNetworks() == [seen, other])
        #expect(try ledger.keyNetworks(of: "config:old") == [other])
        try ledger.deleteKey("key_1", subject: "key:key_1")
        #expect(try ledger.keys().isEmpty && ledger.keyNetworks() == [other])
    }

    @Test func `Networks of a key are bounded`() throws {
        let met = try (0..<70).map { number in
            StoredKeyNetwork(
                subject: "key:1", network: try #require(IPNetwork("10.0.\(number).0/24")),
                firstSeen: Self.noon.advanced(byNanoseconds: Int64(number)))
        }
        try ledger.keep(lastUses: [:], networks: met)
        #expect(try ledger.keyNetworks(of: "key:1") == Array(met.suffix(64)))
    }

    @Test func `A key whose permissions cannot be read is no key without restrictions`() throws {
        try ledger.save(try key(1))
        try DatabaseQueue(path: path).write {
            try $0.execute(sql: "UPDATE keys SET permissions = '{\"allow\":{\"tools\":[\"a\"]},\"deny\":{}}'")
        }
        #expect(throws: StorageError.self) { try ledger.keys() }
    }

}
