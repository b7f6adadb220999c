import Crypto
import GatewayTypes
import NIOCore
import TestSupport

@testable import Authentication

/// A door with keys, and requests that knock at it.
struct Door {
    let roll: KeyRoll
    let watch = KeyWatch()
    let counts = AuthenticationCounts()
    let stage: KeyAuthentication

    static let noon = WallTime(nanoseconds: 1_800_000_000_000_000_000)

    static func caller(_ alias: String, permissions: Permissions? = nil) -> Caller {
        var names = NameTable()
        return Caller(
            name: names.declare("alice"), team: names.declare("search"), keyAlias: alias, permissions: permissions)
    }

    init(
        config: [String: KeyIdentity] = [:], stored: [KeyPrefix: KeyIdentity] = [:], anonymous: Caller? = nil
    ) {
        roll = KeyRoll(stored)
        stage = KeyAuthentication(
            keys: Dictionary(uniqueKeysWithValues: config.map { (SHA256.digest($0.key), $0.value) }), stored: roll,
            anonymous: anonymous, watch: watch, counts: counts, digest: { SHA256.digest($0) },
            equal: { ConstantTime.equals($0, $1) })
    }

    /// An identity as the ledger has it: by its digest.
    static func identity(
        _ key: VirtualKey, alias: String = "ci", sighting: KeySighting? = nil,
        _ change: (inout KeyIdentity.Terms) -> Void = { _ in }
    ) -> KeyIdentity {
        var terms = KeyIdentity.Terms()
        change(&terms)
        return KeyIdentity(
            caller: caller(alias), terms: terms, digest: SHA256.digest(key.text), sighting: sighting)
    }

    static func exchange(key: String?, from address: String = "192.0.2.7", at time: WallTime = noon) -> Exchange {
        .sample(
            arrivedAt: time,
            head: .sample(key.map { [("authorization", "Bearer " + $0)] } ?? [], clientAddress: address))
    }

    /// The failure of a knock; nil: it was let in.
    func knock(_ key: String?, from address: String = "192.0.2.7", at time: WallTime = noon) async -> Failure? {
        var exchange = Self.exchange(key: key, from: address, at: time)
        do throws(Failure) {
            _ = try await stage.enter(&exchange)
            return nil
        } catch {
            return error
        }
    }
}
