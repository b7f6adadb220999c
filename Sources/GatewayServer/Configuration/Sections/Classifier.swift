import GatewayTypes
import Routing

extension Configuration {
    /// Says which class a request is of.
    public struct Classifier: Sendable {
        enum Kind: String, CaseIterable, Sendable { case rules, examples, judge }

        var name = ""
        var kind = Kind.rules
        var fallback = ""
        var rules: [ClassifierRule] = []
        var classes: [ClassifierClass] = []
        var model: String?
        var instructions = ""
        /// Nil: 60 for examples, 0 for a judge.
        var thresholdPercent: Int?
        var deadlineSeconds = 1.0
        var textBytesMax = 8_192
        var outputTokensMax = 256
        var cacheSeconds = 3_600.0
        var cacheEntriesMax = 10_000

        /// Every class that it may decide on, once, the default first.
        var classNames: [String] {
            let named = kind == .rules ? rules.map(\.decided) : classes.map(\.name)
            return ([fallback] + named).reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
        }

        static let section = Section<Classifier>(
            "classifier",
            "Says which class a request is of, so that a model's targets can be for some classes: `classify` at the model and "
                + "`when: { class: … }` at its targets. See docs/classification.md.",
            empty: { Classifier() },
            fields: [
                Field(
                    "kind", \.kind, .choice, required: "rules",
                    "`rules`: the first rule that fits. `examples`: the class of the nearest of some example texts, by vectors "
                        + "of the embeddings `model`. `judge`: what the small `model` says."),
                Field(
                    "default", \.fallback, .name(of: "a class"), required: "simple",
                    "The class where nothing fits well enough, and where the model does not answer."),
                Field(
                    "rules", \.rules, .list(of: .section(ClassifierRule.section), countMax: 100),
                    "Of `kind: rules`, in their order."),
                Field(
                    "classes", \.classes, .table(of: "a class", ClassifierClass.section, name: \.name),
                    "Of `examples` and `judge`: the classes, with examples or a description of each."),
                Field(
                    "model", optional: \.model, .name(of: "a model"),
                    "Of `examples` and `judge`: which of `models` is asked. Its cost is the caller's, with the purpose "
                        + "`embedding` or `classification`."),
                Field(
                    "instructions", \.instructions, .text("text", characterCountMax: 4000),
                    "Of `judge`: what it is told before the list of classes."),
                Field(
                    "threshold", optional: \.thresholdPercent, .percent(0...100),
                    "What similarity or confidence must reach; the default class below it. `60%` for examples and `0%` for a "
                        + "judge when left out."),
                Field(
                    "deadline", \.deadlineSeconds, .duration("10ms", "1m"),
                    "Longest wait for the model; the default class after it."),
                Field(
                    "text_max", \.textBytesMax, .bytes("64B", "1MiB"),
                    "How much of the user's last message the model is sent."),
                Field(
                    "output_tokens_max", \.outputTokensMax, .integer(1...100_000),
                    "The most a judge may answer. Models that think first need room for it."),
                Field(
                    "cache_for", \.cacheSeconds, .duration("1s", "30d"),
                    "How long a verdict holds for the same text; it is kept by a hash, in memory."),
                Field("cache_entries", \.cacheEntriesMax, .integer(0...1_000_000), "Verdicts kept; 0: none."),
            ])
    }

    /// What a request must have to be of a class.
    struct ClassifierRule: Sendable {
        var decided = ""
        var operations: [Operation] = []
        var promptTokensMin: Int?
        var promptTokensMax: Int?
        var turnsMin: Int?
        var turnsMax: Int?
        var needs: [Abilities.Need] = []
        var languages: [PromptLanguage] = []
        var words: [String] = []
        var wordsMin = 1
        var code: Bool?
        var list: Bool?

        static let section = Section<ClassifierRule>(
            "classifier rule", "A class, and what a request must have to be of it: all that is written.",
            empty: { ClassifierRule() },
            fields: [
                Field("class", \.decided, .name(of: "a class"), required: "hard", "The class of what fits."),
                Field("operation", \.operations, .listOrOne(of: .choice), "What is asked of the model; one of them."),
                Field(
                    "prompt_tokens_min", optional: \.promptTokensMin, .integer(0...1_000_000_000),
                    "Tokens of the whole prompt, four bytes each."),
                Field(
                    "prompt_tokens_max", optional: \.promptTokensMax, .integer(0...1_000_000_000),
                    "Tokens of the whole prompt, four bytes each."),
                Field(
                    "turns_min", optional: \.turnsMin, .integer(0...1_000_000), "Messages of the conversation."),
                Field(
                    "turns_max", optional: \.turnsMax, .integer(0...1_000_000), "Messages of the conversation."),
                Field("needs", \.needs, .listOrOne(of: .choice), "What the request must need, all of it."),
                Field(
                    "language", \.languages, .listOrOne(of: .choice),
                    "The language of the user's last message, by its script and commonest words; one of them."),
                Field(
                    "words", \.words, .listOrOne(of: .text("a word or phrase")),
                    "Words or phrases of the user's last message; case makes no difference."),
                Field("words_min", \.wordsMin, .integer(1...1_000), "How many different ones of `words` it must hold."),
                Field("code", optional: \.code, .boolean, "Whether it holds program code."),
                Field("list", optional: \.list, .boolean, "Whether it holds a list of three items or more."),
            ])
    }

    /// A class that a model decides on.
    struct ClassifierClass: Sendable {
        var name = ""
        var description = ""
        var examples: [String] = []

        static let section = Section<ClassifierClass>(
            "classifier class", "A class that a model decides on.",
            empty: { ClassifierClass() },
            fields: [
                Field(
                    "description", \.description, .text("text", characterCountMax: 1000),
                    "For a judge: what belongs to it."),
                Field(
                    "examples", \.examples, .list(of: .text("a text", characterCountMax: 4000), countMax: 200),
                    "For vectors: texts that belong to it."),
            ])
    }
}
