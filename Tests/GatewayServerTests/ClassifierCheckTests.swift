import GatewayTypes
import Testing

@testable import GatewayServer

/// What `weir check` has to say of classifiers, of those who use them, and of the time of day.
@Suite struct ClassifierCheckTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let yaml: String
        /// What one line must hold.
        let words: String
        var testDescription: String { words }
    }

    private static let head = """
        weir: 1
        anonymous: true
        providers: { openai: { base_url: "https://api.openai.com/v1" } }

        """

    /// A model that uses the classifier `c`.
    private static func using(_ classifier: String) -> String {
        "classifiers: { c: { default: simple, \(classifier) } }\n"
            + "models: { smart: { classify: c, targets: [{ provider: openai, model: gpt-5, when: { class: hard } }, "
            + "openai/gpt-5-mini] } }\n"
    }

    private static func model(_ text: String) -> String {
        "models: { smart: { \(text) } }\n"
    }

    private static let cases: [Case] = [
        Case(yaml: using("kind: rules"), words: "classifiers.c: has no rules; write rules: [{ class: hard"),
        Case(
            yaml: using("kind: rules, rules: [{ class: hard, words: a, words_min: 2 }]"),
            words: "classifiers.c.rules[0].words_min: is more than there are words; write 1 at most"),
        Case(
            yaml: using("kind: rules, rules: [{ class: hard, turns_min: 3, turns_max: 2 }]"),
            words: "rules[0].turns_min: is more than turns_max; no request is both"),
        Case(
            yaml: using("kind: rules, model: smart, rules: [{ class: hard }]"),
            words: "classifiers.c.model: is of kind: examples or judge; write one of these, or take it out"),
        Case(
            yaml: using("kind: rules, rules: [{ class: hard, language: deutsch }]"),
            words: #"classifiers.c.rules[0].language: unknown value "deutsch""#),
        Case(
            yaml: using("kind: judge, classes: { hard: {}, simple: {} }"),
            words: "classifiers.c: of kind judge asks a model; write model: with one of models"),
        Case(
            yaml: using("kind: judge, model: smrt, classes: { hard: {}, simple: {} }"),
            words: #"classifiers.c.model: unknown model "smrt"; did you mean "smart"?"#),
        Case(
            yaml: using("kind: judge, model: smart, classes: { hard: {} }"),
            words: "classifiers.c.classes: are fewer than two; write one for each kind of request"),
        Case(
            yaml: using("kind: examples, model: smart, classes: { hard: { examples: [x] }, simple: {} }"),
            words: #"classifiers.c.classes.simple: has no examples; write examples: ["a text of this class"]"#),
        Case(
            yaml: using("kind: judge, model: smart, rules: [{ class: hard }], classes: { hard: {}, simple: {} }"),
            words: "classifiers.c.rules: are of kind: rules; write that, or take them out"),
        Case(
            yaml: using("kind: rules, rules: [{ class: difficult }]"),
            words: #"models.smart.targets[0].when.class: unknown class "hard" of c"#),
        Case(
            yaml: model("classify: cc, targets: [openai/gpt-5]"),
            words: #"models.smart.classify: unknown classifier "cc"; declare it under classifiers"#),
        Case(
            yaml: model(
                "targets: [{ provider: openai, model: gpt-5, when: { class: hard } }, openai/gpt-5-mini]"),
            words: "when.class: is never met: the model classifies nothing; write classify: CLASSIFIER"),
        Case(
            yaml: "classifiers: { c: { kind: rules, default: simple, rules: [{ class: hard }] } }\n"
                + model("targets: [openai/gpt-5]"),
            words: "warning: classifiers.c: is never used; write classify: c at a model"),
        Case(
            yaml: "classifiers: { c: { kind: rules, default: simple, rules: [{ class: hard }] } }\n"
                + model("classify: c, targets: [openai/gpt-5]"),
            words: "warning: models.smart.classify: changes nothing: no target has when: { class: … }"),
        Case(
            yaml: model("targets: [{ provider: openai, model: gpt-5, when: { hours: late } }, openai/gpt-5]"),
            words: #"when.hours: "late" is neither days nor hours; write mon-fri, 07:00-20:00 or"#),
        Case(
            yaml: model("targets: [{ provider: openai, model: gpt-5, when: { caller: eve } }, openai/gpt-5]"),
            words: #"when.caller: unknown caller "eve""#),
        Case(
            yaml: "time_zone: Europe/Atlantis\n" + model("targets: [openai/gpt-5]"),
            words: #"time_zone: unknown time zone "Europe/Atlantis"; write a name such as Europe/Berlin or UTC"#),
        Case(
            yaml: model("strategy: best_quality_under, targets: [openai/gpt-5, openai/gpt-5-mini]"),
            words: "models.smart.strategy: needs an amount; write best_quality_under: 0.01 USD"),
        Case(
            yaml: model(
                "strategy: weighted, best_quality_under: 0.01 USD, targets: [openai/gpt-5, openai/gpt-5-mini]"),
            words: "models.smart.best_quality_under: is a strategy of its own, and strategy: weighted another; keep one"
        ),
        Case(
            yaml: model("best_quality_under: 1 cent, targets: [openai/gpt-5, openai/gpt-5-mini]"),
            words: #"models.smart.best_quality_under: "1 cent" is not an amount; write US dollars, such as 0.50 USD"#),
    ]

    @Test(arguments: cases) func `What is wrong is named with its place and the fix`(wrong: Case) {
        let lines = ConfigurationText.lines(Self.head + wrong.yaml)
        #expect(lines.contains { $0.contains(wrong.words) }, "got: \(lines)")
    }

    @Test func `A sound classifier is said nothing about`() {
        let sound = [
            Self.using("kind: rules, rules: [{ class: hard, prompt_tokens_min: 2000 }, { class: hard, code: true }]"),
            Self.using(
                "kind: judge, model: smart, deadline: 2s, classes: { hard: { description: much to think }, simple: {} }"
            ),
            Self.using(
                "kind: examples, model: smart, threshold: 70%, classes: { hard: { examples: [x] }, simple: { examples: [y] } }"
            ),
        ]
        for text in sound { #expect(ConfigurationText.lines(Self.head + text) == []) }
    }

    @Test func `An amount alone says the strategy`() throws {
        let configuration = try ConfigurationText.configuration(
            Self.head + Self.model("best_quality_under: 0.01 USD, targets: [openai/gpt-5, openai/gpt-5-mini]"))
        #expect(configuration.models.first?.effectiveStrategy == .bestQualityUnder)
    }

    @Test func `A time zone's offsets are those of its summer and winter`() throws {
        func seconds(_ zone: ZoneOffsets, _ unix: Int64) -> Int64 {
            zone.seconds(at: WallTime(nanoseconds: unix * 1_000_000_000))
        }
        let autumn = WallTime(nanoseconds: 1_795_392_000 * 1_000_000_000)
        let berlin = try #require(TimeZones.offsets(of: "Europe/Berlin", from: autumn))
        // 23 November 2026 and 1 July 2027.
        #expect(seconds(berlin, 1_795_392_000) == 3600 && seconds(berlin, 1_814_400_000) == 7200)
        #expect(seconds(try #require(TimeZones.offsets(of: "UTC", from: autumn)), 1_814_400_000) == 0)
        #expect(TimeZones.offsets(of: "Europe/Atlantis") == nil)
    }
}
