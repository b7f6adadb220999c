import Testing

/// What `weir check` has to say of guardrails.
@Suite struct GuardrailCheckTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let guardrail: String
        /// What one line must hold.
        let words: String
        var testDescription: String { words }
    }

    @Test(arguments: [
        Case(guardrail: "words: [a]", words: "guardrails.g.kind: missing"),
        Case(guardrail: "kind: word", words: #"guardrails.g.kind: unknown value "word"; did you mean "words"?"#),
        Case(guardrail: "kind: words", words: "guardrails.g.words: are missing; write words: [secret project]"),
        Case(guardrail: "kind: words, words: { Big: [a] }", words: #""Big" is not a reason; write 1 to 32 of a to z"#),
        Case(guardrail: "kind: words, words: [a], patterns: { a: b }", words: "patterns: is of kind: patterns"),
        Case(guardrail: "kind: patterns", words: "guardrails.g.patterns: are missing"),
        Case(guardrail: "kind: patterns, patterns: { a: '(' }", words: "patterns.a: is no pattern of RE2: missing )"),
        Case(
            guardrail: "kind: patterns, patterns: { a: '(?=b)' }",
            words: "patterns.a: is no pattern of RE2: invalid perl"),
        Case(guardrail: "kind: patterns, patterns: { A: b }", words: #""A" is not a reason"#),
        Case(guardrail: "kind: words, words: [a], mode: observe", words: "mode: is of what comes back"),
        Case(
            guardrail: "kind: words, words: [a], mode: observe, phase: output",
            words: "mode: is observe, which changes nothing in a reply; write action: flag, or mode: hold"),
        Case(guardrail: "kind: words, words: [a], deadline: 1s", words: "deadline: is of kinds that ask somebody"),
        Case(guardrail: "kind: words, words: [a], team: nobody", words: #"team: unknown team "nobody""#),
        Case(guardrail: "kind: words, words: [a], model: smrt", words: #"unknown model "smrt"; did you mean "smart"?"#),
    ])
    func `what does not hold is named, with what to write`(given: Case) {
        let lines = ConfigurationText.lines(
            ConfigurationText.minimal(adding: "guardrails: { g: { \(given.guardrail) } }\n"))
        #expect(lines.contains { $0.contains(given.words) }, "\(lines)")
    }

    @Test func `what holds is said nothing about`() {
        let yaml = """
            guardrails:
              a: { kind: words, words: [x, "y z"], phase: both, action: mask, model: smart }
              b: { kind: words, words: { one: x, other: [y] }, shadow: true }
              c: { kind: patterns, patterns: { id: 'A[0-9]+', other: { pattern: b+, reach: 8B, ignore_case: true } } }
              d: { kind: words, words: [x], phase: output, mode: observe, action: flag, on_error: fail_open }

            """
        #expect(
            !ConfigurationText.lines(ConfigurationText.minimal(adding: yaml)).contains { $0.contains("guardrails") })
    }
}
