import GatewayTypes
import NIOCore
import Testing

@testable import Routing

/// What the rules of a classifier see of a request.
@Suite struct ClassRuleTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let rule: @Sendable (ClassNames) -> ClassRule
        let text: String
        var facts = RequestFacts()
        var surface = Surface.openAIChat
        /// Nil: it does not fit.
        let fitted: String?
    }

    private static func rule(_ set: @escaping @Sendable (inout ClassRule) -> Void)
        -> @Sendable (ClassNames) -> ClassRule
    {
        { names in
            var rule = ClassRule(names.hard)
            set(&rule)
            return rule
        }
    }

    private static func facts(_ set: (inout RequestFacts) -> Void) -> RequestFacts {
        var facts = RequestFacts()
        set(&facts)
        return facts
    }

    private static let code = "Why?\n```swift\nlet a = 1\n```"

    static let cases: [Case] = [
        Case(testDescription: "nothing set fits all", rule: rule { _ in }, text: "", fitted: ""),
        Case(
            testDescription: "long enough", rule: rule { $0.promptTokensMin = 100 }, text: "",
            facts: facts { $0.textBytes = 400 }, fitted: "100 prompt tokens are at least 100"),
        Case(
            testDescription: "one token too short", rule: rule { $0.promptTokensMin = 100 }, text: "",
            facts: facts { $0.textBytes = 399 }, fitted: nil),
        Case(
            testDescription: "short enough", rule: rule { $0.promptTokensMax = 100 }, text: "",
            facts: facts { $0.textBytes = 403 }, fitted: "100 prompt tokens are at most 100"),
        Case(
            testDescription: "too long", rule: rule { $0.promptTokensMax = 100 }, text: "",
            facts: facts { $0.textBytes = 404 }, fitted: nil),
        Case(
            testDescription: "many turns", rule: rule { $0.turnsMin = 5 }, text: "",
            facts: facts { $0.messageCount = 6 }, fitted: "6 messages"),
        Case(
            testDescription: "too few turns", rule: rule { $0.turnsMin = 5 }, text: "",
            facts: facts { $0.messageCount = 4 }, fitted: nil),
        Case(
            testDescription: "images", rule: rule { $0.needs = [.images] }, text: "",
            facts: facts { $0.imageCount = 1 }, fitted: "needs images"),
        Case(
            testDescription: "images and tools are both needed", rule: rule { $0.needs = [.images, .tools] }, text: "",
            facts: facts { $0.imageCount = 1 }, fitted: nil),
        Case(
            testDescription: "another operation", rule: rule { $0.operations = [.embeddings] }, text: "", fitted: nil),
        Case(
            testDescription: "the operation", rule: rule { $0.operations = [.embeddings] }, text: "",
            surface: .openAIEmbeddings, fitted: "operation embeddings"),
        Case(
            testDescription: "a word, whatever its case and punctuation",
            rule: { ClassRule($0.hard, words: ["prove"]) },
            text: "Please PROVE, that …", fitted: "1 of its words"),
        Case(
            testDescription: "a part of a word is not the word", rule: { ClassRule($0.hard, words: ["prove"]) },
            text: "It is proven.", fitted: nil),
        Case(
            testDescription: "a phrase over a line's end", rule: { ClassRule($0.hard, words: ["step by step"]) },
            text: "Explain step\nby step.", fitted: "1 of its words"),
        Case(
            testDescription: "two different words are wanted",
            rule: { names in
                var rule = ClassRule(names.hard, words: ["prove", "lemma", "theorem"])
                rule.wordsMin = 2
                return rule
            }, text: "prove it, prove it", fitted: nil),
        Case(
            testDescription: "a script without spaces", rule: { ClassRule($0.hard, words: ["証明"]) },
            text: "これを証明してください", fitted: "1 of its words"),
        Case(
            testDescription: "code", rule: rule { $0.holdsCode = true }, text: code, fitted: "holds code"),
        Case(
            testDescription: "no code is wanted", rule: rule { $0.holdsCode = false }, text: code, fitted: nil),
        Case(
            testDescription: "code without a fence", rule: rule { $0.holdsCode = true },
            text: "import os\ndef f(x):\n    return x;\n", fitted: "holds code"),
        Case(
            testDescription: "prose is no code", rule: rule { $0.holdsCode = true },
            text: "I let him go.\nHe said: return!\nSo what?", fitted: nil),
        Case(
            testDescription: "a list", rule: rule { $0.holdsList = true },
            text: "Do:\n1. this\n2) that\n- and more", fitted: "holds a list"),
        Case(
            testDescription: "numbers are no list", rule: rule { $0.holdsList = true }, text: "1\n2\n3", fitted: nil),
        Case(
            testDescription: "language and size together",
            rule: rule {
                $0.languages = [.german]
                $0.promptTokensMin = 1
            }, text: "Wie ist das Wetter und was soll ich anziehen?", facts: facts { $0.textBytes = 44 },
            fitted: "11 prompt tokens are at least 1, language de"),
    ]

    @Test(arguments: cases) func `A rule fits what it says`(one: Case) {
        let request = ModelRequest(
            surface: one.surface, askedModel: "smart", stream: false, body: ByteBuffer(string: one.text),
            facts: one.facts)
        #expect(one.rule(ClassNames()).fit(request) { PromptText(one.text) } == one.fitted)
    }

    @Test func `The text is not read for a rule that does not look at it, or that something else has failed`() {
        var rule = ClassRule(ClassNames().hard)
        rule.promptTokensMin = 100
        let request = ModelRequest(
            surface: .openAIChat, askedModel: "smart", stream: false, body: ByteBuffer(), facts: RequestFacts())
        func unread() -> PromptText? {
            Issue.record("the text was read")
            return nil
        }
        #expect(rule.fit(request, unread) == nil)
        rule.holdsCode = true
        #expect(rule.fit(request, unread) == nil)
        rule = ClassRule(ClassNames().hard)
        #expect(rule.fit(request, unread) == "")
    }

    @Test(arguments: [
        ("What is the weather like and how do I get there?", PromptLanguage.english),
        ("Was ist der Unterschied und wie geht das mit einem Beispiel?", .german),
        ("Quelle est la différence entre les deux et comment faire pour les utiliser ?", .french),
        ("¿Cuál es la diferencia y cómo se usa para los datos del cliente?", .spanish),
        ("Qual è la differenza tra le due e come si usa per gli altri nel progetto?", .italian),
        ("Qual é a diferença e como você usa isso para os dados do cliente?", .portuguese),
        ("Wat is het verschil en hoe kan ik dat voor een klant gebruiken?", .dutch),
        ("Какая сегодня погода?", .cyrillic), ("Τι καιρό κάνει;", .greek), ("ما هو الطقس", .arabic),
        ("מה מזג האוויר", .hebrew), ("मौसम कैसा है", .devanagari), ("อากาศเป็นอย่างไร", .thai), ("날씨가 어때요?", .korean),
        ("今日の天気はどうですか", .japanese), ("今天天气怎么样", .chinese), ("", .other), ("xyzzy plugh qwerty", .other),
        ("Translate 'Какая' for me: what is the meaning of that?", .english),
    ]) func `The language is guessed by script and common words`(text: String, language: PromptLanguage) {
        #expect(PromptText(text).language == language)
    }

    @Test func `A long text is cut between characters`() {
        let text = String(repeating: "ä", count: 10)
        #expect(PromptText.prefix(of: text, bytesMax: 5) == "ää")
        #expect(PromptText.prefix(of: text, bytesMax: 20) == text)
    }
}
