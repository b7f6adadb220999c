import Crypto
import Foundation
import Testing

/// Signatures that standards have published, and what must not pass for one.
@Suite struct VerificationTests {
    private static func bytes(_ text: String) -> [UInt8] {
        var plain = text.replacing("-", with: "+").replacing("_", with: "/")
        plain += String(repeating: "=", count: (4 - plain.utf8.count % 4) % 4)
        return Data(base64Encoded: plain).map { [UInt8]($0) } ?? []
    }

    private static let claims =
        "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
    private static let modulus = bytes(
        """
        ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2\
        lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEM\
        a2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PA\
        cDTW9gb54h4FRWyuXpoQ
        """)
    private static let exponent: [UInt8] = [1, 0, 1]
    private static let rsaMessage = "eyJhbGciOiJSUzI1NiJ9." + claims
    private static let x = bytes("f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU")
    private static let y = bytes("x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0")
    private static let edwards = bytes("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")

    struct Vector: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let key: PublicKeyMaterial
        let message: String
        let signature: [UInt8]
    }

    static let vectors = [
        Vector(
            testDescription: "RFC 7515, A.2", key: .rsa(modulus: modulus, exponent: exponent), message: rsaMessage,
            signature: bytes(PublishedKey.signature)),
        // Of the same key, made with OpenSSL; RFC 7520 has none with SHA-256.
        Vector(
            testDescription: "RSASSA-PSS", key: .rsaPSS(modulus: modulus, exponent: exponent), message: rsaMessage,
            signature: bytes(
                """
                gvMGiNczMdgSpZP1D-JqpRAVesCz-VhWIB902XZI21EPWAO9s0iMvl-R7mRH8eKfx1HE2IFCOv-UolJKWHiGa1I1rOLdQETFT9Te494\
                QKmx5s5yQLQaZ7qV7pkzazwsG06ic6f5CoiJhqHW_Mo43oBpbrQYly_dQ5q6uLZPQte_JQiSMC9pTyapaF69j_lIGfh3QpVRjcq8QhG\
                cM-baPfEnwzuk2mgrB1RLQ0ERqxKN0_EUynxM0bVNy4Z1CNYSXFkmVOHgzl79OogQCHeIFlCyi7T4_XXdGYqzcrVKMJWhb6sVN-YuNX8\
                sHitphrJXOEpeP95pyvZAg4fl8UB-2cg
                """)),
        Vector(
            testDescription: "RFC 7515, A.3", key: .p256(x: x, y: y), message: "eyJhbGciOiJFUzI1NiJ9." + claims,
            signature: bytes(
                "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q")),
        Vector(
            testDescription: "RFC 8037, A.4", key: .ed25519(edwards),
            message: "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc",
            signature: bytes(
                "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg")),
    ]

    @Test(arguments: vectors) func `A published signature is accepted, and no other than it`(vector: Vector) throws {
        let key = try VerificationKey(vector.key)
        let message = Array(vector.message.utf8)
        #expect(key.accepts(vector.signature, of: message))
        #expect(!key.accepts(vector.signature, of: message + [0x20]))
        #expect(!key.accepts([], of: message))
        #expect(!key.accepts(Array(vector.signature.dropLast()), of: message))
        #expect(!key.accepts(vector.signature + [0], of: message))
        for position in stride(from: 0, to: vector.signature.count, by: 7) {
            var other = vector.signature
            other[position] ^= 1
            #expect(!key.accepts(other, of: message), "bit of byte \(position)")
        }
    }

    @Test func `A key checks in its own way only`() throws {
        let message = Array(Self.rsaMessage.utf8)
        let plain = try VerificationKey(.rsa(modulus: Self.modulus, exponent: Self.exponent))
        let pss = try VerificationKey(.rsaPSS(modulus: Self.modulus, exponent: Self.exponent))
        #expect(!plain.accepts(Self.vectors[1].signature, of: message))
        #expect(!pss.accepts(Self.vectors[0].signature, of: message))
    }

    @Test func `A PSS signature with a shorter salt than the digest is refused`() throws {
        let signature = Self.bytes(
            """
            VXUdYX-pCzc47U3WPY_YiIxXKPSnIHzh38Zz23fUgW-H4-B1X6xs5WY-bcY-pkXCAxCjgu346miMpYS9VOKL60U4ag6F-O7QEAAdyQJnz1\
            GnMxo-yP1fyv1VsZfNT4D7EDslM90SPFNybACl-YvBrxrpJGrHcuSRct3-ODph9aw27CEERFmglsU2-tD62moQuGwYVU4mU7Lw7x2rbzv2Bv\
            XkjTFZmivLvsuuK0geHoza5vkNh8QT3fhLlP2_aI-xGfIdBlFEsV-O_jbNa0MVG00KsKJwbEW9NBkcMDVsVAdqhHNNAi07SdnewQHF7tSn-9\
            YRbkJKLwkqmsy9SvrtzA
            """)
        let pss = try VerificationKey(.rsaPSS(modulus: Self.modulus, exponent: Self.exponent))
        #expect(signature.count == 256)
        #expect(!pss.accepts(signature, of: Array(Self.rsaMessage.utf8)))
    }

    @Test func `Numbers of zero make no signature`() throws {
        // The classic of 2022: r = s = 0 satisfied an equation that nobody had fenced.
        let key = try VerificationKey(.p256(x: Self.x, y: Self.y))
        #expect(!key.accepts([UInt8](repeating: 0, count: 64), of: Array(Self.vectors[2].message.utf8)))
        #expect(!key.accepts([UInt8](repeating: 0xFF, count: 64), of: Array(Self.vectors[2].message.utf8)))
    }

    static let impossible: [PublicKeyMaterial] = [
        .rsa(modulus: Array(modulus.prefix(128)), exponent: exponent),
        .rsa(modulus: [], exponent: exponent),
        .rsa(modulus: modulus, exponent: []),
        .rsa(modulus: modulus, exponent: [1]),
        .rsa(modulus: modulus, exponent: [2]),
        .rsa(modulus: modulus, exponent: [UInt8](repeating: 0xFF, count: 9)),
        .rsa(modulus: [UInt8](repeating: 0xFF, count: 1026), exponent: exponent),
        .p256(x: x, y: x),
        .p256(x: x, y: Array(y.dropLast())),
        .p256(x: [UInt8](repeating: 0, count: 32), y: [UInt8](repeating: 0, count: 32)),
        .ed25519(Array(edwards.dropLast())),
    ]

    @Test(arguments: impossible) func `What makes no key, or a weak one, is refused`(material: PublicKeyMaterial) {
        #expect(throws: VerificationKey.Fault.self) { try VerificationKey(material) }
    }
}
