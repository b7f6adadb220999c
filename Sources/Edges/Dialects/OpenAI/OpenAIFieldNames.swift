import GatewayTypes

extension ChatField {
    /// What OpenAI's API calls it.
    var openAIName: String {
        switch self {
        case .temperature: "temperature"
        case .topP: "top_p"
        case .topK: "top_k"
        case .stop: "stop"
        case .choiceCount: "n"
        case .seed: "seed"
        case .presencePenalty: "presence_penalty"
        case .frequencyPenalty: "frequency_penalty"
        case .logprobs: "logprobs"
        case .topLogprobs: "top_logprobs"
        case .format: "response_format"
        case .reasoning: "reasoning_effort"
        case .toolChoice: "tool_choice"
        case .parallelToolCalls: "parallel_tool_calls"
        case .endUser: "user"
        case .serviceTier: "service_tier"
        case .embeddingDimensions: "dimensions"
        case .embeddingPurpose: "input_type"
        }
    }
}
