/// What a model can do, as far as its price list or the configuration says.
public struct Abilities: Sendable, Equatable {
    /// Tokens of input and output together; nil: not known, taken for enough.
    public var contextTokens: Int64?
    /// The most output tokens of one reply; nil: not known.
    public var outputTokensMax: Int64?
    /// What the configuration says that it lacks.
    public var lacks: Set<Need> = []

    /// What a request may need beside text.
    public enum Need: String, CaseIterable, Sendable {
        case images, tools
        case jsonSchema = "json_schema"
    }

    public init() {}

    /// What keeps the model from serving a request; nil: nothing known. Text counts four bytes a token, as it mostly has:
    /// this is about what clearly does not fit.
    public func obstacle(to facts: RequestFacts) -> String? {
        if facts.imageCount > 0, lacks.contains(.images) { return Need.images.rawValue }
        if facts.toolCount > 0, lacks.contains(.tools) { return Need.tools.rawValue }
        if facts.wantsJSONSchema, lacks.contains(.jsonSchema) { return Need.jsonSchema.rawValue }
        let input = Int64(facts.textBytes / 4)
        if let contextTokens, input > contextTokens - min(contextTokens, facts.outputTokensMax ?? 0) {
            return "context"
        }
        return nil
    }
}
