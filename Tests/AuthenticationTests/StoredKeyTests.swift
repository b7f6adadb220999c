import Crypto
import GatewayTypes
import Testing

@testable import Authentication

@Suite struct StoredKeyTests {
    private let key: VirtualKey
    private let other: VirtualKey

    init() throws {
        key = try VirtualKey(random: RandomBytes.make)
        other = try VirtualKey(random: RandomBytes.make)
    }

    private func door(_ change: (inout KeyIdentity.Terms) -> Void = { _ in }) -> Door {
        Door(stored: [key.prefix: Door.identity(key, change)])
    }

    @Test func `A stored key opens, and one that only begins like it does not`() async {
        let door = door()
        #expect(await door.knock(key.text) == nil)
        let forged = key.prefix.description + "_" + String(other.text.suffix(43))
        #expect(await door.knock(forged)?.reason == .unauthenticated)
        #expect(await door.knock(other.text)?.reason == .unauthenticated)
        #expect(door.counts[.unknownKey] == 2)
    }

    @Test func `Stored keys and those of the configuration work side by side`() async {
        let door = Door(
            config: ["sk-old": KeyIdentity(caller: Door.caller("old"))], stored: [key.prefix: Door.identity(key)])
        #expect(await door.knock("sk-old") == nil)
        #expect(await door.knock(key.text) == nil)
        #expect(await door.knock("sk-new")?.status == 401)
    }

    @Test func `A change of the roll counts for the next request`() async {
        let door = door()
        door.roll.change(removing: [], adding: [other.prefix: Door.identity(other)])
        #expect(await door.knock(other.text) == nil)
        door.roll.change(removing: [key.prefix], adding: [:])
        #expect(await door.knock(key.text)?.status == 401)
        #expect(await door.knock(other.text) == nil)
    }

    struct Terms: Sendable, CustomTestStringConvertible {
        let change: @Sendable (inout KeyIdentity.Terms) -> Void
        let refusal: KeyRefusal?
        let status: Int
        let words: String
        var testDescription: String { words }
    }

    private static let second = Door.noon.advanced(byNanoseconds: 1_000_000_000)

    static let terms: [Terms] = [
        Terms(change: { $0.expiresAt = second }, refusal: nil, status: 0, words: ""),
        Terms(
            change: { $0.expiresAt = Door.noon }, refusal: .expired, status: 401,
            words: "The API key \"ci\" expired on 2027-01-15T08:00:00.000Z."),
        Terms(change: { $0.isRevoked = true }, refusal: .revoked, status: 401, words: "was revoked"),
        Terms(change: { $0.retiresAt = second }, refusal: nil, status: 0, words: ""),
        Terms(
            change: { $0.retiresAt = Door.noon }, refusal: .rotated, status: 401,
            words: "was replaced and has not been valid since 2027-01-15T08:00:00.000Z"),
        Terms(change: { $0.isOrphaned = true }, refusal: .orphaned, status: 401, words: "is not configured any more"),
        Terms(
            change: { $0.networks = [IPNetwork("192.0.2.0/24"), IPNetwork("2001:db8::/32")].compactMap { $0 } },
            refusal: nil, status: 0, words: ""),
        Terms(
            change: { $0.networks = [IPNetwork("198.51.100.0/24")].compactMap { $0 } }, refusal: .network, status: 403,
            words: "key \"ci\" may not be used from 192.0.2.7: keys.networks"),
    ]

    @Test(arguments: terms) func `A key that may not be used says why to who holds it`(one: Terms) async {
        let door = door(one.change)
        let failure = await door.knock(key.text)
        #expect(failure?.status ?? 0 == one.status)
        #expect(failure?.message.contains(one.words) ?? one.words.isEmpty, "\(failure?.message ?? "")")
        for fault in AuthenticationFault.allCases {
            #expect(door.counts[fault] == (fault == one.refusal?.fault ? 1 : 0))
        }
        // Who does not hold the key learns nothing of it.
        let forged = key.prefix.description + "_" + String(other.text.suffix(43))
        #expect(await door.knock(forged)?.message == KeyAuthentication.unknown.message)
    }

    @Test func `A list of places lets nobody in whose place is not known`() async {
        let door = door { $0.networks = [IPNetwork("0.0.0.0/0")].compactMap { $0 } }
        #expect(await door.knock(key.text, from: "")?.status == 403)
        #expect(await door.knock(key.text, from: "::ffff:198.51.100.1") == nil)
    }

    @Test func `Where keys are stored a wrong one is never anonymous`() async {
        let anonymous = Door.caller("")
        let open = Door(anonymous: anonymous)
        #expect(await open.knock("sk-whatever") == nil)
        open.roll.change(removing: [], adding: [key.prefix: Door.identity(key) { $0.isRevoked = true }])
        #expect(await open.knock("sk-whatever")?.status == 401)
        #expect(await open.knock(key.text)?.status == 401)
        #expect(await open.knock(nil) == nil)
    }
}
