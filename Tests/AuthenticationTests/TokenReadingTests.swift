import Crypto
import GatewayTypes
import Testing

@testable import Authentication

/// What is written in tokens and key sets, read strictly.
@Suite struct TokenReadingTests {
    @Test func `JSON is read with all that it has`() {
        let text = #" {"a":[1,-2.5e+3,true,false,null],"b":{"c":"\u00e9\ud83d\ude00\n\/"},"é":"é"} "#
        let value = TokenJSON(Array(text.utf8))
        #expect(value?["a"]?.entries.map(\.scalar) == ["1", "-2.5e+3", "true", "false", nil])
        #expect(value?["b"]?["c"]?.text == "é😀\n/")
        #expect(value?["é"]?.text == "é")
    }

    @Test(arguments: [
        "", "{", "{}x", #"{"a":1,"a":1}"#, #"{"a":1,"\u0061":2}"#, #"{"x":{"a":1,"a":1}}"#, "[1,]", #"{"a" 1}"#, "01",
        "1.", "+1", "1e", "nul", #""\x""#, #""\ud800""#, #""\udc00""#, #""\u12g4""#, "\"\n\"", #""a"#, "{'a':1}",
        String(repeating: "[", count: 17) + String(repeating: "]", count: 17),
    ])
    func `What is not one JSON value, or says something twice, is refused`(text: String) {
        #expect(TokenJSON(Array(text.utf8)) == nil)
    }

    @Test func `Bytes that are no UTF-8 are refused`() {
        #expect(TokenJSON([0x22, 0xC0, 0xAF, 0x22]) == nil)
    }

    @Test func `Base64 has one text for one value`() {
        func read(_ text: String) -> [UInt8]? { Base64URL.bytes(Array(text.utf8)) }
        #expect(read("") == [])
        #expect(read("AQAB") == [1, 0, 1])
        #expect(read("_-8") == [0xFF, 0xEF])
        // Padding, the other alphabet, space, an impossible length, and bits that say nothing.
        for wrong in ["AA==", "+/8", "AQ AB", "AQAB\n", "A", "AQABA", "AB", "AAB", "é"] {
            #expect(read(wrong) == nil, "\(wrong)")
        }
        for count in 0..<70 {
            let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 37) }
            #expect(read(TokenMaker.text(bytes)) == bytes)
        }
    }

    static let faults: [(String, String, AuthenticationFault)] = [
        (#"{"alg":"none"}"#, "{}", .algorithm),
        (#"{"alg":"None"}"#, "{}", .algorithm),
        (#"{"alg":"HS256"}"#, "{}", .algorithm),
        (#"{"alg":"rs256"}"#, "{}", .algorithm),
        (#"{"alg":["RS256"]}"#, "{}", .algorithm),
        (#"{}"#, "{}", .algorithm),
        (#"{"alg":"RS256","crit":["b64"],"b64":false}"#, "{}", .critical),
        (#"{"alg":"RS256","crit":[]}"#, "{}", .critical),
        (#"{"alg":"RS256","typ":"logout+jwt"}"#, "{}", .type),
        (#"{"alg":"RS256","typ":"dpop+jwt"}"#, "{}", .type),
        (#"{"alg":"RS256","typ":1}"#, "{}", .type),
        (#"{"alg":"RS256","cty":"JWT"}"#, "{}", .type),
        (#"{"alg":"RS256","kid":7}"#, "{}", .malformed),
        (#"{"alg":"RS256","alg":"none"}"#, "{}", .malformed),
        (#"["RS256"]"#, "{}", .malformed),
        (#"{"alg":"RS256"}"#, "[]", .malformed),
        (#"{"alg":"RS256"}"#, #"{"sub":"ada","sub":"root"}"#, .malformed),
        (#"{"alg":"RS256"}"#, "{", .malformed),
    ]

    @Test(arguments: faults)
    func `A token that says something odd is refused before its signature`(
        header: String, claims: String, fault: AuthenticationFault
    ) throws {
        let text = try TokenMaker().signed(header, claims)
        #expect(throws: fault) { try CompactToken(text) }
    }

    @Test func `Parts that are missing, too many, empty or too long are refused`() throws {
        let token = try TokenMaker().token()
        let parts = token.split(separator: ".").map(String.init)
        for wrong in [
            parts[0] + "." + parts[1], token + ".", token + ".AA.AA", parts[0] + "." + parts[1] + ".",
            "." + parts[1] + "." + parts[2], parts[0] + "=." + parts[1] + "." + parts[2],
            parts[0] + "." + parts[1] + "." + parts[2] + "=", "..",
        ] {
            #expect(throws: AuthenticationFault.malformed, "\(wrong)") { try CompactToken(wrong) }
        }
        let long = try TokenMaker().token("{\"x\":\"\(String(repeating: "a", count: 20_000))\"}")
        #expect(throws: AuthenticationFault.tooLarge) { try CompactToken(long) }
        #expect(try CompactToken(token).keyID == "one")
        for type in ["JWT", "jwt", "at+jwt", "application/at+jwt"] {
            var maker = TokenMaker()
            maker.header = ",\"typ\":\"\(type)\""
            #expect(throws: Never.self) { try CompactToken(try maker.token()) }
        }
    }

    @Test func `What has two full stops is meant as a token`() {
        #expect(CompactToken.isMeant(by: "a.b.c"))
        #expect(CompactToken.isMeant(by: "a.b.c.d.e"))
        #expect(!CompactToken.isMeant(by: "sk-1.2"))
        #expect(!CompactToken.isMeant(by: "wk_0123"))
    }

    // MARK: Key sets

    @Test func `The keys of the standards are read, each for its algorithm`() throws {
        let json = """
            {"keys":[
             {"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
              "y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0","kid":"ec"},
             {"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","kid":"ed"}]}
            """
        let set = try KeySets.set(Array(json.utf8))
        #expect(set.keys.map(\.algorithm) == [.es256, .edDSA])
        let token = try CompactToken(
            "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
                + ".DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q")
        let keys = set.keys(for: token)
        #expect(keys.count == 1)
        #expect(keys.allSatisfy { $0.accepts(token.signature, token.signed) })
    }

    @Test func `Keys that are not for signatures, of other kinds, or weak are left out`() throws {
        let first = SigningKeys.firstModulus
        let small =
            "vLLbgTLPZ_R6-J4jc9OePRhd53u3rlQCq4k-2OplnvyxyaL1pY1tyCgDopY5DZtJHjV2cHvC_eXy4TnSFobFZaRFFt6RNZwCc-39qY-KLbff"
            + "31OAHCwaavlROfFFWItn3PPkTCuZWZGq86mHXKYxPfekZmrqkGBXBl8um62kmhk"
        let left = [
            KeySets.key("enc", first, #","use":"enc""#), KeySets.key("ops", first, #","key_ops":["encrypt"]"#),
            KeySets.key("hs", first, #","alg":"HS256""#), KeySets.key("es", first, #","alg":"ES256""#),
            #"{"kty":"oct","k":"AAAA","kid":"oct","alg":"HS256"}"#, KeySets.key("small", small),
            #"{"kty":"EC","crv":"P-384","x":"AA","y":"AA"}"#, #"{"kty":"RSA","n":"!","e":"AQAB"}"#, "7",
        ]
        let json = Array(#"{"keys":[\#((left + [KeySets.first]).joined(separator: ","))]}"#.utf8)
        let set = try KeySets.set(json)
        #expect(set.keys.map(\.id) == ["one"])
        #expect(throws: TokenKeySet.Fault.self) { try KeySets.set(KeySets.json(left[0])) }
    }

    @Test func `An RSA key is for what it says, else for the first that is configured`() throws {
        let json = KeySets.json(
            KeySets.first, KeySets.key("pss", SigningKeys.firstModulus, #","alg":"PS256","use":"sig""#))
        #expect(try KeySets.set(json).keys.map(\.algorithm) == [.rs256, .ps256])
        #expect(try KeySets.set(json, [.ps256, .rs256]).keys.map(\.algorithm) == [.ps256, .ps256])
        #expect(try KeySets.set(json, [.rs256]).keys.map(\.id) == ["one"])
    }

    @Test(arguments: ["", "[]", "{}", #"{"keys":{}}"#, #"{"keys":[],"keys":[]}"#, #"{"keys":[]}"#])
    func `What is no key set is refused`(json: String) {
        #expect(throws: TokenKeySet.Fault.self) { try KeySets.set(Array(json.utf8)) }
    }

    @Test func `A key set is bounded`() {
        let many = [String](repeating: KeySets.first, count: 101).joined(separator: ",")
        #expect(throws: TokenKeySet.Fault.self) { try KeySets.set(Array(#"{"keys":[\#(many)]}"#.utf8)) }
        let long = #"{"keys":[\#(KeySets.first)],"x":"\#(String(repeating: "a", count: 300_000))"}"#
        #expect(throws: TokenKeySet.Fault.self) { try KeySets.set(Array(long.utf8)) }
    }

    @Test func `A discovery document speaks for its own issuer only`() throws {
        let json = Array(#"{"issuer":"https://a.example/","jwks_uri":"https://a.example/keys"}"#.utf8)
        #expect(try DiscoveryDocument(json: json, issuer: "https://a.example/").keysURL == "https://a.example/keys")
        for other in ["https://a.example", "https://b.example/", ""] {
            #expect(throws: DiscoveryDocument.Fault.self) { try DiscoveryDocument(json: json, issuer: other) }
        }
        #expect(DiscoveryDocument.url(of: "https://a.example/") == DiscoveryDocument.url(of: "https://a.example"))
    }

    // MARK: Claims

    static let paths: [(String, [String])] = [
        ("sub", ["ada"]), ("groups", ["a", "b"]), ("groups[1]", ["b"]), ("groups[2]", []), ("/groups/0", ["a"]),
        ("/realm/team", ["search"]), ("https://x.example/team", ["shop"]), ("a/b", ["slash"]), ("/a~1b", ["slash"]),
        ("realm", []), ("none", []), ("/none/deep", []), ("age", ["7"]), ("sub[0]", []),
    ]

    @Test(arguments: paths) func `A path leads to what stands there`(path: String, texts: [String]) throws {
        let json = """
            {"sub":"ada","groups":["a","b"],"realm":{"team":"search"},"https://x.example/team":"shop","a/b":"slash","age":7}
            """
        let claims = try #require(TokenJSON(Array(json.utf8)))
        #expect(try #require(ClaimPath(path)).texts(in: claims) == texts)
    }

    @Test(arguments: ["", "[0]", "a[x]", "a[-1]", "a[99999]"]) func `What is no path is refused`(text: String) {
        #expect(ClaimPath(text) == nil)
    }
}
