import Crypto
import GatewayTypes
import Testing

@testable import Authentication

/// Who a token lets in, and what the others are told.
@Suite struct TokenTests {
    private static let head = #""iss":"https://login.example.com/realm""#

    @Test func `A valid token is its subject, of the team that it names`() async throws {
        let door = try TestDoor()
        let (exchange, failure) = await door.enter(try TokenMaker().token())
        #expect(failure == nil)
        #expect(exchange.caller.name.text == "ada")
        #expect(exchange.caller.team.text == "search")
        #expect(exchange.caller.plan.text == "own")
        #expect(exchange.caller.mayDebug)
        #expect(exchange.caller.keyAlias == "sso:ada")
        #expect(door.faults.isEmpty)
    }

    @Test func `A token that comes again costs no check of its signature`() async throws {
        let door = try TestDoor()
        let token = try TokenMaker().token()
        for _ in 0..<5 { #expect(await door.enter(token).failure == nil) }
        #expect(door.place.checks.count == 1)
        #expect(door.place.fetches == 1)
        #expect(door.tokens.remembered == 1)
    }

    @Test func `A remembered token ends when it expires`() async throws {
        let door = try TestDoor()
        let token = try TokenMaker().token()
        #expect(await door.enter(token).failure == nil)
        let late = WallTime(nanoseconds: 1_700_000_660_000_000_000)
        #expect(await door.enter(token, at: late.advanced(byNanoseconds: -1)).failure == nil)
        let failure = await door.enter(token, at: late).failure
        #expect(failure?.reason == .unauthenticated)
        #expect(failure?.message == "The token has expired. Get a new one from its issuer.")
        #expect(door.faults == [.expired: 1])
        #expect(door.tokens.remembered == 0)
    }

    @Test func `Tokens are remembered within bounds`() async throws {
        let door = try TestDoor(rememberedMax: 32)
        for number in 0..<200 {
            let claims = TokenMaker.plain.replacing("ada", with: "user-\(number)")
            #expect(await door.enter(try TokenMaker().token(claims)).failure == nil)
        }
        #expect(door.tokens.remembered <= 32)
        #expect(door.tokens.remembered > 8)
    }

    // MARK: What is refused

    static let claims: [(String, AuthenticationFault)] = [
        (
            #"{"iss":"https://login.example.com/realm/","aud":"weir","sub":"a","team":"search","exp":1700000600}"#,
            .issuer
        ),
        (#"{"aud":"weir","sub":"a","team":"search","exp":1700000600}"#, .issuer),
        (#"{\#(head),"aud":"other","sub":"a","team":"search","exp":1700000600}"#, .audience),
        (#"{\#(head),"aud":["x","weir2"],"sub":"a","team":"search","exp":1700000600}"#, .audience),
        (#"{\#(head),"sub":"a","team":"search","exp":1700000600}"#, .audience),
        (#"{\#(head),"aud":"weir","sub":"a","team":"search"}"#, .claims),
        (#"{\#(head),"aud":"weir","sub":"a","team":"search","exp":"1700000600"}"#, .claims),
        (#"{\#(head),"aud":"weir","sub":"a","team":"search","exp":1e300}"#, .claims),
        (#"{\#(head),"aud":"weir","sub":"a","team":"search","exp":-1}"#, .claims),
        (#"{\#(head),"aud":"weir","sub":"a","team":"search","exp":1699999940}"#, .expired),
        (#"{\#(head),"aud":"weir","sub":"a","team":"search","exp":1700000600,"nbf":1700000061}"#, .notYetValid),
        (#"{\#(head),"aud":"weir","sub":"a","team":"search","exp":1700000600,"nbf":"x"}"#, .claims),
        (#"{\#(head),"aud":"weir","team":"search","exp":1700000600}"#, .claims),
        (#"{\#(head),"aud":"weir","sub":"","team":"search","exp":1700000600}"#, .claims),
        (#"{\#(head),"aud":"weir","sub":"a","team":"nobody","exp":1700000600}"#, .noTeam),
    ]

    @Test(arguments: claims)
    func `A token whose claims do not fit is refused, and only its owner is told why`(
        claims: String, fault: AuthenticationFault
    ) async throws {
        let door = try TestDoor()
        let token = try TokenMaker().token(claims)
        let (exchange, failure) = await door.enter(token)
        #expect(door.faults == [fault: 1])
        #expect(failure?.reason == (fault == .noTeam ? .notPermitted : .unauthenticated))
        let challenge = failure?.fields.first { $0.name == "www-authenticate" }?.value
        #expect(
            challenge == "Bearer error=\"\(fault == .noTeam ? "insufficient_scope" : "invalid_token")\"")
        #expect(exchange.notes.map(\.text).contains { $0.contains(fault.rawValue) })
        let message = try #require(failure?.message)
        if fault != .expired { #expect(message.contains(exchange.id.description)) }
        for told in ["audience", "signature", "login.example.com", "nobody"] {
            #expect(!message.contains(told), "\(message)")
        }
        #expect(exchange.caller.name == .other)
        #expect(!exchange.notes.contains { $0.text.contains(token.suffix(40)) })
    }

    @Test func `Clocks may differ by the leeway`() async throws {
        let door = try TestDoor()
        for claims in [
            #"{\#(Self.head),"aud":"weir","sub":"a","team":"search","exp":1699999941}"#,
            #"{\#(Self.head),"aud":["x","weir"],"sub":"a","team":"search","exp":1700000600.5,"nbf":1700000060}"#,
        ] {
            #expect(await door.enter(try TokenMaker().token(claims)).failure == nil)
        }
    }

    @Test func `Required claims must have one of their values`() async throws {
        var rules = TokenRules(issuer: TokenMaker.issuer, audiences: ["weir"])
        rules.required = [
            (try #require(ClaimPath("email_verified")), ["true"]),
            (try #require(ClaimPath("groups")), ["staff", "ops"]),
        ]
        let door = try TestDoor(rules: rules)
        func enter(_ more: String) async throws -> FailureReason? {
            let claims = #"{\#(Self.head),"aud":"weir","sub":"a","team":"search","exp":1700000600\#(more)}"#
            return await door.enter(try TokenMaker().token(claims)).failure?.reason
        }
        #expect(try await enter(#","email_verified":true,"groups":["x","ops"]"#) == nil)
        #expect(try await enter(#","email_verified":"true","groups":"staff""#) == nil)
        #expect(try await enter(#","email_verified":false,"groups":["ops"]"#) == .unauthenticated)
        #expect(try await enter(#","email_verified":true,"groups":["x"]"#) == .unauthenticated)
        #expect(try await enter("") == .unauthenticated)
    }

    @Test func `A signature by another key, or of another text, is refused`() async throws {
        let door = try TestDoor()
        var forger = TokenMaker()
        forger.pem = SigningKeys.second
        #expect(await door.enter(try forger.token()).failure?.reason == .unauthenticated)
        let parts = try TokenMaker().token().split(separator: ".").map(String.init)
        let other = try TokenMaker().token(TokenMaker.plain.replacing("ada", with: "root")).split(separator: ".")
        #expect(
            await door.enter(parts[0] + "." + other[1] + "." + parts[2]).failure?.reason == .unauthenticated)
        #expect(door.faults == [.signature: 2])
        #expect(door.tokens.remembered == 0)
    }

    @Test func `The public key is no secret to sign with, and nothing is no signature`() async throws {
        let door = try TestDoor()
        // The attack: a verifier that lets the token choose takes the public key's text as the secret of an HMAC.
        let input =
            TokenMaker.text(Array(#"{"alg":"HS256","kid":"one"}"#.utf8)) + "."
            + TokenMaker.text(Array(TokenMaker.plain.utf8))
        for secret in [SigningKeys.firstModulus, String(decoding: KeySets.json(KeySets.first), as: UTF8.self)] {
            let code = HMACSHA256.sign(key: Array(secret.utf8), message: input)
            #expect(await door.enter(input + "." + TokenMaker.text(code)).failure?.reason == .unauthenticated)
        }
        let unsigned =
            TokenMaker.text(Array(#"{"alg":"none"}"#.utf8)) + "." + TokenMaker.text(Array(TokenMaker.plain.utf8)) + "."
        #expect(await door.enter(unsigned).failure?.reason == .unauthenticated)
        #expect(door.faults == [.algorithm: 3])
    }

    @Test func `A key is used by its own algorithm only`() async throws {
        let door = try TestDoor(
            place: KeyPlace(KeySets.json(KeySets.key("one", SigningKeys.firstModulus, #","alg":"PS256""#))))
        #expect(await door.enter(try TokenMaker().token()).failure?.reason == .unauthenticated)
        #expect(door.faults == [.algorithm: 1])
        #expect(door.place.checks.count == 0)
    }

    @Test func `A token without a key's name counts where there is one key only`() async throws {
        var maker = TokenMaker()
        maker.keyID = nil
        #expect(await (try TestDoor()).enter(try maker.token()).failure == nil)
        let several = try TestDoor(place: KeyPlace(KeySets.json(KeySets.first, KeySets.second)))
        #expect(await several.enter(try maker.token()).failure?.reason == .unauthenticated)
        #expect(several.faults == [.unknownSigner: 1])
    }

    @Test func `Keys go on to count beside tokens`() async throws {
        let door = try TestDoor()
        #expect(await door.enter("a.key.with.stops").exchange.caller.keyAlias == "k")
        #expect(await door.enter("sk-unknown").failure?.reason == .unauthenticated)
        #expect(await door.enter(nil).failure?.reason == .unauthenticated)
        #expect(door.faults == [.unknownKey: 1, .noKey: 1])
        #expect(door.place.fetches == 0)
    }

    // MARK: Who it is

    @Test func `Teams, callers and plans follow the token before the configuration`() async throws {
        let door = try TestDoor()
        func caller(_ more: String) async throws -> [String] {
            let claims = #"{\#(Self.head),"aud":"weir","exp":1700000600,\#(more)}"#
            let caller = await door.enter(try TokenMaker().token(claims)).exchange.caller
            return [caller.name.text, caller.team.text, caller.plan.text]
        }
        #expect(try await caller(#""sub":"ada""#) == ["ada", "search", "own"])
        #expect(try await caller(#""sub":"ada","team":"shop""#) == ["ada", "shop", "gold"])
        #expect(try await caller(#""sub":"ada","team":["none","shop"],"plan":"free""#) == ["ada", "shop", "free"])
        #expect(try await caller(#""sub":"bob","team":"shop""#) == ["sso", "shop", "gold"])
        #expect(try await caller(#""sub":"bob","team":"shop","plan":"none""#) == ["sso", "shop", "gold"])
        let open = try TestDoor { $0.otherTeam = $0.teams["shop"] }
        let claims =
            #"{\#(Self.head),"aud":"weir","exp":1700000600,"sub":"b\no\#(String(repeating: "b", count: 200))"}"#
        let other = await open.enter(try TokenMaker().token(claims.replacing("\n", with: "\\n"))).exchange.caller
        #expect([other.name.text, other.team.text] == ["sso", "shop"])
        #expect(other.keyAlias.utf8.count <= 110)
        #expect(!other.keyAlias.contains("\n"))
    }
}
