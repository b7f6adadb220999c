import GatewayTypes

extension Configuration.Guardrail {
    /// Words and phrases that are found for the same reason.
    struct WordGroup: Sendable {
        var reason = "word"
        var words: [String] = []

        static let field = Field<Configuration.Guardrail>(
            "words", \.words, .wordGroups,
            "Of `kind: words`: words and phrases that are looked for, whole and in either case; as a list, or as lists by "
                + "the reason that is told: `{ competitor: [Acme], project: [Blue Heron] }`.")
    }
}

extension Kind where Value == [Configuration.Guardrail.WordGroup] {
    /// A list of words, or lists by reason.
    fileprivate static var wordGroups: Kind {
        let words = Kind<[String]>.listOrOne(of: .text("a word or phrase"))
        return Kind(.either([words.shape, .map(key: "a reason", words.shape)])) { tree, path, reader in
            guard case .map(let entries) = tree.content else {
                return words.read(tree, path, reader).map { [.init(words: $0)] }
            }
            return entries.compactMap { entry in
                let place = path.key(entry.key)
                reader.remember(place, at: entry.mark)
                if let fault = Kind<String>.reasonFault(entry.key) { reader.error(at: place, entry.mark, fault) }
                return words.read(entry.value, place, reader).map { .init(reason: entry.key, words: $0) }
            }
        }
    }
}

extension Kind where Value == String {
    /// What is wrong with the name of a reason: a label, and the word in a placeholder.
    static func reasonFault(_ text: String) -> String? {
        let isPlain =
            (1...32).contains(text.utf8.count)
            && text.utf8.allSatisfy {
                (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == UInt8(ascii: "_")
            }
        return isPlain ? nil : "\(Words.quoted(text)) is not a reason; write 1 to 32 of a to z, 0 to 9 and _"
    }
}
