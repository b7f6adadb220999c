import GatewayTypes

/// Whether classifiers, and the models that use them, agree with the rest of the configuration.
struct ClassifierChecks {
    let configuration: Configuration
    let reader: SettingReader

    /// Example texts of one classifier.
    private static let examplesMax = 1_000

    func run() {
        let used = Set(configuration.models.compactMap(\.classify))
        for classifier in configuration.classifiers {
            let path = SettingPath.root.key("classifiers").key(classifier.name)
            switch classifier.kind {
            case .rules: checkRules(classifier, at: path)
            case .examples, .judge: checkModel(classifier, at: path)
            }
            if !used.contains(classifier.name) {
                reader.warning(at: path, "is never used; write classify: \(classifier.name) at a model")
            }
        }
        if TimeZones.offsets(of: configuration.timeZone) == nil {
            reader.error(
                at: SettingPath.root.key("time_zone"),
                "unknown time zone \(Words.quoted(configuration.timeZone)); write a name such as Europe/Berlin or UTC")
        }
    }

    private func checkRules(_ classifier: Configuration.Classifier, at path: SettingPath) {
        if classifier.rules.isEmpty, !reader.hasProblem(within: path) {
            reader.error(at: path, "has no rules; write rules: [{ class: hard, prompt_tokens_min: 2000 }]")
        }
        for key in ["model", "classes", "threshold", "instructions", "deadline"] where reader.isWritten(path.key(key)) {
            reader.error(
                at: path.key(key), "is of kind: examples or judge; write one of these, or take it out")
        }
        for (position, rule) in classifier.rules.enumerated() {
            let place = path.key("rules").index(position)
            if let least = rule.promptTokensMin, let most = rule.promptTokensMax, least > most {
                reader.error(at: place.key("prompt_tokens_min"), "is more than prompt_tokens_max; no request is both")
            }
            if let least = rule.turnsMin, let most = rule.turnsMax, least > most {
                reader.error(at: place.key("turns_min"), "is more than turns_max; no request is both")
            }
            if rule.wordsMin > max(1, rule.words.count) {
                reader.error(
                    at: place.key("words_min"), "is more than there are words; write \(rule.words.count) at most")
            }
        }
    }

    private func checkModel(_ classifier: Configuration.Classifier, at path: SettingPath) {
        let kind = classifier.kind.rawValue
        if !classifier.rules.isEmpty {
            reader.error(at: path.key("rules"), "are of kind: rules; write that, or take them out")
        }
        let models = configuration.models.map(\.name)
        if let model = classifier.model {
            if !models.contains(model) {
                reader.error(
                    at: path.key("model"),
                    "unknown model \(Words.quoted(model))" + Words.suggestion(for: model, among: models))
            }
        } else {
            reader.error(at: path, "of kind \(kind) asks a model; write model: with one of models")
        }
        if classifier.classes.count < 2, !reader.hasProblem(within: path) {
            reader.error(at: path.key("classes"), "are fewer than two; write one for each kind of request")
        }
        guard classifier.kind == .examples else { return }
        for named in classifier.classes where named.examples.isEmpty {
            reader.error(
                at: path.key("classes").key(named.name), "has no examples; write examples: [\"a text of this class\"]")
        }
        if classifier.classes.reduce(0, { $0 + $1.examples.count }) > Self.examplesMax {
            reader.error(
                at: path.key("classes"), "have more than \(Self.examplesMax) examples together; keep the telling ones")
        }
    }

    /// What a model says of classes.
    func check(_ model: Configuration.Model, at path: SettingPath) {
        let names = configuration.classifiers.map(\.name)
        let classifier = configuration.classifiers.first { $0.name == model.classify }
        if let classify = model.classify, classifier == nil {
            let fix = names.isEmpty ? "; declare it under classifiers" : Words.suggestion(for: classify, among: names)
            reader.error(at: path.key("classify"), "unknown classifier \(Words.quoted(classify))" + fix)
        }
        let wanted = model.targets.enumerated().flatMap { position, target in
            (target.when?.classes ?? []).map { (position, $0) }
        }
        for (position, name) in wanted {
            let place = path.key("targets").index(position).key("when").key("class")
            guard let classifier else {
                if model.classify == nil {
                    reader.error(at: place, "is never met: the model classifies nothing; write classify: CLASSIFIER")
                }
                continue
            }
            guard !classifier.classNames.contains(name) else { continue }
            reader.error(
                at: place,
                "unknown class \(Words.quoted(name)) of \(classifier.name)"
                    + Words.suggestion(for: name, among: classifier.classNames))
        }
        if classifier != nil, wanted.isEmpty {
            reader.warning(
                at: path.key("classify"), "changes nothing: no target has when: { class: … }; the class is only shown")
        }
    }
}
