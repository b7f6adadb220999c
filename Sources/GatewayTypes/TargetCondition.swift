/// Which requests a target is for. All that is set must hold.
public struct TargetCondition: Sendable {
    /// Teams whose requests it takes; empty: all.
    public var teams: [ConfiguredName] = []
    /// A field of the request, and the value that it must have.
    public var fields: [(name: HeaderName, value: String)] = []
    /// What the request must need, all of it; empty: nothing.
    public var needs: Set<Abilities.Need> = []
    /// Tokens of the prompt, four bytes each.
    public var promptTokensMin: Int64?
    public var promptTokensMax: Int64?

    public init() {}

    public func holds(for exchange: borrowing Exchange) -> Bool {
        if !teams.isEmpty, !teams.contains(exchange.caller.team) { return false }
        for field in fields where exchange.head[field.name] != field.value { return false }
        guard case .model(let request) = exchange.request else { return true }
        let facts = request.facts.value
        for need in needs where !facts.needs(need) { return false }
        let tokens = Int64(facts.textBytes / 4)
        return tokens >= promptTokensMin ?? 0 && tokens <= promptTokensMax ?? .max
    }
}

extension RequestFacts {
    /// Whether the request asks for something that not every model can do.
    public func needs(_ need: Abilities.Need) -> Bool {
        switch need {
        case .images: imageCount > 0
        case .tools: toolCount > 0
        case .jsonSchema: wantsJSONSchema
        }
    }
}
