import JSON

// The members of OpenAI-shaped requests that Weir reads, level by level. All others pass unread.

enum OpenAIRequestField: String, CaseIterable, Sendable {
    case model, messages, input, prompt, stream, tools, functions, temperature, n, seed, user
    case streamOptions = "stream_options"
    case maxTokens = "max_tokens"
    case maxCompletionTokens = "max_completion_tokens"
    case topP = "top_p"
    case serviceTier = "service_tier"
    case safetyIdentifier = "safety_identifier"
    case responseFormat = "response_format"

    static let keys = JSONKeys<Self>()
}

/// Members that are read for the span alone.
enum OpenAIParameter: String, CaseIterable, Sendable {
    case stop, dimensions
    case topK = "top_k"
    case frequencyPenalty = "frequency_penalty"
    case presencePenalty = "presence_penalty"
    case reasoningEffort = "reasoning_effort"
    case encodingFormat = "encoding_format"

    static let keys = JSONKeys<Self>()
}

enum OpenAIStreamOption: String, CaseIterable, Sendable {
    case includeUsage = "include_usage"

    static let keys = JSONKeys<Self>()
}

enum OpenAIMessageField: String, CaseIterable, Sendable {
    case content
    case toolCalls = "tool_calls"

    static let keys = JSONKeys<Self>()
}

/// A part of a message's content, and of `response_format`.
enum OpenAIPartField: String, CaseIterable, Sendable {
    case type, text

    static let keys = JSONKeys<Self>()
}

enum OpenAIToolCallField: String, CaseIterable, Sendable {
    case function

    static let keys = JSONKeys<Self>()
}

enum OpenAIFunctionField: String, CaseIterable, Sendable {
    case arguments

    static let keys = JSONKeys<Self>()
}
