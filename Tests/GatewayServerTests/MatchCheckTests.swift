import Testing

@testable import GatewayServer

/// What `weir check` has to say of models that lead on to other routes.
@Suite struct MatchCheckTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let match: String
        /// What one line must hold.
        let words: String
        var testDescription: String { words }
    }

    private static let others =
        "fast: { targets: [openai/y] }, led: { targets: [openai/z], match: [{ when: { needs: images }, route: fast }] }"

    private static let cases: [Case] = [
        Case(
            match: "{ when: { needs: tools }, route: fst }",
            words: #"models.smart.match[0].route: unknown model "fst"; did you mean "fast"?"#),
        Case(
            match: "{ when: { needs: tools }, route: smart }",
            words: "models.smart.match[0].route: is the model itself, which is taken where nothing matches; take it out"
        ),
        Case(
            match: "{ when: { needs: tools }, route: led }",
            words: "models.smart.match[0].route: leads on itself (models.led.match), and matches are applied once"),
        Case(
            match: "{ when: {}, route: fast }",
            words: "models.smart.match[0].when: holds for every request; write team, caller"),
        Case(
            match: "{ when: {}, route: fast }, { when: { needs: tools }, route: fast }",
            words: "models.smart.match[0].when: holds for every request, and what follows is never reached; write"),
        Case(
            match: "{ when: { team: nobody }, route: fast }",
            words: #"models.smart.match[0].when.team: unknown team "nobody""#),
        Case(
            match: "{ when: { class: hard }, route: fast }",
            words: "models.smart.match[0].when.class: is not known yet: a request is classified once its route is found"
        ),
        Case(match: "{ route: fast }", words: "models.smart.match[0].when: missing; write it"),
    ]

    @Test(arguments: cases) func `What is wrong with a match is named with its place and the fix`(wrong: Case) {
        let yaml = "models: { smart: { targets: [openai/x], match: [\(wrong.match)] }, \(Self.others) }\n"
        let lines = ConfigurationText.lines(ConfigurationText.minimal(without: ["models"], adding: yaml))
        #expect(lines.contains { $0.contains(wrong.words) && !$0.contains("warning") }, "\(lines)")
    }

    @Test func `A match that leads somewhere is no problem`() {
        let yaml =
            "models: { smart: { targets: [openai/x], match: [{ when: { needs: tools }, route: fast }] }, fast: { targets: [openai/y] } }\n"
        #expect(ConfigurationText.lines(ConfigurationText.minimal(without: ["models"], adding: yaml)).isEmpty)
    }
}
