/// Which requests a target, or a route, is for. All that is set must hold.
public struct RequestCondition: Sendable {
    /// Teams and callers whose requests it takes; empty: all.
    public var teams: [ConfiguredName] = []
    public var callers: [ConfiguredName] = []
    /// Fields of the request, and the values that they must have.
    public var fields: [(name: HeaderName, value: String)] = []
    /// What is asked of the model, one of them; empty: anything.
    public var operations: [Operation] = []
    /// What the request must need, all of it; empty: nothing.
    public var needs: Set<Abilities.Need> = []
    /// Tokens of the prompt, four bytes each.
    public var promptTokensMin: Int64?
    public var promptTokensMax: Int64?
    /// Classes of the route's classifier, one of them; empty: any.
    public var classes: [ConfiguredName] = []
    /// When it takes requests, by the clock of `zone`; empty: at any time.
    public var hours: [WeeklyHours] = []
    public var zone = ZoneOffsets.utc

    public init() {}

    /// What it asks for, in the configuration's words.
    public var words: [String] {
        let asked: [(word: String, isSet: Bool)] = [
            ("team", !teams.isEmpty), ("caller", !callers.isEmpty), ("header", !fields.isEmpty),
            ("hours", !hours.isEmpty), ("class", !classes.isEmpty), ("operation", !operations.isEmpty),
            ("needs", !needs.isEmpty), ("prompt_tokens_min", promptTokensMin != nil),
            ("prompt_tokens_max", promptTokensMax != nil),
        ]
        return asked.filter(\.isSet).map(\.word)
    }

    public func holds(for exchange: borrowing Exchange) -> Bool { obstacle(for: exchange) == nil }

    /// The first part that does not hold, in the configuration's word; nil: all hold.
    public func obstacle(for exchange: borrowing Exchange) -> String? {
        if !teams.isEmpty, !teams.contains(exchange.caller.team) { return "team" }
        if !callers.isEmpty, !callers.contains(exchange.caller.name) { return "caller" }
        for field in fields where exchange.head[field.name] != field.value { return "header" }
        if !hours.isEmpty {
            let (time, offset) = (exchange.arrivedAt, zone.seconds(at: exchange.arrivedAt))
            if !hours.contains(where: { $0.hold(at: time, offsetSeconds: offset) }) { return "hours" }
        }
        if !classes.isEmpty {
            guard let decided = exchange.classification?.decided, classes.contains(decided) else { return "class" }
        }
        guard case .model(let request) = exchange.request else { return nil }
        if !operations.isEmpty, !operations.contains(request.operation) { return "operation" }
        let facts = request.facts.value
        for need in needs where !facts.needs(need) { return "needs" }
        let tokens = Int64(facts.textBytes / 4)
        if let promptTokensMin, tokens < promptTokensMin { return "prompt_tokens_min" }
        if let promptTokensMax, tokens > promptTokensMax { return "prompt_tokens_max" }
        return nil
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
