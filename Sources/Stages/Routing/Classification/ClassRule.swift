public import GatewayTypes

/// A class, and what a request must have to be of it: all that is set.
public struct ClassRule: Sendable {
    public let decided: ConfiguredName
    public var operations: [Operation] = []
    public var promptTokensMin: Int64?
    public var promptTokensMax: Int64?
    /// Messages of the conversation.
    public var turnsMin: Int?
    public var turnsMax: Int?
    public var needs: Set<Abilities.Need> = []
    public var languages: [PromptLanguage] = []
    public var holdsCode: Bool?
    public var holdsList: Bool?
    /// Of the words, how many different ones the text must hold.
    public var wordsMin = 1
    private var phrases: [String] = []

    /// `words` are words or phrases; case and punctuation make no difference.
    public init(_ decided: ConfiguredName, words: [String] = []) {
        self.decided = decided
        phrases = words.map(PromptText.phrase)
    }

    /// Whether it looks at what is said.
    var readsText: Bool {
        !phrases.isEmpty || !languages.isEmpty || holdsCode != nil || holdsList != nil
    }

    /// What fitted, in words; nil where something did not. `text` is asked for only where nothing else has failed.
    func fit(_ request: ModelRequest, _ text: () -> PromptText?) -> String? {
        let facts = request.facts
        var fitted: [String] = []
        if !operations.isEmpty {
            guard operations.contains(request.operation) else { return nil }
            fitted.append("operation \(request.operation.rawValue)")
        }
        let tokens = Int64(facts.textBytes / 4)
        if let promptTokensMin {
            guard tokens >= promptTokensMin else { return nil }
            fitted.append("\(tokens) prompt tokens are at least \(promptTokensMin)")
        }
        if let promptTokensMax {
            guard tokens <= promptTokensMax else { return nil }
            fitted.append("\(tokens) prompt tokens are at most \(promptTokensMax)")
        }
        if turnsMin != nil || turnsMax != nil {
            guard facts.messageCount >= turnsMin ?? 0, facts.messageCount <= turnsMax ?? .max else { return nil }
            fitted.append("\(facts.messageCount) messages")
        }
        for need in needs.sorted(by: { $0.rawValue < $1.rawValue }) {
            guard facts.value.needs(need) else { return nil }
            fitted.append("needs \(need.rawValue)")
        }
        guard readsText else { return fitted.joined(separator: ", ") }
        guard let text = text(), let said = fit(text) else { return nil }
        return (fitted + said).joined(separator: ", ")
    }

    private func fit(_ text: PromptText) -> [String]? {
        var fitted: [String] = []
        if !languages.isEmpty {
            guard languages.contains(text.language) else { return nil }
            fitted.append("language \(text.language.rawValue)")
        }
        if let holdsCode {
            guard holdsCode == text.holdsCode else { return nil }
            fitted.append(holdsCode ? "holds code" : "holds no code")
        }
        if let holdsList {
            guard holdsList == text.holdsList else { return nil }
            fitted.append(holdsList ? "holds a list" : "holds no list")
        }
        if !phrases.isEmpty {
            let count = text.count(of: phrases)
            guard count >= wordsMin else { return nil }
            fitted.append("\(count) of its words")
        }
        return fitted
    }
}
