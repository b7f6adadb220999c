/// Names of OpenInference's attributes, as Phoenix and its kin read them.
enum OpenInferenceKey {
    static let kind = "openinference.span.kind"
    static let system = "llm.system"
    static let provider = "llm.provider"
    static let model = "llm.model_name"
    static let embeddingModel = "embedding.model_name"
    static let parameters = "llm.invocation_parameters"
    static let finishReason = "llm.finish_reason"
    static let promptTokens = "llm.token_count.prompt"
    static let completionTokens = "llm.token_count.completion"
    static let totalTokens = "llm.token_count.total"
    static let cacheReadTokens = "llm.token_count.prompt_details.cache_read"
    static let cacheWriteTokens = "llm.token_count.prompt_details.cache_write"
    static let audioInputTokens = "llm.token_count.prompt_details.audio"
    static let reasoningTokens = "llm.token_count.completion_details.reasoning"
    static let audioOutputTokens = "llm.token_count.completion_details.audio"
    static let promptCost = "llm.cost.prompt"
    static let completionCost = "llm.cost.completion"
    static let totalCost = "llm.cost.total"
    static let sessionID = "session.id"
    static let userID = "user.id"
    static let inputValue = "input.value"
    static let inputType = "input.mime_type"
    static let outputValue = "output.value"
    static let outputType = "output.mime_type"
    static let inputMessages = "llm.input_messages"
    static let outputMessages = "llm.output_messages"

    static func embeddingText(_ index: Int) -> String { "embedding.embeddings.\(index).embedding.text" }
    static func role(_ list: String, _ index: Int) -> String { "\(list).\(index).message.role" }
    static func content(_ list: String, _ index: Int) -> String { "\(list).\(index).message.content" }
    static func callID(_ list: String, _ index: Int) -> String { "\(list).\(index).message.tool_call_id" }
    static func tool(_ list: String, _ index: Int, _ call: Int, _ name: String) -> String {
        "\(list).\(index).message.tool_calls.\(call).tool_call.\(name)"
    }
}

/// Names of Langfuse's attributes.
enum LangfuseKey {
    static let observationType = "langfuse.observation.type"
    static let costDetails = "langfuse.observation.cost_details"
    static let completionStart = "langfuse.observation.completion_start_time"
    static let traceName = "langfuse.trace.name"
    static let traceTags = "langfuse.trace.tags"
    static let sessionID = "langfuse.session.id"
    static let userID = "langfuse.user.id"
}
