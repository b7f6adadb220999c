import Guardrails
import TestSupport
import Testing

@Suite struct PersonalWindowTests {
    private static let detector = PersonalDetector()

    /// What findings begin and end with, what is cut off, and what nearly is one.
    private static let pieces: [String] = [
        "mail ", "foo.bar@example.org", "jürgen@müller.de", ", ", " ", "\n", "call ", "+49 30 1234567", "(0141)4960232",
        "415-555-2671",
        " x12", "4111 1111 1111 1111", "4111-1111-1111-1111", "378282246310005", "SSN ", "536-90-4399",
        "DE89 3704 0044 0532 0130 00",
        "93.184.216.34", "2001:db8:85a3::8a2e:370:7334", "::ffff:10.1.2.3", "12345678Z", "ZR 12 34 56 A", "131052-308T",
        "password = ",
        "\"hunter2!x\"", "secret: a8Fk29dLq0zXw7Tn31", "https://app:s3cr3t99@db.example.org/x",
        "sk-proj-Ab12Cd34Ef56Gh78Ij90",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dGhlIHNpZ25hdHVyZQ", "AKIA2E0A8F3B244C9986", "@", "-", "--", ".", ":",
        "=", "(", "+",
        "1", "22", "333", "4444", "word", "a", "Ünï", "電話", "\u{A0}", "X-1234567-L", "44051401359",
        "abcdefghijklmnopqrstuvwxyz0123456789",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg\n-----END PRIVATE KEY-----",
        "-----BEGIN PRIVATE KEY-----\n",
        "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgMIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg",
    ]

    /// Findings of a text that comes in chunks, of which only what is undecided and its context is kept.
    private func findings(_ bytes: [UInt8], cuts: [Int]) -> (found: [Finding], heldMax: Int) {
        var (found, window, base, decided, heldMax) = ([Finding](), [UInt8](), 0, 0, 0)
        for (index, cut) in cuts.enumerated() {
            window += bytes[base + window.count..<cut]
            var new: [Finding] = []
            decided = Self.detector.find(in: window.span, from: decided, isEnd: index == cuts.count - 1, into: &new)
            found += new.map { Finding($0.range.lowerBound + base..<$0.range.upperBound + base, $0.reason) }
            heldMax = max(heldMax, window.count - decided)
            let dropped = max(0, decided - Self.detector.contextBytes)
            window.removeFirst(dropped)
            (base, decided) = (base + dropped, decided - dropped)
        }
        return (found, heldMax)
    }

    @Test func `A stream cut anywhere has the findings of the whole, in 10,000 random splits`() {
        var random = SeededGenerator(seed: 7)
        var (total, splits) = (0, 0)
        for _ in 0..<1_000 {
            let text = (0..<Int.random(in: 1...30, using: &random)).map { _ in
                Self.pieces.randomElement(using: &random) ?? ""
            }.joined()
            let bytes = Array(text.utf8)
            let whole = Self.detector.findings(in: text)
            total += whole.count
            for _ in 0..<10 {
                splits += 1
                let count = Int.random(in: 0...12, using: &random)
                let cuts =
                    (0..<count).map { _ in Int.random(in: 0...bytes.count, using: &random) }.sorted() + [bytes.count]
                let (found, heldMax) = findings(bytes, cuts: cuts)
                #expect(found == whole, "\(text.debugDescription) cut at \(cuts)")
                #expect(heldMax <= Self.detector.reachBytes)
                if found != whole { return }
            }
        }
        #expect(splits == 10_000 && total > 1_500, "\(total) findings")
    }

    @Test func `Byte by byte, prose holds back no more than its last word`() {
        let bytes = Array("The quick brown fox jumps over the lazy dog, and then it sleeps. So do we: good night.".utf8)
        #expect(findings(bytes, cuts: Array(1...bytes.count)).heldMax <= 8)
    }

    @Test func `A key that is longer than any is found up to the longest, and no more is held back`() {
        let bytes = Array(("-----BEGIN RSA PRIVATE KEY-----\n" + String(repeating: "QUJD", count: 5_000)).utf8)
        let (found, heldMax) = findings(bytes, cuts: Array(stride(from: 100, to: bytes.count, by: 100)) + [bytes.count])
        #expect(found.map(\.reason.text) == ["private_key"])
        #expect(heldMax <= Self.detector.reachBytes)
    }
}
