import Crypto
import Foundation
import Testing

@Suite struct CryptoTests {
    private func hex(_ bytes: [UInt8]) -> String {
        bytes.map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
    }

    /// The vectors of FIPS 180-4's examples (NIST CSRC, "SHA256.pdf") and RFC 6234 section 8.5.
    @Test(arguments: [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
    ])
    func `A digest is the one of the standard's example`(text: String, expected: String) {
        #expect(hex(SHA256.digest(text)) == expected)
        #expect(hex(SHA256.digest(Array(text.utf8))) == expected)
    }

    @Test func `A million bytes have the digest of the standard's example`() {
        let bytes = [UInt8](repeating: UInt8(ascii: "a"), count: 1_000_000)
        #expect(hex(SHA256.digest(bytes)) == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
    }

    @Test func `Bytes are equal only when all of them are`() {
        let secret = SHA256.digest("key")
        #expect(ConstantTime.equals(secret, secret))
        #expect(ConstantTime.equals([], []))
        #expect(!ConstantTime.equals(secret, Array(secret.dropLast())))
        for position in secret.indices {
            var other = secret
            other[position] ^= 1
            #expect(!ConstantTime.equals(secret, other))
        }
    }

    @Test func `Random bytes come in the length asked for and do not repeat`() throws {
        #expect(try RandomBytes.make(0).isEmpty)
        let first = try RandomBytes.make(32)
        let second = try RandomBytes.make(32)
        #expect(first.count == 32)
        #expect(first != second)
    }

    /// RFC 4231, sections 4.2, 4.3 and 4.7; the last one of RFC 2104's form with no key at all, from OpenSSL's command.
    @Test(arguments: [
        (
            [UInt8](repeating: 0x0B, count: 20), "Hi There",
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
        ),
        (
            Array("Jefe".utf8), "what do ya want for nothing?",
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        ),
        (
            [UInt8](repeating: 0xAA, count: 131), "Test Using Larger Than Block-Size Key - Hash Key First",
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
        ),
        ([], "", "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad"),
    ])
    func `A message's code is the one of the standard's example`(key: [UInt8], message: String, expected: String) {
        #expect(hex(HMACSHA256.sign(key: key, message: message)) == expected)
    }

    @Test func `An RSA signature is the one of the standard's example`() throws {
        let signer = try RSASigner(pem: PublishedKey.pem)
        let signature = try signer.sign(Array(PublishedKey.signingInput.utf8))
        var expected = PublishedKey.signature.replacing("-", with: "+").replacing("_", with: "/")
        expected += String(repeating: "=", count: (4 - expected.utf8.count % 4) % 4)
        #expect(signature == Data(base64Encoded: expected).map { [UInt8]($0) })
    }

    @Test(arguments: ["", "no key", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"])
    func `What is no RSA key is refused`(pem: String) {
        #expect(throws: RSASigner.Fault.self) { try RSASigner(pem: pem) }
    }
}
