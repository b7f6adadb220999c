extension Configuration.Guardrail {
    /// Topics that are not spoken of.
    struct Topics: Sendable {
        var model = ""
        var thresholdPercent = 75
        var deny: [Topic] = []

        static let field = Field<Configuration.Guardrail>(
            "topics", optional: \.topics, .section(section),
            "Of `kind: topics`: what is like an example of a topic is denied, as a model's vectors have it.")

        static let section = Section<Topics>(
            "guardrail topics", "What is like an example of a topic is denied.", empty: { Topics() },
            fields: [
                Field(
                    "model", \.model, .name(of: "a model"), required: "embed",
                    "Which of `models` makes the vectors. Its cost is the caller's, with the purpose `guardrail`."),
                Field(
                    "threshold", \.thresholdPercent, .percent(1...100),
                    "How near to an example a text must be: the cosine of their vectors' angle. It depends on the model; try it "
                        + "with `shadow: true`."),
                Field(
                    "deny", \.deny, .topics,
                    "Examples by the reason that is told: `{ medical: [Which pills help against fever?] }`."),
            ])
    }

    /// What somebody says who speaks of a topic.
    struct Topic: Sendable {
        var reason = ""
        var examples: [String] = []
    }
}

extension Kind where Value == [Configuration.Guardrail.Topic] {
    /// Lists of examples by reason.
    fileprivate static var topics: Kind {
        let examples = Kind<[String]>.listOrOne(of: .text("an example", characterCountMax: 1_000))
        return Kind(.map(key: "a reason", examples.shape)) { tree, path, reader in
            guard case .map(let entries) = tree.content else {
                reader.error(at: path, tree.mark, "is \(tree.kindInWords), not lists of examples by reason")
                return nil
            }
            return entries.compactMap { entry in
                let place = path.key(entry.key)
                reader.remember(place, at: entry.mark)
                if let fault = Kind<String>.reasonFault(entry.key) { reader.error(at: place, entry.mark, fault) }
                return examples.read(entry.value, place, reader).map { .init(reason: entry.key, examples: $0) }
            }
        }
    }
}
