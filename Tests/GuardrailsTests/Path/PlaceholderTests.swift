import Testing

@testable import Guardrails

@Suite struct PlaceholderTests {
    @Test func `the same value has the same placeholder, and another one another`() {
        var placeholders = Placeholders()
        let email = Reason("email")
        #expect(placeholders.word(for: "a@b.c", email) { _ in false } == "[EMAIL_1]")
        #expect(placeholders.word(for: "d@e.f", email) { _ in false } == "[EMAIL_2]")
        #expect(placeholders.word(for: "a@b.c", email) { _ in false } == "[EMAIL_1]")
        #expect(placeholders.word(for: "a@b.c", Reason("login")) { _ in false } == "[LOGIN_1]")
    }

    @Test func `what stands in the request already is no placeholder`() {
        var placeholders = Placeholders()
        #expect(placeholders.word(for: "x", Reason("email")) { $0 == "[EMAIL_1]" } == "[EMAIL_2]")
    }

    @Test func `restoring what was masked is the text itself, wherever it is cut`() {
        var random = SystemRandomNumberGenerator()
        var placeholders = Placeholders()
        let values = ["ann@example.com", "+49 30 1234", "[odd", "[EMAIL", "\"quoted\"\n"]
        let words = values.map { placeholders.word(for: $0, Reason("email")) { _ in false } }
        for _ in 0..<2_000 {
            let picks = (0..<8).map { _ in Int.random(in: 0..<values.count, using: &random) }
            let fillers = picks.map { _ in
                ["", " ", "[", "[[", "[EMAIL_", "é", "]"].randomElement(using: &random) ?? ""
            }
            let masked = zip(picks, fillers).map { words[$0] + $1 }.joined()
            let original = zip(picks, fillers).map { values[$0] + $1 }.joined()
            var restorer = Restorer(placeholders, escapes: false)
            var (restored, rest) = ("", Substring(masked))
            while !rest.isEmpty {
                let size = Int.random(in: 1...5, using: &random)
                restored += restorer.take(String(rest.prefix(size)))
                rest = rest.dropFirst(size)
            }
            #expect(restored + restorer.end() == original)
        }
    }

    @Test func `in the arguments of a call values stand as JSON has them`() {
        var placeholders = Placeholders()
        let word = placeholders.word(for: "a\"b\\c\n\u{1}é", Reason("name")) { _ in false }
        var restorer = Restorer(placeholders, escapes: true)
        #expect(restorer.take("{\"to\":\"\(word)\"}") == #"{"to":"a\"b\\c\n\u0001é"}"#)
    }
}
