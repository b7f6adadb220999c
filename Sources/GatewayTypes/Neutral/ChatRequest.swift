/// A conversation to be continued, apart from any dialect.
public struct ChatRequest: Sendable {
    /// What stands before the conversation (`system`, `systemInstruction`, `instructions`).
    public var system: [ChatPart] = []
    /// In the order of the conversation. Neighbours may have the same role; encoders merge where a dialect needs it.
    public var messages: [ChatMessage] = []
    public var tools: [ChatTool] = []
    /// Nil: the provider's default.
    public var toolChoice: ToolChoice?
    public var parallelToolCalls: Bool?

    public var outputTokensMax: Int64?
    public var temperature: Double?
    public var topP: Double?
    public var topK: Int64?
    public var stop: [String] = []
    public var choiceCount: Int64 = 1
    public var seed: Int64?
    public var presencePenalty: Double?
    public var frequencyPenalty: Double?
    /// Whether the tokens' log probabilities are wanted, and how many alternatives for each (0 to 20).
    public var logprobs = false
    public var topLogprobs: Int64?
    public var format: OutputFormat = .text
    public var reasoning: ReasoningWish?
    /// Identifies the client's own user to the provider.
    public var endUser: String?
    public var serviceTier: String?
    public var stream = false
    /// Whether a streamed reply ends with its usage on surfaces where that is asked for.
    public var streamsUsage = false

    /// Members of the client's request that the neutral form has no place for, by the client's names; `null`s and
    /// defaults that change nothing are left out.
    public var others: [String] = []

    public init() {}
}

/// What the model's text must be.
public enum OutputFormat: Sendable, Equatable {
    case text
    /// Any JSON object.
    case json
    /// JSON of this schema. `schema`: a JSON Schema as JSON text.
    case schema(name: String, description: String?, schema: String, strict: Bool?)
}

/// How much the model should think before it answers.
public struct ReasoningWish: Sendable, Equatable {
    /// In rising order; `none` switches thinking off.
    public enum Effort: String, CaseIterable, Sendable { case none, minimal, low, medium, high, xhigh, max }

    public var effort: Effort?
    /// Most tokens of thought. 0: none; nil: not said.
    public var tokensMax: Int64?
    /// Whether the thoughts, or a summary, are to be shown; nil: the provider's default.
    public var shows: Bool?

    public init(effort: Effort? = nil, tokensMax: Int64? = nil, shows: Bool? = nil) {
        self.effort = effort
        self.tokensMax = tokensMax
        self.shows = shows
    }
}

/// A function that the model may ask the client to run.
public struct ChatTool: Sendable, Equatable {
    public var name: String
    public var description: String?
    /// A JSON Schema as JSON text; nil: no parameters.
    public var parameters: String?
    public var strict: Bool?

    public init(name: String, description: String? = nil, parameters: String? = nil, strict: Bool? = nil) {
        self.name = name
        self.description = description
        self.parameters = parameters
        self.strict = strict
    }
}

public enum ToolChoice: Sendable, Equatable {
    case automatic, none
    /// At least one tool must be called.
    case required
    case tool(name: String)
}

/// A part of the neutral form that some dialects lack: what an encoder could not say, for a refusal that names the field.
public enum ChatField: String, CaseIterable, Sendable {
    case temperature, topP, topK, stop, choiceCount, seed, presencePenalty, frequencyPenalty, logprobs, topLogprobs
    case format, reasoning, toolChoice, parallelToolCalls, endUser, serviceTier
    case embeddingDimensions, embeddingPurpose
}
