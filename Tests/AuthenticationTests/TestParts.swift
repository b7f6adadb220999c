import Crypto
import GatewayTypes
import NIOCore

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
        let (name, value) = ("authorization", "Bearer \(key ?? "")")
        let fields =
            key == nil
            ? []
            : [
                RequestHead.Field(
                    nameStart: 0, nameLength: name.utf8.count, valueStart: name.utf8.count,
                    valueLength: value.utf8.count)
            ]
        return Exchange(
            id: ExchangeID(high: 0, low: 1),
            trace: TraceContext(traceHigh: 1, traceLow: 1, spanID: 1, parentSpanID: nil, flags: 0, state: nil),
            arrived: .zero, arrivedAt: time, deadline: .distantFuture,
            head: RequestHead(
                bytes: ByteBuffer(string: name + value), method: .post, path: "/", query: nil, fields: fields,
                clientAddress: address),
            surface: .openAIChat,
            request: .model(
                ModelRequest(
                    surface: .openAIChat, askedModel: "smart", stream: false, body: ByteBuffer(),
                    facts: RequestFacts())))
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
