import Guardrails
import Testing

@Suite struct PersonalDetectorTests {
    private static let all = PersonalDetector()

    /// What is found, as `reason:stretch`.
    private func found(_ text: String, by detector: PersonalDetector = Self.all) -> [String] {
        let bytes = Array(text.utf8)
        return detector.findings(in: text).map {
            "\($0.reason.text):\(String(decoding: bytes[$0.range], as: UTF8.self))"
        }
    }

    @Test(arguments: [
        (
            "write to jürgen.x@müller.de or foo+bar@mail.example.org.",
            ["email:jürgen.x@müller.de", "email:foo+bar@mail.example.org"]
        ),
        ("我的邮箱是foo@bar.com,谢谢", ["email:foo@bar.com"]),
        ("call +49 (0) 5102 734646 or (0141)4960232.", ["phone:+49 (0) 5102 734646", "phone:(0141)4960232"]),
        ("my number: 415-555-2671 x12, thanks", ["phone:415-555-2671 x12"]),
        ("telefon 612943578", ["phone:612943578"]),
        ("Überweisung auf DE89 3704 0044 0532 0130 00.", ["iban:DE89 3704 0044 0532 0130 00"]),
        ("gb29nwbk60161331926819", ["iban:gb29nwbk60161331926819"]),
        (
            "4111-1111-1111-1111 and 378282246310005",
            ["payment_card:4111-1111-1111-1111", "payment_card:378282246310005"]
        ),
        (
            "from 93.184.216.34:80 and 2001:db8:85a3::8a2e:370:7334",
            ["ip_address:93.184.216.34", "ip_address:2001:db8:85a3::8a2e:370:7334"]
        ),
    ])
    func `Addresses, numbers and accounts are found where they stand`(text: String, findings: [String]) {
        #expect(found(text) == findings)
    }

    @Test(arguments: [
        "US SSN 536-90-4399", "ZR123456A", "ZR 12 34 56 A", "86095742719", "2 55 08 14 168 025 38", "184122A45108933",
        "12345678Z", "X1234567L", "RSSMRA85T10A562S", "BSN 111222333", "44051401359", "811218-9876", "111.444.777-35",
        "Aadhaar 2341 2341 2346", "756.9217.0769.85", "131052-308T", "85.07.30-033.28", "10000000146", "1800101221144",
        "11010519491231002X", "900101-1234567", "12.345.678-5", "S1234567D", "A123456789", "HEGG560427MVZRRL04",
        "8001015009087",
    ])
    func `A country's personal number is found`(text: String) {
        #expect(found(text).filter { $0.hasPrefix("national_id:") }.count == 1, "got \(found(text))")
    }

    @Test(arguments: [
        ("sk-proj-Ab12Cd34Ef56Gh78Ij90", "api_key"), ("ghp_0123456789abcdefghijABCDEFGHIJ012345", "api_key"),
        ("AKIA2E0A8F3B244C9986", "cloud_credential"), ("xoxb-123456789012-abcdefABCDEF123456789012", "api_key"),
        ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dGhlIHNpZ25hdHVyZQ", "jwt"),
        ("wk_0a1B2c3D4e_0123456789abcdefghijklmnopqrstuvwxyzABCDEFG", "api_key"),
        ("postgres://app:s3cr3t99@db/x", "secret"),
        ("DB_PASSWORD=hunter2!x", "secret"), ("\"client_secret\": \"a8Fk29dLq0zXw7Tn31\"", "secret"),
        (
            "-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg\n-----END PRIVATE KEY-----\n",
            "private_key"
        ),
    ])
    func `Keys, tokens and passwords are found by their form`(text: String, reason: String) {
        #expect(
            found("use \(text) now").map { $0.prefix { $0 != ":" } } == [reason[...]], "got \(found("use \(text) now"))"
        )
    }

    @Test(arguments: [
        "2023-05-12 10:30:00.123456", "Decimal('0.693147181')", "version 2.6.32.10", "ISBN 978-3-16-148410-0",
        "1.234.567.890",
        "200.000.000 dollars", "localhost 127.0.0.1 and 255.255.255.0", "std::vector<int> a; x[1::2]", "12:34:56",
        "password = get_password()", "password: please choose one", "token = os.environ['TOKEN']",
        "api_key: <your key>",
        "https://example.org/status/1234567890123456", "user@localhost, @decorator, a@b",
        "commit 3f786850e387550fdab836ed7e6dc881de23001b",
        "4111 1111 1111 1112", "DE89 3704 0044 0532 0130 01", "1234567890123", "sk-learn-estimator-doc-link-container",
        "#4111111111111111",
        "20 30 40 50", "-----BEGIN PUBLIC KEY-----", "eyJ is how JSON begins", "a 10000000 b 123456789 c",
    ])
    func `What only looks like it is left alone`(text: String) {
        #expect(found(text) == [])
    }

    @Test func `Only what is asked for is found, of whose countries`() {
        let text = "a@b.org, SSN 536-90-4399, PESEL 44051401359, 415-555-2671"
        #expect(found(text, by: PersonalDetector(types: [.email])) == ["email:a@b.org"])
        let polish = PersonalDetector(types: [.nationalID, .phone], countries: [.pl])
        #expect(found(text, by: polish) == ["national_id:44051401359"])
        #expect(polish.reasons.map(\.text) == ["phone", "national_id"])
    }

    @Test func `Allowed values and domains are left alone`() {
        let detector = PersonalDetector(allowed: ["Example.com", "help@weir.org", "93.184.216.34"])
        let text = "x@example.com y@mail.EXAMPLE.com z@notexample.com help@weir.org me@weir.org 93.184.216.34"
        #expect(found(text, by: detector) == ["email:z@notexample.com", "email:me@weir.org"])
    }
}
