import Crypto
import GatewayTypes
import NIOCore
import Synchronization
import TestSupport

@testable import Authentication

/// Writes tokens as an issuer does, and as one does who would like to be it.
struct TokenMaker {
    var algorithm = "RS256"
    var keyID: String? = "one"
    var pem = SigningKeys.first
    /// Further members of the header, as JSON.
    var header = ""

    static let issuer = "https://login.example.com/realm"
    /// The time of the tests: 2023-11-14T22:13:20Z.
    static let now = WallTime(nanoseconds: 1_700_000_000_000_000_000)
    static let plain =
        #"{"iss":"https://login.example.com/realm","aud":"weir","sub":"ada","team":"search","exp":1700000600}"#

    func token(_ claims: String = plain) throws -> String {
        var members = "\"alg\":\"\(algorithm)\""
        if let keyID { members += ",\"kid\":\"\(keyID)\"" }
        return try signed("{\(members)\(header)}", claims)
    }

    func signed(_ header: String, _ claims: String) throws -> String {
        let input = Self.text(Array(header.utf8)) + "." + Self.text(Array(claims.utf8))
        return input + "." + Self.text(try RSASigner(pem: pem).sign(Array(input.utf8)))
    }

    /// Base64 for URLs.
    static func text(_ bytes: [UInt8]) -> String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
        var text = ""
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            let word = group.reduce(UInt32(0)) { $0 << 8 | UInt32($1) } << UInt32((3 - group.count) * 8)
            for place in 0...group.count { text.append(alphabet[Int(word >> UInt32(18 - place * 6)) & 63]) }
        }
        return text
    }
}

/// The keys of the tests' issuer.
enum KeySets {
    static let first = key("one", SigningKeys.firstModulus)
    static let second = key("two", SigningKeys.secondModulus)

    static func key(_ id: String?, _ modulus: String, _ more: String = "") -> String {
        let name = id.map { #""kid":"\#($0)","# } ?? ""
        return #"{\#(name)"kty":"RSA","e":"AQAB","n":"\#(modulus)"\#(more)}"#
    }

    static func json(_ keys: String...) -> [UInt8] { Array(#"{"keys":[\#(keys.joined(separator: ","))]}"#.utf8) }

    static func set(
        _ json: [UInt8], _ algorithms: [TokenAlgorithm] = TokenAlgorithm.allCases, checks: Tally = Tally()
    ) throws(TokenKeySet.Fault) -> TokenKeySet {
        try TokenKeySet(json: json, algorithms: algorithms) { material in
            let form: PublicKeyMaterial =
                switch material {
                case .rsa(let modulus, let exponent, let isPSS):
                    isPSS ? .rsaPSS(modulus: modulus, exponent: exponent) : .rsa(modulus: modulus, exponent: exponent)
                case .p256(let x, let y): .p256(x: x, y: y)
                case .ed25519(let bytes): .ed25519(bytes)
                }
            guard let key = try? VerificationKey(form) else { return nil }
            return { signature, message in
                checks.add()
                return key.accepts(signature, of: message)
            }
        }
    }
}

/// Counts.
final class Tally: Sendable {
    private let number = Atomic<Int>(0)
    func add() { number.wrappingAdd(1, ordering: .relaxed) }
    var count: Int { number.load(ordering: .relaxed) }
}

/// A place where keys are, that may be away, and that may let those who ask wait.
final class KeyPlace: Sendable {
    private struct State {
        var json: [UInt8]?
        var fetches = 0
        var isHeld = false
        var held: [CheckedContinuation<Void, Never>] = []
    }
    private let state: Mutex<State>
    let checks = Tally()

    init(_ json: [UInt8]?) { state = Mutex(State(json: json)) }

    var fetches: Int { state.withLock { $0.fetches } }
    var waiting: Int { state.withLock { $0.held.count } }
    func show(_ json: [UInt8]?) { state.withLock { $0.json = json } }
    func hold() { state.withLock { $0.isHeld = true } }

    func release() {
        let held = state.withLock { state in
            defer { state.held = [] }
            state.isHeld = false
            return state.held
        }
        for continuation in held { continuation.resume() }
    }

    func fetch() async throws(TokenIssuer.Trouble) -> TokenKeySet {
        await withCheckedContinuation { continuation in
            let goesOn = state.withLock { state in
                state.fetches += 1
                if state.isHeld { state.held.append(continuation) }
                return !state.isHeld
            }
            if goesOn { continuation.resume() }
        }
        guard let json = state.withLock({ $0.json }) else { throw TokenIssuer.Trouble("away") }
        do throws(TokenKeySet.Fault) {
            return try KeySets.set(json, checks: checks)
        } catch {
            throw TokenIssuer.Trouble(error.description)
        }
    }

    func issuer(_ times: TokenIssuer.Times = TokenIssuer.Times()) -> TokenIssuer {
        TokenIssuer(name: "sso", times: times) { () async throws(TokenIssuer.Trouble) in try await self.fetch() }
    }
}

/// The stage before one issuer, with the teams `search` and `shop`, the plan `free` and the caller `ada`.
struct TestDoor {
    let place: KeyPlace
    let tokens: TokenAuthentication
    let counts = AuthenticationCounts()
    let stage: KeyAuthentication

    init(
        place: KeyPlace = KeyPlace(KeySets.json(KeySets.first)), rules: TokenRules? = nil, rememberedMax: Int = 100,
        times: TokenIssuer.Times = TokenIssuer.Times(), people change: (inout TokenPeople) -> Void = { _ in }
    ) throws {
        self.place = place
        var (teams, callers, plans) = (NameTable(), NameTable(), NameTable())
        let subject = ClaimPath("sub")
        guard let subject else { throw AuthenticationFault.claims }
        var people = TokenPeople(issuer: "sso", callerClaim: subject, otherCaller: callers.declare("sso"))
        people.teamClaim = ClaimPath("team")
        people.planClaim = ClaimPath("plan")
        let free = plans.declare("free")
        people.plans = ["free": free]
        for name in ["search", "shop"] {
            people.teams[name] = TokenPeople.Team(
                name: teams.declare(name), plan: name == "shop" ? plans.declare("gold") : .other)
        }
        people.callers = [
            "ada": TokenPeople.Known(
                name: callers.declare("ada"), team: teams["search"], plan: plans.declare("own"), mayDebug: true)
        ]
        change(&people)
        let realm = TokenAuthentication.Realm(
            issuer: place.issuer(times), rules: rules ?? TokenRules(issuer: TokenMaker.issuer, audiences: ["weir"]),
            people: people)
        tokens = TokenAuthentication(realms: [realm], rememberedMax: rememberedMax)
        let known = Caller(name: callers["ada"], team: teams["search"], keyAlias: "k")
        stage = KeyAuthentication(
            keys: [SHA256.digest("a.key.with.stops"): KeyIdentity(caller: known)], anonymous: nil, tokens: tokens,
            counts: counts,
            digest: { SHA256.digest($0) }, equal: { ConstantTime.equals($0, $1) })
    }

    /// The exchange behind the stage, and what it failed with.
    func enter(
        _ token: String?, at time: WallTime = TokenMaker.now, _ moment: Moment = Moment(nanoseconds: 1_000_000_000)
    ) async -> (exchange: Exchange, failure: Failure?) {
        var exchange = Exchange.sample(
            id: 9, arrived: moment, arrivedAt: time,
            head: .sample(token.map { [("authorization", "Bearer " + $0)] } ?? [], clientAddress: "127.0.0.1"))
        do throws(Failure) {
            _ = try await stage.enter(&exchange)
            return (exchange, nil)
        } catch {
            return (exchange, error)
        }
    }

    /// What was counted.
    var faults: [AuthenticationFault: UInt64] {
        AuthenticationFault.allCases.reduce(into: [:]) { if counts[$1] > 0 { $0[$1] = counts[$1] } }
    }
}
