import Crypto
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
}
