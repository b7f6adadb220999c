import GatewayTypes

/// What Phoenix and other readers of OpenInference look for, beside the conventions' own attributes.
enum OpenInferenceProfile {
    static func add(to spans: inout [SpanData], _ outcome: Outcome, _ content: RenderedContent?) {
        for index in spans.indices {
            switch spans[index].kind {
            case .server: addRoot(outcome, content, &spans[index].attributes)
            case .internal:
                let isGuardrail = spans[index].name == Hop.guardrails.rawValue
                spans[index].attributes.set(OpenInferenceKey.kind, isGuardrail ? "GUARDRAIL" : "CHAIN")
            case .client: break
            }
        }
        let first = spans.count - outcome.attempts.count
        for (position, attempt) in outcome.attempts.enumerated() {
            let isTelling = position == outcome.tellingAttempt
            addAttempt(attempt, outcome, &spans[first + position].attributes)
            if isTelling {
                spans[first + position].attributes.set(
                    OpenInferenceKey.finishReason, outcome.reply.finishReasons.first)
            }
            add(attempt.usage, attempt.cost, &spans[first + position].attributes)
            if isTelling, let content { add(content, outcome.operation, &spans[first + position].attributes) }
        }
    }

    private static func addRoot(_ outcome: Outcome, _ content: RenderedContent?, _ attributes: inout SpanAttributes) {
        attributes.set(OpenInferenceKey.kind, "CHAIN")
        attributes.set(OpenInferenceKey.sessionID, outcome.requestFacts?.parameters.conversationID)
        attributes.set(OpenInferenceKey.userID, outcome.requestFacts?.endUser)
        if let text = content?.lastQuestion {
            attributes.set(OpenInferenceKey.inputValue, text)
            attributes.set(OpenInferenceKey.inputType, Conventions.Value.textType)
        }
        if let text = content?.answer {
            attributes.set(OpenInferenceKey.outputValue, text)
            attributes.set(OpenInferenceKey.outputType, Conventions.Value.textType)
        }
    }

    private static func addAttempt(
        _ attempt: AttemptOutcome, _ outcome: Outcome, _ attributes: inout SpanAttributes
    ) {
        let model = outcome.model(at: attempt.target)
        attributes.set(OpenInferenceKey.kind, kind(of: outcome.operation))
        attributes.set(OpenInferenceKey.system, system(attempt.target.providerKind))
        attributes.set(OpenInferenceKey.provider, provider(attempt.target.providerKind))
        attributes.set(
            outcome.operation == .embeddings ? OpenInferenceKey.embeddingModel : OpenInferenceKey.model, model)
        attributes.set(OpenInferenceKey.sessionID, outcome.requestFacts?.parameters.conversationID)
        attributes.set(OpenInferenceKey.userID, outcome.requestFacts?.endUser)
        attributes.set(OpenInferenceKey.parameters, outcome.requestFacts.flatMap { parameters($0.value) })
    }

    private static func kind(of operation: Operation?) -> String {
        switch operation {
        case .embeddings: "EMBEDDING"
        case .rerank: "RERANKER"
        case .moderation: "GUARDRAIL"
        case nil, .chat, .listModels, .textCompletion, .imageGeneration, .transcription, .translation, .speech,
            .countTokens, .realtime, .providerAPI:
            "LLM"
        }
    }

    /// Whose API it is, of OpenInference's list; others by the conventions' name.
    private static func system(_ provider: String) -> String {
        switch provider {
        case "azure.ai.openai", "azure.ai.inference": "openai"
        case "gcp.gemini", "gcp.vertex_ai", "gcp.gen_ai": "vertexai"
        case "aws.bedrock": "amazon"
        case "mistral_ai": "mistralai"
        case "x_ai": "xai"
        case _: provider
        }
    }

    /// Who runs it.
    private static func provider(_ provider: String) -> String {
        switch provider {
        case "azure.ai.openai", "azure.ai.inference": "azure"
        case "gcp.gemini", "gcp.vertex_ai", "gcp.gen_ai": "google"
        case "aws.bedrock": "aws"
        case "mistral_ai": "mistralai"
        case "x_ai": "xai"
        case "moonshot_ai": "moonshot"
        case _: provider
        }
    }

    /// A JSON object; nil where nothing was asked for.
    private static func parameters(_ facts: RequestFacts) -> String? {
        var line = JSONLine(appendingTo: [])
        line.add("max_tokens", facts.outputTokensMax)
        if let value = facts.temperature { line.add("temperature", value) }
        if let value = facts.topP { line.add("top_p", value) }
        if let value = facts.parameters.topK { line.add("top_k", value) }
        if let value = facts.parameters.frequencyPenalty { line.add("frequency_penalty", value) }
        if let value = facts.parameters.presencePenalty { line.add("presence_penalty", value) }
        line.add("seed", facts.seed)
        let stops = facts.parameters.stopSequences.prefix(16).map { BoundedText.prefix(of: $0, bytesMax: 32) }
        line.add("stop", Array(stops))
        let bytes = line.finish().dropLast()
        return bytes.count > 2 ? String(decoding: bytes, as: UTF8.self) : nil
    }

    private static func add(_ usage: Usage, _ cost: Cost, _ attributes: inout SpanAttributes) {
        attributes.set(OpenInferenceKey.promptTokens, usage.inputTokens)
        attributes.set(OpenInferenceKey.completionTokens, usage.outputTokens)
        if !usage.isEmpty { attributes.set(OpenInferenceKey.totalTokens, usage.totalTokens) }
        attributes.set(OpenInferenceKey.cacheReadTokens, usage[.cacheRead])
        attributes.set(OpenInferenceKey.cacheWriteTokens, usage[.cacheWrite])
        attributes.set(OpenInferenceKey.audioInputTokens, usage[.audioInput])
        attributes.set(OpenInferenceKey.reasoningTokens, usage[.reasoning])
        attributes.set(OpenInferenceKey.audioOutputTokens, usage[.audioOutput])
        guard cost.status == .priced else { return }
        let parts = cost.parts
        attributes.set(OpenInferenceKey.promptCost, parts.input.approximateUSD)
        attributes.set(OpenInferenceKey.completionCost, parts.output.approximateUSD)
        attributes.set(OpenInferenceKey.totalCost, cost.total.approximateUSD)
    }

    // MARK: Content

    /// Messages spread out beyond are left to the JSON.
    private static let messagesMax = 32

    private static func add(
        _ content: RenderedContent, _ operation: Operation?, _ attributes: inout SpanAttributes
    ) {
        if let text = content.inputJSON {
            attributes.set(whole: OpenInferenceKey.inputValue, text)
            attributes.set(OpenInferenceKey.inputType, Conventions.Value.jsonType)
        }
        if let text = content.outputJSON {
            attributes.set(whole: OpenInferenceKey.outputValue, text)
            attributes.set(OpenInferenceKey.outputType, Conventions.Value.jsonType)
        }
        if operation == .embeddings {
            for (index, message) in content.input.prefix(messagesMax).enumerated() {
                attributes.set(whole: OpenInferenceKey.embeddingText(index), message.plainText)
            }
            return
        }
        var input = Array(content.input.suffix(messagesMax))
        if !content.system.isEmpty {
            input.insert(ContentMessage(role: ChatMessage.Role.system.rawValue, parts: content.system), at: 0)
        }
        spread(input, OpenInferenceKey.inputMessages, &attributes)
        spread(Array(content.output.prefix(messagesMax)), OpenInferenceKey.outputMessages, &attributes)
    }

    private static func spread(_ messages: [ContentMessage], _ list: String, _ attributes: inout SpanAttributes) {
        for (index, message) in messages.enumerated() {
            attributes.set(OpenInferenceKey.role(list, index), message.role)
            let text = message.plainText
            if !text.isEmpty { attributes.set(whole: OpenInferenceKey.content(list, index), text) }
            let answered = message.parts.first { $0.kind == .toolResponse }?.id
            attributes.set(OpenInferenceKey.callID(list, index), answered)
            for (call, part) in message.parts.filter({ $0.kind == .toolCall }).prefix(messagesMax).enumerated() {
                attributes.set(OpenInferenceKey.tool(list, index, call, "id"), part.id)
                attributes.set(OpenInferenceKey.tool(list, index, call, "function.name"), part.name)
                attributes.set(whole: OpenInferenceKey.tool(list, index, call, "function.arguments"), part.text)
            }
        }
    }
}
