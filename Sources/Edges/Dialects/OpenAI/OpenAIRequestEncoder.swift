import GatewayTypes
import JSON
import NIOCore

/// Writes a neutral request as a body of OpenAI's shape, in the words of one variant of it.
struct OpenAIRequestEncoder {
    let variant: OpenAIVariant
    let target: Target
    private var builder = JSONBuilder()
    private var unsupported: [ChatField] = []

    init(variant: OpenAIVariant, target: Target) {
        self.variant = variant
        self.target = target
    }

    mutating func encode(_ request: NeutralRequest, outputTokensMax: Int64?) throws(Failure) -> EncodedRequest {
        builder.openObject()
        builder.member("model", target.servedModel.text)
        switch request {
        case .chat(let chat): try write(chat, outputTokensMax)
        case .embeddings(let embeddings): write(embeddings)
        case .rerank(let rerank): write(rerank)
        }
        builder.closeObject()
        return EncodedRequest(body: builder.bytes, unsupported: unsupported)
    }

    /// Whether a field that the client gave can be said; noted where not.
    private mutating func can(_ field: ChatField, _ isGiven: Bool) -> Bool {
        guard isGiven else { return false }
        if variant.lacks.contains(field) {
            unsupported.append(field)
            return false
        }
        return true
    }

    // MARK: Chat

    private mutating func write(_ chat: ChatRequest, _ outputTokensMax: Int64?) throws(Failure) {
        try OpenAIMessageEncoder(variant: variant).write(chat, into: &builder)
        writeTools(chat)
        writeSampling(chat, outputTokensMax)
        writeFormat(chat.format)
        writeReasoning(chat.reasoning)
        if can(.endUser, chat.endUser != nil) { builder.member("user", chat.endUser) }
        writeTier(chat.serviceTier)
        guard chat.stream else { return }
        builder.member("stream", true)
        guard variant.takesStreamOptions, target.injectsStreamUsage else { return }
        builder.openObject("stream_options")
        builder.member("include_usage", true)
        builder.closeObject()
    }

    private mutating func writeSampling(_ chat: ChatRequest, _ outputTokensMax: Int64?) {
        let cap = [chat.outputTokensMax, outputTokensMax].compactMap { $0 }.min()
        if variant.capsCompletionTokens {
            builder.member("max_completion_tokens", cap)
        } else {
            builder.member("max_tokens", cap)
        }
        if can(.temperature, chat.temperature != nil) { builder.member("temperature", chat.temperature) }
        if can(.topP, chat.topP != nil) { builder.member("top_p", chat.topP) }
        if can(.topK, chat.topK != nil) { builder.member("top_k", chat.topK) }
        if can(.presencePenalty, chat.presencePenalty ?? 0 != 0) {
            builder.member("presence_penalty", chat.presencePenalty)
        }
        if can(.frequencyPenalty, chat.frequencyPenalty ?? 0 != 0) {
            builder.member("frequency_penalty", chat.frequencyPenalty)
        }
        if can(.seed, chat.seed != nil) {
            if variant.namesSeedRandom {
                builder.member("random_seed", chat.seed)
            } else {
                builder.member("seed", chat.seed)
            }
        }
        if can(.choiceCount, chat.choiceCount != 1) { builder.member("n", chat.choiceCount) }
        if can(.logprobs, chat.logprobs) { builder.member("logprobs", true) }
        if can(.topLogprobs, chat.topLogprobs ?? 0 > 0) { builder.member("top_logprobs", chat.topLogprobs) }
        guard can(.stop, !chat.stop.isEmpty) else { return }
        builder.openArray("stop")
        for text in chat.stop { builder.string(text) }
        builder.closeArray()
    }

    private mutating func writeTools(_ chat: ChatRequest) {
        guard !chat.tools.isEmpty else { return }
        builder.openArray("tools")
        for tool in chat.tools {
            builder.openObject()
            builder.member("type", "function")
            builder.openObject("function")
            builder.member("name", tool.name)
            builder.member("description", tool.description)
            builder.member("parameters", raw: tool.parameters ?? #"{"type":"object","properties":{}}"#)
            builder.member("strict", tool.strict)
            builder.closeObject()
            builder.closeObject()
        }
        builder.closeArray()
        // That the model chooses, and may call many at once, is what it does anyway.
        if let choice = chat.toolChoice, can(.toolChoice, choice != .automatic) { write(choice) }
        if can(.parallelToolCalls, chat.parallelToolCalls == false) { builder.member("parallel_tool_calls", false) }
    }

    private mutating func write(_ choice: ToolChoice) {
        switch choice {
        case .automatic: builder.member("tool_choice", "auto")
        case .none: builder.member("tool_choice", "none")
        case .required: builder.member("tool_choice", variant.requiresToolsByAny ? "any" : "required")
        case .tool(let name):
            builder.openObject("tool_choice")
            builder.member("type", "function")
            builder.openObject("function")
            builder.member("name", name)
            builder.closeObject()
            builder.closeObject()
        }
    }

    private mutating func writeFormat(_ format: OutputFormat) {
        switch (format, variant.formats) {
        case (.text, _): break
        case (.json, .schemaOnly), (.schema, .objectOnly): unsupported.append(.format)
        case (.json, .all), (.json, .objectOnly):
            builder.openObject("response_format")
            builder.member("type", "json_object")
            builder.closeObject()
        case (.schema(let name, let description, let schema, let strict), .all),
            (.schema(let name, let description, let schema, let strict), .schemaOnly):
            builder.openObject("response_format")
            builder.member("type", "json_schema")
            builder.openObject("json_schema")
            builder.member("name", name)
            builder.member("description", description)
            builder.member("schema", raw: schema)
            builder.member("strict", strict)
            builder.closeObject()
            builder.closeObject()
        }
    }

    // MARK: Thought

    private mutating func writeReasoning(_ wish: ReasoningWish?) {
        guard let wish, wish.effort != nil || wish.tokensMax != nil else { return }
        let effort = wish.effort ?? Self.effort(forTokens: wish.tokensMax ?? 0)
        switch variant.reasoningWishes {
        case .effort: builder.member("reasoning_effort", Self.word(effort))
        case .object:
            builder.openObject("reasoning")
            if wish.effort == nil, let tokensMax = wish.tokensMax, tokensMax > 0 {
                builder.member("max_tokens", tokensMax)
            } else {
                builder.member("effort", Self.word(effort))
            }
            if wish.shows == false { builder.member("exclude", true) }
            builder.closeObject()
        case .thinking:
            builder.openObject("thinking")
            builder.member("type", effort == .none ? "disabled" : "enabled")
            builder.closeObject()
        case .unsaid: unsupported.append(.reasoning)
        }
    }

    /// `max` is no word of this API: its highest is `xhigh`.
    private static func word(_ effort: ReasoningWish.Effort) -> String {
        effort == .max ? ReasoningWish.Effort.xhigh.rawValue : effort.rawValue
    }

    /// What a bound on thought comes to where only its degree can be said.
    private static func effort(forTokens tokensMax: Int64) -> ReasoningWish.Effort {
        switch tokensMax {
        case ...0: .none
        case ...2048: .low
        case ...8192: .medium
        default: .high
        }
    }

    private mutating func writeTier(_ tier: String?) {
        let words = ["standard": "default", "standard_only": "default"]
        guard let tier, can(.serviceTier, true) else { return }
        builder.member("service_tier", words[tier] ?? tier)
    }

    // MARK: Vectors and order

    private mutating func write(_ request: EmbeddingsRequest) {
        builder.openArray("input")
        for text in request.inputs { builder.string(text) }
        builder.closeArray()
        if can(.embeddingDimensions, request.dimensions != nil) {
            if variant.namesDimensionsOutput {
                builder.member("output_dimension", request.dimensions)
            } else {
                builder.member("dimensions", request.dimensions)
            }
        }
        if can(.embeddingPurpose, request.purpose != nil) {
            let words = ["search_query": "query", "search_document": "document"]
            if let word = request.purpose.flatMap({ words[$0] }) {
                builder.member("input_type", word)
            } else {
                unsupported.append(.embeddingPurpose)
            }
        }
        if can(.endUser, request.endUser != nil) { builder.member("user", request.endUser) }
    }

    private mutating func write(_ request: RerankRequest) {
        builder.member("query", request.query)
        builder.openArray("documents")
        for document in request.documents { builder.string(document) }
        builder.closeArray()
        if variant.asksVectorsAsVoyage {
            builder.member("top_k", request.resultsMax)
        } else {
            builder.member("top_n", request.resultsMax)
        }
        // The documents are put beside their scores on the way back.
    }
}
