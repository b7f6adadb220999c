import Authentication
import Foundation
import GatewayTypes
import NIOCore
import Storage
import Testing

@testable import GatewayServer

/// Stored keys: made, changed, rotated, taken back, and seen by every configuration in force.
@Suite struct KeyKeeperTests {
    private let path: String
    private let ledger: Ledger
    private let registry: KeyRegistry
    private let keeper: KeyKeeper
    private static let noon = WallTime(nanoseconds: 1_800_000_000_000_000_000)

    init() throws {
        path = FileManager.default.temporaryDirectory.appendingPathComponent("weir-\(UUID().uuidString).db").path
        ledger = try Ledger(path: path)
        registry = try KeyRegistry(ledger)
        keeper = KeyKeeper(registry: registry, ledger: ledger)
    }

    private func later(_ seconds: Int64) -> WallTime { Self.noon.advanced(byNanoseconds: seconds * 1_000_000_000) }

    private static func desk(_ yaml: String = "callers: { alice: { team: search } }") throws -> CallerDesk {
        let configuration = try ConfigurationText.configuration(
            ConfigurationText.minimal(
                adding: "teams: { search: {}, ads: { plan: free } }\n\(yaml)\n"
                    + "plans: { free: { limits: [{ name: a, requests: 1/minute }] } }\n"))
        return CallerDesk(configuration, names: NameBook(configuration))
    }

    private func create(_ name: String? = nil, expiresAt: WallTime? = nil) async throws -> (StoredKey, String) {
        var order = KeyKeeper.Order(caller: "alice")
        order.name = name
        order.expiresAt = expiresAt
        return try await keeper.create(order, by: "key:env:ADMIN", now: Self.noon)
    }

    @Test func `A key is on the disk before it is told, and the next process has it`() async throws {
        let (key, text) = try await create("ci")
        #expect(text.hasPrefix(key.secrets[0].prefix + "_") && key.id == "key_" + key.secrets[0].prefix.dropFirst(3))
        #expect(try Ledger(path: path).keys() == [key])
        #expect(try KeyRegistry(Ledger(path: path)).key("ci") == key)
    }

    @Test func `Every configuration in force sees a change at once, and a reload loses none`() async throws {
        let before = registry.roll(for: try Self.desk())
        let (key, _) = try await create("ci")
        let after = registry.roll(for: try Self.desk("callers: { bob: { team: search } }"))
        let prefix = try #require(KeyPrefix(key.secrets[0].prefix))
        #expect(before.terms(of: prefix)?.isOrphaned == false)
        #expect(after.terms(of: prefix)?.isOrphaned == true, "alice is not there any more")
        _ = try await keeper.change(key.id, meant: .any) { $0.revokedAt = Self.noon }
        #expect(before.terms(of: prefix)?.isRevoked == true && after.terms(of: prefix)?.isRevoked == true)
        _ = try await keeper.delete("ci", meant: .any)
        #expect(before.terms(of: prefix) == nil && after.terms(of: prefix) == nil)
        #expect(try ledger.keys().isEmpty)
    }

    @Test func `A rotation's old secret lives for the overlap`() async throws {
        let roll = registry.roll(for: try Self.desk())
        let (first, _) = try await create()
        let (second, _) = try await keeper.rotate(
            first.id, meant: .tags([first.tag]), overlapSeconds: 3600, now: later(10))
        #expect(second.version == 2 && second.secrets.map(\.retiresAt) == [later(3610), nil])
        // Another one leaves the end that was settled.
        let (third, _) = try await keeper.rotate(first.id, meant: .any, overlapSeconds: 7200, now: later(20))
        #expect(third.secrets.map(\.retiresAt) == [later(3610), later(7220), nil])
        for secret in third.secrets {
            let prefix = try #require(KeyPrefix(secret.prefix))
            #expect(roll.terms(of: prefix)?.retiresAt == secret.retiresAt)
        }
        // Those that are over leave with the next one.
        let (last, _) = try await keeper.rotate(first.id, meant: .any, overlapSeconds: 0, now: later(8000))
        #expect(last.secrets.map(\.retiresAt) == [later(8000), nil])
        #expect(try #require(KeyPrefix(first.secrets[0].prefix)).description == first.secrets[0].prefix)
        #expect(roll.terms(of: try #require(KeyPrefix(first.secrets[0].prefix))) == nil)
    }

    @Test func `What cannot be done is refused, and changes nothing`() async throws {
        let (key, _) = try await create("ci", expiresAt: later(60))
        await #expect(throws: KeyKeeper.Problem.self) { _ = try await create("ci") }
        await #expect(throws: KeyKeeper.Problem.self) {
            _ = try await keeper.change(key.id, meant: .tags(["\"7\""])) { $0.plan = "free" }
        }
        await #expect(throws: KeyKeeper.Problem.self) {
            _ = try await keeper.rotate(key.id, meant: .any, overlapSeconds: 0, now: later(61))
        }
        await #expect(throws: KeyKeeper.Problem.self) { _ = try await keeper.delete("nobody", meant: .any) }
        #expect(try ledger.keys() == [key] && registry.key(key.id) == key)
        for _ in 0..<4 { _ = try await keeper.rotate(key.id, meant: .any, overlapSeconds: 3600, now: later(1)) }
        await #expect(throws: KeyKeeper.Problem.self) {
            _ = try await keeper.rotate(key.id, meant: .any, overlapSeconds: 3600, now: later(2))
        }
    }

    @Test func `Whoever pays for another team has that team's plan`() throws {
        let desk = try Self.desk()
        #expect(desk.caller(.init(caller: "alice", alias: "a"))?.plan.text == "_other")
        #expect(desk.caller(.init(caller: "alice", alias: "a", team: "ads"))?.plan.text == "free")
        #expect(desk.caller(.init(caller: "alice", alias: "a", plan: "fre")) == nil)
        #expect(desk.fault(.init(caller: "alise", alias: "a"))?.message.contains(#"did you mean "alice"?"#) == true)
    }

    // MARK: What the API is sent

    struct Wrong: Sendable, CustomTestStringConvertible {
        let body: String
        let words: String
        var testDescription: String { words }
    }

    private static let wrong: [Wrong] = [
        Wrong(body: "", words: "caller is missing; whose key is it?"),
        Wrong(body: "[]", words: "The body must be a JSON object."),
        Wrong(body: "{", words: "The body is not JSON: a key is expected"),
        Wrong(
            body: #"{"caller":"alice","expire_in":"1d"}"#,
            words: #"expire_in is not known here; did you mean "expires_in"?"#),
        Wrong(body: #"{"caller":7}"#, words: "caller must be text."),
        Wrong(body: #"{"caller":"bob"}"#, words: #"caller unknown caller "bob""#),
        Wrong(body: #"{"caller":"alice","team":"sarch"}"#, words: #"did you mean "search"?"#),
        Wrong(body: #"{"caller":"alice","name":"a/b"}"#, words: "name must not hold a slash."),
        Wrong(body: #"{"caller":"alice","expires_in":"soon"}"#, words: "expires_in must be a duration such as 90d"),
        Wrong(body: #"{"caller":"alice","expires_at":"soon"}"#, words: "expires_at must be a time such as"),
        Wrong(body: #"{"caller":"alice","networks":"10.0.0.0/8"}"#, words: "networks must be a list of texts."),
        Wrong(
            body: #"{"caller":"alice","networks":["10.0.0.1/8"]}"#,
            words: #"networks: "10.0.0.1/8" names an address within its network; write 10.0.0.0/8"#),
        Wrong(
            body: #"{"caller":"alice","permissions":{"model":["a"]}}"#,
            words: #"permissions.model is not known here; did you mean "models"?"#),
        Wrong(
            body: #"{"caller":"alice","permissions":{"deny":{"operations":["chatt"]}}}"#,
            words: #"permissions.deny.operations names the unknown "chatt"; did you mean "chat"?"#),
    ]

    @Test(arguments: wrong) func `A wrong field is named`(one: Wrong) throws {
        let desk = try Self.desk()
        do throws(Failure) {
            _ = try KeyFields(ByteBuffer(string: one.body)).order(callers: desk, now: Self.noon)
            Issue.record("it was taken")
        } catch {
            #expect(error.status == 400 && error.message.contains(one.words), "\(error.message)")
        }
    }

    @Test func `A change touches what it names, and null takes away`() async throws {
        let (key, _) = try await create("ci", expiresAt: later(60))
        let change = try KeyFields(
            ByteBuffer(
                string:
                    #"{"expires_at":null,"networks":["::1"],"permissions":{"models":["a"],"deny":{"models":["b"]}}}"#)
        ).change(of: key, callers: try Self.desk(), now: Self.noon)
        var changed = key
        change(&changed)
        #expect(changed.expiresAt == nil && changed.name == "ci")
        #expect(changed.networks.map(\.description) == ["::1/128"])
        #expect(changed.permissions.models == PermissionRules.Rule(allow: ["a"], deny: ["b"]))
    }

    @Test func `What a key was used for before stays with its caller`() async throws {
        let (key, _) = try await create()
        let fields = try KeyFields(ByteBuffer(string: #"{"caller":"bob"}"#))
        #expect(throws: Failure.self) {
            _ = try fields.change(of: key, callers: try Self.desk(), now: Self.noon)
        }
    }
}
