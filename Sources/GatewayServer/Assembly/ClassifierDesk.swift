import Dialects
import GatewayTypes
import Routing

/// The configuration's classifiers, ready to be used.
struct ClassifierDesk {
    private let names: NameBook
    private let caller: any ModelCaller
    private let reader = DialectPromptReader()

    /// By name.
    static func classifiers(
        _ configuration: Configuration, names: NameBook, caller: any ModelCaller
    ) -> [String: Classifier] {
        let desk = ClassifierDesk(names: names, caller: caller)
        return Dictionary(
            configuration.classifiers.map { ($0.name, desk.classifier($0)) }, uniquingKeysWith: { first, _ in first })
    }

    private init(names: NameBook, caller: any ModelCaller) {
        self.names = names
        self.caller = caller
    }

    private func classifier(_ written: Configuration.Classifier) -> Classifier {
        let kind: Classifier.Kind =
            switch written.kind {
            case .rules: .rules(written.rules.map(rule))
            case .examples: .examples(classes(written), model(written, thresholdPercent: 60))
            case .judge: .judge(classes(written), model(written, thresholdPercent: 0))
            }
        return Classifier(
            names.classifiers[written.name], fallback: names.classes[written.fallback], kind: kind, reader: reader)
    }

    private func classes(_ written: Configuration.Classifier) -> [Classifier.Class] {
        written.classes.map { named in
            var made = Classifier.Class(names.classes[named.name])
            made.description = named.description
            made.examples = named.examples
            return made
        }
    }

    private func model(_ written: Configuration.Classifier, thresholdPercent: Int) -> Classifier.Model {
        var model = Classifier.Model(written.model ?? "", caller: caller)
        model.deadlineSeconds = written.deadlineSeconds
        model.textBytesMax = written.textBytesMax
        model.outputTokensMax = Int64(written.outputTokensMax)
        model.instructions = written.instructions
        model.threshold = Double(written.thresholdPercent ?? thresholdPercent) / 100
        model.cacheEntriesMax = written.cacheEntriesMax
        model.cacheSeconds = written.cacheSeconds
        return model
    }

    private func rule(_ written: Configuration.ClassifierRule) -> ClassRule {
        var rule = ClassRule(names.classes[written.decided], words: written.words)
        rule.operations = written.operations
        rule.promptTokensMin = written.promptTokensMin.map(Int64.init)
        rule.promptTokensMax = written.promptTokensMax.map(Int64.init)
        rule.turnsMin = written.turnsMin
        rule.turnsMax = written.turnsMax
        rule.needs = Set(written.needs)
        rule.languages = written.languages
        rule.wordsMin = written.wordsMin
        rule.holdsCode = written.code
        rule.holdsList = written.list
        return rule
    }
}
