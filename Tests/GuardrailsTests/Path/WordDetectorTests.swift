import Testing

@testable import Guardrails

@Suite struct WordDetectorTests {
    private static func words(_ words: String..., in text: String) -> [String] {
        let bytes = Array(text.utf8)
        return WordDetector([(Reason("word"), words)]).findings(in: text).map {
            String(decoding: bytes[$0.range], as: UTF8.self)
        }
    }

    @Test(arguments: [
        ("the Secret Project is", ["Secret Project"]), ("SECRET\n  PROJECT", ["SECRET\n  PROJECT"]),
        ("secret projects", []), ("topsecret project", []), ("secret_project", []),
        ("(secret project)", ["secret project"]),
        ("sec\u{200B}ret project", ["sec\u{200B}ret project"]),
        ("secret project secret project", ["secret project", "secret project"]),
        ("", []), ("secret", []), ("secret \u{00A0}project", ["secret \u{00A0}project"]),
    ])
    func `phrases are found whole, in either case and across white space`(text: String, found: [String]) {
        #expect(Self.words("secret project", in: text) == found)
    }

    @Test func `letters of other scripts fold and bound words`() {
        #expect(Self.words("straße", in: "Die STRAßE, die Straßen, straße") == ["STRAßE", "straße"])
        #expect(Self.words("проект", in: "ПРОЕКТ проекты") == ["ПРОЕКТ"])
        // Scripts without blanks have no whole words.
        #expect(Self.words("機密", in: "これは機密です") == ["機密"])
    }

    @Test func `words that overlap or hold one another are one finding`() {
        #expect(Self.words("a b", "b c", "c d", in: "x a b c d y") == ["a b c d"])
        #expect(Self.words("he", "she said he", in: "she said he knew") == ["she said he"])
    }

    @Test func `each group has its reason`() {
        let detector = WordDetector([(Reason("competitor"), ["Acme"]), (Reason("project"), ["Blue Heron"])])
        #expect(detector.findings(in: "acme and blue heron").map(\.reason.text) == ["competitor", "project"])
        #expect(detector.reasons.map(\.text) == ["competitor", "project"])
    }

    @Test func `what is found is what a search for each word finds`() {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<300 {
            let words = (0..<5).map { _ in
                String((0..<Int.random(in: 1...3, using: &random)).map { _ in "ab".randomElement() ?? "a" })
            }
            let text = String((0..<40).map { _ in "ab ".randomElement() ?? " " })
            var covered = Set<Int>()
            let bytes = Array(text.utf8)
            for word in words {
                let wanted = Array(word.utf8)
                for start in 0...(bytes.count - wanted.count) where Array(bytes[start..<start + wanted.count]) == wanted
                {
                    let isStart = start == 0 || bytes[start - 1] == 0x20
                    let end = start + wanted.count
                    if isStart, end == bytes.count || bytes[end] == 0x20 { covered.formUnion(start..<end) }
                }
            }
            let found = WordDetector([(Reason("word"), words)]).findings(in: text)
            #expect(found.reduce(into: Set<Int>()) { $0.formUnion($1.range) } == covered, "\(words) in \(text)")
        }
    }
}
