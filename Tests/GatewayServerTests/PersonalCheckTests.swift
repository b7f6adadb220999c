import Testing

@testable import GatewayServer

@Suite struct PersonalCheckTests {
    private func lines(_ personal: String) -> [String] {
        ConfigurationText.lines(
            ConfigurationText.minimal() + "guardrails: { private: { kind: pii, action: mask, pii: { \(personal) } } }\n"
        )
    }

    @Test(arguments: [
        ("types: [mail]", "types", "email"), ("countries: [uz]", "countries", "did you mean"),
        ("types: [email], countries: [de]", "countries", "phone and national_id"),
        ("allow: ['@example.com']", "allow", "\"example.com\""),
        ("country: [de]", "country", "countries"),
    ])
    func `What is wrong is named, with what is right`(written: String, field: String, words: String) {
        let said = lines(written)
        #expect(
            said.contains { $0.contains(": guardrails.private.pii") && $0.contains(field) && $0.contains(words) },
            "got: \(said)")
    }

    @Test(arguments: ["", "types: [email, phone], countries: [no, in, us], allow: [example.com]", "types: jwt"])
    func `What is right is taken`(written: String) {
        #expect(!lines(written).contains { $0.contains("guardrails") }, "got: \(lines(written))")
    }
}
