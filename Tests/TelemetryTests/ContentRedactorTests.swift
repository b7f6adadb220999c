import TestSupport
import Testing

@testable import Telemetry

@Suite struct ContentRedactorTests {
    private static let pem = """
        -----BEGIN RSA PRIVATE KEY-----
        MIIEpAIBAAKCAQEA0Z3VS5JJcds3xfn
        -----END RSA PRIVATE KEY-----
        """

    @Test(arguments: [
        ("my key is sk-proj-abcdefghijklmnop1234, keep it", "my key is [redacted: key], keep it"),
        ("AKIAIOSFODNN7EXAMPLE", "[redacted: key]"),
        ("(ghp_0123456789abcdefghij0123456789abcdef)", "([redacted: key])"),
        ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln", "[redacted: key]"),
        ("Authorization: Bearer abcdefgh1234", "Authorization: Bearer [redacted: token]"),
        ("authorization: BEARER   aaaaaaaaaaaaaaaaaaaaaaaa", "authorization: BEARER   [redacted: token]"),
        ("write to ada.lovelace+x@mail.example.org.", "write to [redacted: e-mail]."),
        ("a@b.co,c@d.org", "[redacted: e-mail],[redacted: e-mail]"),
        ("card 4111 1111 1111 1111 of 12/29", "card [redacted: card] of 12/29"),
        ("4111-1111-1111-1111", "[redacted: card]"), ("378282246310005", "[redacted: card]"),
        ("4111111111111111 123", "[redacted: card] 123"), ("7 4111111111111111", "7 [redacted: card]"),
        ("before \(pem) after", "before [redacted: private key] after"),
        ("-----BEGIN PRIVATE KEY-----\\nMIIE", "[redacted: private key]"),
        ("ünïcode 😀 sk-abcdefghijklmnopqrst 😀", "ünïcode 😀 [redacted: key] 😀"),
    ])
    func `Secrets of a known form are taken out`(text: String, redacted: String) {
        #expect(ContentRedactor.redact(text) == redacted)
    }

    @Test(arguments: [
        "", "plain words", "the bearer of good news", "sk-short", "task-force-of-twenty-people-or-more",
        "user@localhost", "@home", "a@", "4111 1111 1111 1112", "1234567890123", "00000000000000", "-----BEGIN",
        "-----BEGIN CERTIFICATE-----\nMIIE\n-----END CERTIFICATE-----", "2026-11-22 10:00:00.000000",
        "Bearer", "bearer certificates", "4111 1111", "😀",
    ])
    func `What only resembles one stays`(text: String) {
        #expect(ContentRedactor.redact(text) == text)
    }

    /// Texts that make a careless search take the square of their length.
    @Test(arguments: ["-----BEGIN ", "a@", "sk-", "bearer ", "1 ", "@", "4-", "eyJ.", "-", "a.b@c.d-"])
    func `Twice the text takes about twice as long`(piece: String) {
        func time(_ count: Int) -> Double {
            let text = String(repeating: piece, count: count)
            return cpuSeconds { _ = ContentRedactor.redact(text) }
        }
        _ = time(1_000)
        let short = min(time(20_000), time(20_000))
        // Eight times the length: 8 where it grows with it, 64 where with its square.
        #expect(min(time(160_000), time(160_000)) < max(short * 30, 0.05))
    }
}
